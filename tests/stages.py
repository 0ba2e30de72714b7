# SPDX-License-Identifier: MIT
"""The stages of tests/run, and the summary after them."""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
import typing
import xml.etree.ElementTree

import tracked

ROOT = pathlib.Path(__file__).resolve().parents[1]
CPUS = len(os.sched_getaffinity(0))
JOBS = str(CPUS)
TESTS_AT_ONCE = str(CPUS + 1)  # most of the long ones wait for timers
TIMEOUT = "300"  # for tests without another one, in seconds
# In all. More repetitions are due to an overloaded machine, or to a wrong test.
REPETITIONS_MAX = 5
SLOWEST = 10
# Tests that move many octets or wait for many timers find little more there, and take twice as
# long.
LONG_WITH_ASAN = [*(f"net/test_{name}" for name in (
    "bulk", "clients", "lossy", "matrix", "tun", "tun_device", "virtual", "virtual_jumbo",
    "virtual_places", "workers", "workers_cost")),
    "bench/test_run", "packages/test_container", "packages/test_man", "decode/captures"]
# Other tests cover the same code of wire/ and tcp/; it takes a minute.
LONG_WITH_COVERAGE = ["unit/engine/test_loops"]
# The first takes 40 s without an emulator. qemu-user lacks options of packet sockets for the
# others.
NOT_WITH_QEMU = ["unit/engine/test_loops", *(f"unit/link/test_{name}" for name in (
    "guard", "interface", "packet", "packet_frames"))]
ASAN = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


class Failed(Exception):
    """A stage found a fault. The text is the fault, or empty if a command has reported it."""


class Test(typing.NamedTuple):
    stage: str
    name: str
    seconds: float
    status: str  # "run", "fail", "skipped", or "notrun", which CTest counts as a failure


class Results:
    """The results of the stages, for the summary."""

    def __init__(self):
        self.stages = []       # (name, seconds)
        self.tests = []        # Test
        self.repetitions = []  # (stage, name, reason)
        self.later = []        # the names of later stages

    def of(self, stage):
        return [t for t in self.tests if t.stage == stage]


# --- commands -----------------------------------------------------------------------------------

def run(*command, **more):
    """Runs a command of the tree. Raises Failed if the command fails."""
    status = subprocess.run(command, cwd=ROOT, check=False, **more).returncode
    if status:
        text = shlex.join(command)
        raise Failed(f"{text if len(text) < 200 else text[:196] + ' ...'}: exit status {status}")


def build(preset, *options, target="all"):
    run("cmake", "--preset", preset, "-G", "Ninja", *options, stdout=subprocess.DEVNULL)
    run("cmake", "--build", "--preset", preset, "-j", JOBS, "--target", target)


@contextlib.contextmanager
def building_ahead(results, stage):
    """Builds the tree of a later stage in the background with idle CPU time. That stage builds the
    rest, and reports the errors."""
    if stage not in results.later:
        yield
        return
    run("cmake", "--preset", stage, "-G", "Ninja", stdout=subprocess.DEVNULL)
    with subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "nice", "-n", "19", "ninja", "-C",
                           tree_of(stage), "-j", "1"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as builder:
        try:
            yield
        finally:
            builder.terminate()


def tree_of(preset):
    return ROOT / "build" if preset == "release" else ROOT / "build" / preset


def read_junit(path, stage):
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        skipped = case.find("skipped[@message='SKIP_RETURN_CODE=77']") is not None
        yield Test(stage, case.get("name"), float(case.get("time")),
                   "skipped" if skipped else case.get("status"))


def read_repetitions(path, stage):
    if path.exists():
        for line in path.read_text(encoding="ascii").splitlines():
            yield stage, *line.split("\t")


def tests_of(preset, *options):
    """Returns the names of the tests of a build tree."""
    done = subprocess.run(["ctest", "--preset", preset, "--show-only=json-v1", *options], cwd=ROOT,
                          stdout=subprocess.PIPE, check=False)
    # CTest may print a message about the pattern before the JSON.
    _, brace, rest = done.stdout.partition(b"{")
    return [] if done.returncode else [t["name"] for t in json.loads(brace + rest)["tests"]]


