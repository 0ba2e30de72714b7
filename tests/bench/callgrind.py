# SPDX-License-Identifier: MIT
"""Replays of synackd, and the number of instructions that they execute under callgrind."""
import collections
import os
import re
import subprocess

# The same instructions on each machine: the functions of libc that all x86-64 CPUs support, and an
# environment of the same size.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(f"-{feature}" for feature in (
    "AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX_Fast_Unaligned_Load", "BMI1", "BMI2",
    "ERMS", "FSRM", "LZCNT", "MOVBE", "POPCNT", "RTM", "SSSE3", "SSE4_1", "SSE4_2"))
ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
FUNCTION = re.compile(r" *([\d,]+) +\( *[\d.]+%\) +(?:\*\*\*|\?+|[^:]*):(\S+)")


class Failed(Exception):
    """A program failed. The text is a message for the user."""


def execute(command, **environment):
    done = subprocess.run(list(map(str, command)), env={**ENVIRONMENT, **environment},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done


def replay(synackd, config, capture, answers, drain, *before):
    """Replays a capture. Returns the messages. Raises Failed if a frame was ignored."""
    done = execute([*before, synackd, "--config", config, "--replay", capture, "--write", answers,
                    "--seed", "1", "--drain", drain], GLIBC_TUNABLES=TUNABLES)
    ignored = re.search(r"synackd: (.*ignored.*)", done.stderr)
    if ignored:
        raise Failed(f"{capture}: {ignored[1]}")
    return done.stderr


def count(synackd, config, capture, answers, drain, profile):
    """Replays a capture under callgrind. Returns the number of instructions. `profile` is the file
    for the costs of the functions."""
    said = replay(synackd, config, capture, answers, drain, "valgrind", "--tool=callgrind",
                  f"--callgrind-out-file={profile}")
    return int(re.search(r"Collected : (\d+)", said)[1])


def costs(profile, inclusive):
    """Returns the instructions of each function."""
    done = execute(["callgrind_annotate", "--threshold=100", f"--inclusive={inclusive}",
                    "--auto=no", profile])
    total = collections.Counter()
    for line in done.stdout.splitlines():
        found = FUNCTION.match(line)
        if found:
            total[re.sub(r"'\d+$", "", found[2])] += int(found[1].replace(",", ""))
    return total


def most_expensive(few, many, units, inclusive, number=10):
    """Returns the functions that spend most per unit, as (function, instructions). `few` and `many`
    are profiles of runs whose lengths differ by `units`."""
    difference = costs(many, inclusive)
    difference.subtract(costs(few, inclusive))
    return [(name, cost / units) for name, cost in difference.most_common(number)]
