# SPDX-License-Identifier: MIT
"""Replays of synackd, and the number of instructions that they execute under callgrind."""
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import threading
import typing

import captures
import instruction_rows

# The same instructions on each machine: the functions of libc that all x86-64 CPUs support, and an
# environment of the same size.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(f"-{feature}" for feature in (
    "AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX_Fast_Unaligned_Load", "BMI1", "BMI2",
    "ERMS", "FSRM", "LZCNT", "MOVBE", "POPCNT", "RTM", "SSSE3", "SSE4_1", "SSE4_2"))
ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
FUNCTION = re.compile(r" *([\d,]+) +\( *[\d.]+%\) +(?:\*\*\*|\?+|[^:]*):(\S+)")


class Failed(Exception):
    """A program failed. The text is a message for the user."""


def supported():
    """Returns true if this machine counts the instructions of the ceilings."""
    return platform.machine() == "x86_64" and shutil.which("valgrind") is not None


def execute(command, folder=None, **environment):
    done = subprocess.run(list(map(str, command)), cwd=folder,
                          env={**ENVIRONMENT, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done


def replay(synackd, folder, drain, *before):
    """Replays the capture `in.pcap` of a folder with the config of the folder. The names have the
    same length in each folder, so that the heap is the same. Returns the messages and the answers.
    Raises Failed if a frame was ignored."""
    done = execute([*before, synackd, "--config", "config", "--replay", "in.pcap", "--write",
                    "out.pcap", "--seed", "1", "--drain", drain], folder, GLIBC_TUNABLES=TUNABLES)
    ignored = re.search(r"synackd: (.*ignored.*)", done.stderr)
    if ignored:
        raise Failed(f"{folder}: {ignored[1]}")
    return done.stderr, captures.read_answers(folder / "out.pcap")


def count(synackd, folder, drain):
    """Replays a capture under callgrind. Returns the number of instructions, and the answers. The
    costs of the functions are in the file `profile` of the folder."""
    said, answers = replay(synackd, folder, drain, "valgrind", "--tool=callgrind",
                           "--callgrind-out-file=profile")
    return int(re.search(r"Collected : (\d+)", said)[1]), answers


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
    if inclusive == "yes":  # without the callers of main(), and the stubs of libraries
        for name in [name for name in difference if re.match(r"\(|0x|_*libc_start", name)]:
            del difference[name]
    return [(name, cost / units) for name, cost in difference.most_common(number)]


class Run(typing.NamedTuple):
    instructions: int
    profile: pathlib.Path
    answers: list


class Measured(typing.NamedTuple):
    """The number of instructions per unit of a row, and its goal or None."""
    row: instruction_rows.Row
    number: int
    goal: typing.Optional[int]
    profiles: tuple  # of the shorter and the longer run


class Bench:
    """Measures rows with one build. Files are in the folder `place`."""

    def __init__(self, build, place):
        self.synackd, self.place = build / "daemon/synackd", place
        if not self.synackd.exists():
            raise Failed(f"{self.synackd}: missing: build the tree first")
        self.lock, self.runs = threading.Lock(), {}

    def measure_all(self, rows):
        """Measures rows, one per CPU at a time. Returns their Measured by name, and the messages of
        the rows that failed."""
        numbers, failures = {}, []
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            futures = {row.name: pool.submit(self.measure, row) for row in rows}
        for name, future in futures.items():
            try:
                numbers[name] = future.result()
            except Failed as failed:
                failures.append(str(failed))
        measured = {}
        for row in rows:
            if row.name in numbers:
                number, profiles = numbers[row.name]
                goal = row.goal
                if row.beside in numbers:
                    goal = round(numbers[row.beside][0] * row.factor)
                measured[row.name] = Measured(row, number, goal, profiles)
        return measured, failures

    def measure(self, row):
        """Returns the instructions per unit, and the profiles. Raises Failed if the answers are not
        the expected ones."""
        known = {}
        # The longer capture begins with the shorter one, so it shows all answers.
        many, few = (self.run(row, units, known) for units in (row.many, row.few))
        return (round((many.instructions - few.instructions) / (row.many - row.few)),
                (few.profile, many.profile))

    def run(self, row, units, known):
        """Returns the Run of a row with this number of units."""
        folder = self.place / f"{row.name}-{units}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text(row.config, encoding="ascii")
        try:
            captures.complete(lambda capture: row.build(capture, units), folder / "in.pcap",
                              lambda: replay(self.synackd, folder, row.drain)[1], known)
        except captures.MissingAnswers as error:
            raise Failed(f"{row.name}: {error}") from error
        run = self.shared(row, folder)
        faults = instruction_rows.faults(row, units, run.answers)
        if faults:
            raise Failed(f"{row.name}: {faults}")
        return run

    def shared(self, row, folder):
        """Returns the Run of a folder. Rows with the same config and capture share it."""
        key = row.config, row.drain, hashlib.sha256((folder / "in.pcap").read_bytes()).digest()
        with self.lock:
            mine = key not in self.runs
            future = self.runs.setdefault(key, concurrent.futures.Future())
        if mine:
            try:
                number, answers = count(self.synackd, folder, row.drain)
                future.set_result(Run(number, folder / "profile", answers))
            except BaseException as error:  # another thread waits for the future
                future.set_exception(error)
        return future.result()