def without(preset, names):
    """Returns the options of ctest that omit these tests. Raises Failed if one does not exist."""
    unknown = set(names) - set(tests_of(preset))
    if unknown:
        raise Failed(f"{min(unknown)}: unknown test: correct the list in tests/stages.py")
    return "-E", f"^({'|'.join(map(re.escape, names))})$"


def ctest(results, stage, preset, *options, output=None, environment=None):
    """Runs the tests of a build tree. Adds their results also if some fail."""
    tree = tree_of(preset)
    junit, repetitions = tree / "junit.xml", tree / "repetitions"
    for path in junit, repetitions:
        path.unlink(missing_ok=True)
    try:
        run("ctest", "--preset", preset, "-j", TESTS_AT_ONCE, "--timeout", TIMEOUT,
            "--no-tests=error", "--output-junit", str(junit), *options, stdout=output,
            env={**os.environ, **(environment or {})})
    finally:
        if junit.exists():
            results.tests += read_junit(junit, stage)
        results.repetitions += read_repetitions(repetitions, stage)


# --- the stages ---------------------------------------------------------------------------------

def sources():
    """Returns the C files of the tree."""
    return [name for name in tracked.files(ROOT) if name.endswith((".c", ".h"))]


def style(_):
    """clang-format"""
    run("clang-format", "--dry-run", "-Werror", *sources())


def fuzzers(seconds):
    build("asan", "-DSYNACKD_FUZZ=ON")

    def one(fuzzer):
        run("tests/fuzz/run", str(fuzzer), str(seconds))
        print(f"-- {fuzzer.name} ended", flush=True)
    programs = [path for path in sorted((tree_of("asan") / "tests").glob("fuzz_*"))
                if path.is_file() and os.access(path, os.X_OK)]
    with concurrent.futures.ThreadPoolExecutor(CPUS) as pool:
        list(pool.map(one, programs))


def fuzz(_):
    """each fuzzer for five seconds"""
    fuzzers(5)


def fuzz_long(_):
    """each fuzzer for two minutes"""
    fuzzers(120)


def coverage(results):
    """unit tests and scripts reach 90 lines in 100 of wire/ and tcp/, without any real client"""
    tree = tree_of("coverage")
    build("coverage", target="pure_tests")
    for path in tree.rglob("*.gcda"):
        path.unlink()
    log = tree / "log"
    try:
        with open(log, "w", encoding="utf-8") as output:
            # Captures are decoded in other stages, which build the required programs.
            ctest(results, "coverage", "coverage", "-R", "^(unit|script)/", "-FA", ".*",
                  *without("coverage", LONG_WITH_COVERAGE), output=output)
    except Failed:
        print("".join(line for line in open(log, encoding="utf-8") if " Passed " not in line))
        raise
    run("gcovr", "--root", ".", "--filter", "daemon/wire/", "--filter", "daemon/tcp/",
        "--fail-under-line", "90", str(tree))


def asan(results):
    """the tests with clang, AddressSanitizer and UndefinedBehaviorSanitizer, except the longest"""
    build("asan", "-DSYNACKD_FUZZ=ON")
    with building_ahead(results, "release"):
        ctest(results, "asan", "asan", *without("asan", LONG_WITH_ASAN), environment=ASAN)


def asan_all(results):
    """all tests with clang and the sanitizers"""
    build("asan", "-DSYNACKD_FUZZ=ON")
    ctest(results, "asan_all", "asan", environment=ASAN)


def matrix(_):
    """each client of the judge's matrix with the sanitizers; stage asan takes one in eight"""
    build("asan", "-DSYNACKD_FUZZ=ON")
    run(str(tree_of("asan") / "tests" / "judge_matrix"), "--every", "1",
        env={**os.environ, **ASAN})


def release(results):
    """all tests with gcc, as it is shipped"""
    build("release")
    unknown = set(known_skips()) - set(tests_of("release"))
    if unknown:
        raise Failed(f"{min(unknown)}: unknown test: correct tests/skips")
    ctest(results, "release", "release")


def busy(results):
    """the network tests five times in a row while each CPU is busy with something else"""
    repeat_busy(results, 5, "^net/")


def foreign(results, stage, machine, left_out=()):
    """Unit tests and scripts, built for another machine: see tests/machines."""
    run("packaging/install-packages", "machines")
    run("tests/machines/root", machine)
    build(machine)
    ctest(results, stage, machine, "-R", "^(unit|script)/", "-FA", ".*",
          *without(machine, left_out),
          environment={"LOCPATH": str(ROOT / "build" / f"root-{machine}" / "usr/lib/locale")})


def i386(results):
    """unit tests and scripts for a machine of 32 bits"""
    foreign(results, "i386", "i386")


def big_endian(results):
    """unit tests and scripts for a big-endian machine (s390x), under qemu-user"""
    foreign(results, "big_endian", "s390x", NOT_WITH_QEMU)


USUAL = (style, fuzz, coverage, asan, release)
LONG = (style, fuzz_long, coverage, asan_all, matrix, release, busy, i386,
        big_endian)
STAGES = {stage.__name__: stage for stage in USUAL + LONG}


# --- repetitions --------------------------------------------------------------------------------

@contextlib.contextmanager
def busy_cpus():
    """Runs a process for each CPU that takes all of it, at the priority of the tests."""
    spinning = [subprocess.Popen(["setpriv", "--pdeathsig", "KILL",
                                  "sh", "-c", "while :; do :; done"])
                for _ in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def repeat_busy(results, times, pattern):
    """Runs the tests that match `pattern` repeatedly, and prints a table. Raises Failed if any test
    failed."""
    build("release")
    if not tests_of("release", "-R", pattern, "-FA", ".*"):
        raise Failed(f"{pattern}: no test has such a name: see ctest --preset release -N")
    rows = []
    for number in range(1, times + 1):
        stage, begun = f"run {number}", time.monotonic()
        with busy_cpus(), contextlib.suppress(Failed):
            # Without fixtures: these tests make the captures to be decoded.
            ctest(results, stage, "release", "-R", pattern, "-FA", ".*")
        rows.append((stage, time.monotonic() - begun, results.of(stage),
                     [r for r in results.repetitions if r[0] == stage]))
    print_runs(rows)
    if any(not tests or any(t.status in ("fail", "notrun") for t in tests)
           for _, _, tests, _ in rows):
        raise Failed(f"not all of {times} runs of {pattern} passed")


def print_runs(rows):
    print(f"\n{'run':8}{'passed':>8}{'failed':>8}{'skipped':>9}{'repeated':>10}{'seconds':>9}  "
          "which")
    for stage, seconds, tests, repetitions in rows:
        count = {s: sum(t.status == s for t in tests) for s in ("run", "fail", "skipped")}
        which = ([f"{t.name} failed" for t in tests if t.status == "fail"] +
                 [f"{name} repeated" for _, name, _ in repetitions])
        print(f"{stage:8}{count['run']:8}{count['fail']:8}{count['skipped']:9}"
              f"{len(repetitions):10}{seconds:9.0f}  {', '.join(which)}")


# --- the summary --------------------------------------------------------------------------------

def known_skips():
    """Returns the missing resource for each test that may be skipped."""
    lines = (ROOT / "tests" / "skips").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if not line.startswith("#"))


def print_table(title, rows):
    """Prints rows of (stage, name, seconds or text)."""
    if not rows:
        return
    print(f"\n{title}")
    stage, name = (max(len(row[i]) for row in rows) for i in (0, 1))
    for row in rows:
        last = f"{row[2]:9.1f} s" if isinstance(row[2], float) else row[2]
        print(f"  {row[0]:{stage}}  {row[1]:{name}}  {last}".rstrip())


def summarize(results):
    """Prints the summary. Returns the problems, a sentence each."""
    skips, wrong = known_skips(), []
    print_table("stages", [(name, "", seconds) for name, seconds in results.stages])
    slowest = sorted(results.tests, key=lambda t: -t.seconds)[:SLOWEST]
    print_table(f"the {len(slowest)} slowest tests", [t[:3] for t in slowest])
    skipped = [t for t in results.tests if t.status == "skipped"]
    print_table("skipped tests", [(t.stage, t.name, skips.get(t.name, "?")) for t in skipped])
    for name in sorted({t.name for t in skipped if t.name not in skips}):
        wrong.append(f"{name}: unexpected skip: fix the test, or add it to tests/skips")
    count = len(results.repetitions)
    if count > REPETITIONS_MAX:
        wrong.append(f"{count} repetitions: unexpected, {REPETITIONS_MAX} at most: give the "
                     "machine less to do, or fix the tests")
    print_table("repeated tests", results.repetitions)
    print(f"\nrepetitions: {count}, of {REPETITIONS_MAX} at most")
    return wrong


def perform(stages):
    """Runs the stages until one fails, and prints the summary. Returns the exit status."""
    results, wrong = Results(), []
    for number, (name, stage) in enumerate(stages, 1):
        results.later = [later for later, _ in stages[number:]]
        print(f"== {name}: {stage.__doc__}", flush=True)
        begun = time.monotonic()
        try:
            stage(results)
        except Failed as failure:
            wrong.append(f"{name}: {failure}")
        results.stages.append((name, time.monotonic() - begun))
        if wrong:
            break
    print("\n== summary")
    wrong += summarize(results)
    sys.stdout.flush()
    for sentence in wrong:
        print(f"tests/run: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


# --- the command line ---------------------------------------------------------------------------

def help_text():
    def listed(stages):
        return "".join(f"  {stage.__name__:11}{stage.__doc__}\n" for stage in stages)
    return f"""tests/run                 run the usual stages: at most twenty minutes on two CPUs
tests/run STAGE ...       run these stages
tests/run --all           run all stages: some hours
tests/run --repeat N [PATTERN]
                          run the tests whose names match PATTERN (by default net) N times in a
                          row while each CPU is busy with something else, and print a table

The usual stages:
{listed(USUAL)}
With --all:
{listed(LONG)}
A test is repeated only if it failed and a process demonstrably waited for a CPU. The summary counts
these repetitions; more than {REPETITIONS_MAX} fail tests/run.
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"tests/run: {message}: see tests/run --help\n")

    def format_help(self):
        return help_text()


def parse(words):
    """Returns the stages to run, as (name, function)."""
    parser = Parser(prog="tests/run", allow_abbrev=False)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--repeat", type=int)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args(words)
    if options.repeat is not None:
        if options.repeat < 1 or options.all or len(options.words) > 1:
            parser.error("invalid arguments: --repeat takes a number and one pattern")
        pattern = "".join(options.words) or "net"

        def repeat(results):
            return repeat_busy(results, options.repeat, f"^({pattern.removeprefix('^')})")
        repeat.__doc__ = f"{pattern}, {options.repeat} times while each CPU is busy"
        return [("repeat", repeat)]
    if options.all and options.words:
        parser.error("unexpected stage beside --all: leave out one of them")
    unknown = [word for word in options.words if word not in STAGES]
    if unknown:
        parser.error(f"{unknown[0]}: unknown stage: choose from {', '.join(STAGES)}")
    chosen = [STAGES[word] for word in options.words] or (LONG if options.all else USUAL)
    return [(stage.__name__, stage) for stage in chosen]


def main(words):
    stages = parse(words)
    run("packaging/install-packages", "build", "test", "deb", "rpm", "system")
    return perform(stages)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failed:
        sys.exit(f"tests/run: {failed}")
