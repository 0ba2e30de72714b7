#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A test that fails is repeated if a process waited for a CPU, and only then; each repetition is
counted; and tests/run fails if there were too many.

  tests/test_stalls.py CANARY"""
import contextlib
import io
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import stages

TESTS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS / "net"))
from lib import outcome  # noqa: E402, pylint: disable=wrong-import-position

REPEAT, STALL = TESTS / "stalls" / "repeat", TESTS / "stalls" / "stall"
CANARY = "canary"
PATIENCE = 20  # timeout of expected events, in seconds
# A canary that prints the given waits.
FAKE = """#!/bin/sh
echo ready
cat >/dev/null
printf '%s' '{waits}'
"""
# A test that ends with STATUS the first TIMES times.
TEST = 'cd "$0"; echo >>runs; [ $(wc -l <runs) -le {times} ] && {ending}; exit 0'
LATE = "250 canary on CPU 0\n130 synackd[7]\n"


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("timeout")
        time.sleep(0.01)


class Directory(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def read(self, name):
        path = self.directory / name
        return path.read_text() if path.exists() else ""

    def program(self, name, text):
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o755)
        return path


class Repeat(Directory):
    """The wrapper, with a canary that prints given waits."""

    def outcome(self, waits, ending, times=100, seconds=PATIENCE):
        """Returns the exit status, the number of runs, and the list of repetitions."""
        canary = self.program("canary", FAKE.format(waits=waits))
        status = subprocess.run([REPEAT, canary, self.directory / "list", "net/test_x",
                                 str(seconds), "sh", "-c",
                                 TEST.format(times=times, ending=ending), self.directory],
                                stdout=subprocess.DEVNULL, check=False).returncode
        return status, self.read("runs").count("\n"), self.read("list")

    def test_a_success_runs_once(self):
        self.assertEqual(self.outcome("", "exit 0"), (0, 1, ""))

    def test_a_success_with_a_stall_runs_once(self):
        self.assertEqual(self.outcome(LATE, "exit 0"), (0, 1, ""))

    def test_a_skipped_test_runs_once(self):
        self.assertEqual(self.outcome(LATE, "exit 77"), (77, 1, ""))

    def test_a_failure_without_a_stall_is_a_failure(self):
        self.assertEqual(self.outcome("", "exit 3"), (3, 1, ""))

    def test_a_crash_without_a_stall_is_a_failure(self):
        self.assertEqual(self.outcome("", "kill -SEGV $$"), (128 + signal.SIGSEGV, 1, ""))

    def test_a_failure_with_a_stall_is_repeated_and_counted(self):
        line = "net/test_x\tcanary on CPU 0 waited 250 ms for a CPU\n"
        self.assertEqual(self.outcome(LATE, "exit 3", times=1), (0, 2, line))

    def test_twice_at_most(self):
        line = "net/test_x\tcanary on CPU 0 waited 250 ms for a CPU\n"
        self.assertEqual(self.outcome(LATE, "exit 4"), (4, 3, 2 * line))

    def hanging(self, waits):
        result = self.outcome(waits, "{ sleep 1000 & echo $! >pid; wait; }", seconds=1)
        self.wait_for_the_end()
        return result

    def wait_for_the_end(self):
        """Waits for the end of the process that a test has started."""
        wait_for(lambda: not pathlib.Path("/proc", self.read("pid").strip()).exists())

    def test_a_run_that_hangs_is_a_failure(self):
        self.assertEqual(self.hanging(""), (124, 1, ""))

    def test_a_run_that_hangs_with_a_stall_is_repeated(self):
        self.assertEqual(self.hanging(LATE)[:2], (124, 3))

    def test_it_ends_its_test_when_it_is_ended(self):
        canary = self.program("canary", FAKE.format(waits=""))
        command = 'cd "$0"; sleep 1000 & echo $! >pid; wait'
        repeat = subprocess.Popen([REPEAT, canary, self.directory / "list", "net/test_x", "99",
                                   "sh", "-c", command, self.directory])
        self.addCleanup(repeat.wait)
        self.addCleanup(repeat.kill)
        wait_for(lambda: self.read("pid").endswith("\n"))
        repeat.terminate()
        self.assertEqual(repeat.wait(PATIENCE), 128 + signal.SIGTERM)
        self.wait_for_the_end()

    def test_without_a_canary_nothing_passes(self):
        status = subprocess.run([REPEAT, "false", self.directory / "list", "net/test_x", "1",
                                 "true"],
                                stderr=subprocess.DEVNULL, check=False).returncode
        self.assertNotEqual(status, 0)


def can_stall():
    """Returns true if the kernel stops processes of a control group, and counts their waits."""
    try:
        done = subprocess.run([STALL, "true"], stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0 and pathlib.Path("/proc/self/schedstat").exists()
    except OSError:
        return False


class Canary(Directory):
    """The canary itself. No test requires that it finds nothing, because this machine may be
    overloaded."""

    def start(self, threshold, pid):
        canary = subprocess.Popen([CANARY, str(threshold), str(pid)], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(canary.communicate)
        self.assertEqual(canary.stdout.readline(), "ready\n")
        return canary

    def stopped(self, threshold):
        """Returns the output of a canary that was stopped for 0.4 s."""
        canary = self.start(threshold, os.getpid())
        time.sleep(0.1)  # its threads, which start as it is ready, sleep then
        os.kill(canary.pid, signal.SIGSTOP)
        time.sleep(0.4)
        os.kill(canary.pid, signal.SIGCONT)
        return canary.communicate(timeout=PATIENCE)[0].splitlines()

    def test_a_wait_is_reported(self):
        found = self.stopped(300)
        self.assertTrue(any("canary on CPU" in line for line in found), found)
        self.assertTrue(all(int(line.split()[0]) >= 300 for line in found), found)

    def test_a_shorter_wait_is_not_reported(self):
        self.assertEqual(self.stopped(10 * 60 * 1000), [])

    @unittest.skipUnless(can_stall(), "no cpu controller, or no run delays")
    def test_a_wait_of_the_daemon_is_reported(self):
        daemon = self.directory / "synackd"
        shutil.copy(shutil.which("yes"), daemon)
        waiting = subprocess.Popen([STALL, "--stop", "0.6", "--every", "1.2", daemon],
                                   stdout=subprocess.DEVNULL)
        self.addCleanup(waiting.wait)
        self.addCleanup(waiting.terminate)
        canary = self.start(300, os.getpid())
        found, end = "", time.monotonic() + PATIENCE
        while "synackd[" not in found and time.monotonic() < end:
            found = canary.stdout.readline()
        self.assertRegex(found, r"^\d+ synackd\[\d+\]\n$")


class Tree(Directory):
    """tests/run in a small tree with tests of its own, called from another directory."""
    PROJECT = """cmake_minimum_required(VERSION 3.25)
project(small NONE)
option(SYNACKD_WERROR "as in the presets")
option(SYNACKD_LTO "as in the presets")
enable_testing()
"""

    def setUp(self):
        super().setUp()
        self.tree = self.directory / "a tree"
        for name in "run", "stages.py", "tracked.py", "stalls/repeat", "net/lib/tolerances.py":
            place = self.tree / "tests" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TESTS / name, place)
        shutil.copy(TESTS.parent / "CMakePresets.json", self.tree)
        (self.tree / "tests" / "skips").write_text("# NAME\tWHY\n")
        (self.tree / "packaging").mkdir()
        self.program("a tree/packaging/install-packages", "#!/bin/sh\n")
        self.program("canary", FAKE.format(waits=LATE))
        self.program("calm", FAKE.format(waits=""))
        self.lines = []

    def add_test(self, name, canary, command):
        self.lines.append(f'add_test({name} "${{CMAKE_SOURCE_DIR}}/tests/stalls/repeat" '
                          f'"{self.directory}/{canary}" "${{CMAKE_BINARY_DIR}}/repetitions" '
                          f'{name} 20 sh -c "{command}")\n'
                          f'set_tests_properties({name} PROPERTIES SKIP_RETURN_CODE 77)\n')

    def add_late(self, count, canary="canary"):
        """Adds tests that fail once."""
        for number in range(count):
            self.add_test(f"late/{number}", canary,
                          f"echo >>ran{number}; test $(wc -l <ran{number}) -gt 1")

    def run_stage(self, *words):
        (self.tree / "CMakeLists.txt").write_text(self.PROJECT + "".join(self.lines))
        done = subprocess.run([self.tree / "tests" / "run", *words], cwd="/", text=True,
                              capture_output=True, check=False)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def test_five_repetitions_pass(self):
        self.add_late(5)
        status, lines, wrong = self.run_stage("release")
        self.assertEqual((status, wrong, lines[-1]), (0, "", "repetitions: 5, of 5 at most"))
        self.assertIn("100% tests passed, 0 tests failed out of 5", lines)
        self.assertEqual(sum(line.endswith("canary on CPU 0 waited 250 ms for a CPU")
                             for line in lines), 5)

    def test_six_do_not(self):
        self.add_late(6)
        status, lines, wrong = self.run_stage("release")
        self.assertEqual((status, lines[-1]), (1, "repetitions: 6, of 5 at most"))
        self.assertIn("100% tests passed, 0 tests failed out of 6", lines)
        self.assertIn("tests/run: 6 repetitions: unexpected, 5 at most", wrong)

    def test_a_failure_on_a_machine_that_runs_well_is_red(self):
        self.add_late(1, "calm")
        status, lines, wrong = self.run_stage("release")
        self.assertEqual((status, lines[-1]), (1, "repetitions: 0, of 5 at most"))
        self.assertIn("0% tests passed, 1 tests failed out of 1", lines)
        self.assertIn("tests/run: release: ctest --preset release", wrong)

    def test_a_skip_is_red_unless_it_is_in_the_list(self):
        self.add_test("net/test_x", "calm", "exit 77")
        status, _, wrong = self.run_stage("release")
        self.assertEqual((status, wrong.split(":")[:2]), (1, ["tests/run", " net/test_x"]))
        skips = self.tree / "tests" / "skips"
        skips.write_text("net/test_x\tluck\n")
        status, lines, wrong = self.run_stage("release")
        self.assertEqual((status, wrong), (0, ""))
        self.assertIn("  release  net/test_x  luck", lines)
        skips.write_text("net/test_x\tluck\nnet/test_y\tluck\n")
        status, _, wrong = self.run_stage("release")
        self.assertEqual((status, wrong),
                         (1, "tests/run: release: net/test_y: unknown test: correct tests/skips\n"))

    def test_a_pattern_without_tests(self):
        self.add_late(1)
        for pattern in "late/7", "(":
            status, lines, wrong = self.run_stage("--repeat", "2", pattern)
            self.assertEqual(status, 1)
            self.assertIn(f"tests/run: repeat: ^({pattern}): no test has such a name", wrong)

    def test_runs_while_each_cpu_is_busy(self):
        self.add_late(1)
        status, lines, wrong = self.run_stage("--repeat", "2", "late")
        self.assertEqual((status, wrong), (0, ""))
        rows = [line.split() for line in lines if line.startswith("run ")]
        self.assertEqual([row[1:6] for row in rows[1:]],
                         [["1", "1", "0", "0", "1"], ["2", "1", "0", "0", "0"]])


class Run(Directory):
    """tests/run, with stages whose results are given."""

    def outcome(self, *given):
        """Returns the exit status, the lines of the summary, and the error."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = stages.perform([("release", stage) for stage in given])
        return status, out.getvalue().splitlines(), err.getvalue()

    def repeated(self, count):
        path = self.directory / "repetitions"
        path.write_text("net/test_x\tsynackd[7] waited 250 ms for a CPU\n" * count)

        def stage(results):
            results.repetitions += stages.read_repetitions(path, "release")
        return self.outcome(stage)

    def test_some_repetitions_are_listed_last(self):
        status, lines, wrong = self.repeated(5)
        self.assertEqual((status, wrong), (0, ""))
        self.assertEqual(lines[-1], "repetitions: 5, of 5 at most")
        self.assertEqual(lines[-3].split(maxsplit=2),
                         ["release", "net/test_x", "synackd[7] waited 250 ms for a CPU"])

    def test_more_than_five_fail(self):
        status, lines, wrong = self.repeated(6)
        self.assertEqual((status, lines[-1]), (1, "repetitions: 6, of 5 at most"))
        self.assertIn("tests/run: 6 repetitions: unexpected, 5 at most", wrong)

    def test_after_a_stage_that_fails_there_is_only_the_summary(self):
        def failing(_):
            raise stages.Failed("no luck")
        status, lines, wrong = self.outcome(failing, lambda results: self.fail("next stage"))
        self.assertEqual((status, wrong), (1, "tests/run: release: no luck\n"))
        self.assertIn("== summary", lines)

    def with_tests(self, *tests):
        return self.outcome(lambda results: results.tests.extend(
            stages.Test("release", *test) for test in tests))

    def test_the_ten_slowest(self):
        status, lines, _ = self.with_tests(*((f"net/test_{i}", i / 2, "run") for i in range(12)))
        first = lines.index("the 10 slowest tests") + 1
        self.assertEqual(status, 0)
        self.assertEqual([line.split() for line in lines[first:first + 10]],
                         [["release", f"net/test_{i}", f"{i / 2:.1f}", "s"]
                          for i in range(11, 1, -1)])

    def test_skips_have_a_reason_or_fail(self):
        name, reason = next(iter(stages.known_skips().items()))
        status, lines, _ = self.with_tests((name, 0, "skipped"))
        self.assertEqual(status, 0)
        self.assertIn(["release", name, reason], [line.split(maxsplit=2) for line in lines])
        status, _, wrong = self.with_tests(("net/test_x", 0, "skipped"))
        self.assertEqual(status, 1)
        self.assertIn("net/test_x: unexpected skip", wrong)

    def test_the_output_of_ctest(self):
        (self.directory / "CTestTestfile.cmake").write_text("".join(
            f"add_test({name} sh -c \"exit {status}\")\n"
            f"set_tests_properties({name} PROPERTIES SKIP_RETURN_CODE 77 {more})\n"
            for name, status, more in (("good", 0, ""), ("bad", 1, "FIXTURES_SETUP bad"),
                                       ("absent", 77, ""), ("behind", 0, "FIXTURES_REQUIRED bad"))))
        junit = self.directory / "junit.xml"
        subprocess.run(["ctest", "--output-junit", junit], cwd=self.directory, check=False,
                       capture_output=True)
        self.assertEqual({(t.name, t.status) for t in stages.read_junit(junit, "release")},
                         {("good", "run"), ("bad", "fail"), ("absent", "skipped"),
                          ("behind", "notrun")})

    def test_an_unknown_word_is_an_error_with_its_remedy(self):
        for words, problem in ((["relaese"], "relaese: unknown stage: choose from style, fuzz"),
                               (["--al"], "unrecognized arguments: --al"),
                               (["--all", "fuzz"], "unexpected stage beside --all"),
                               (["--repeat", "0"], "invalid arguments: --repeat")):
            done = subprocess.run([TESTS / "run", *words], capture_output=True, text=True,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"tests/run: {problem}", done.stderr)
            self.assertIn("see tests/run --help", done.stderr)

    def test_preparations_that_fail_name_the_reason(self):
        """The commands that tests/run calls before it builds."""
        for words, status, problem in (
                (["../packaging/install-packages", "bulid"], 2,
                 "unknown group 'bulid': choose from "),
                # As root, no program is found; any other user is refused.
                (["machines/root", "none"], 1, f"cannot create {TESTS.parent}/build/root-none: ")):
            environment = {"PATH": "/nonexistent"} if status == 1 else None
            done = subprocess.run([TESTS / words[0], *words[1:]], capture_output=True, text=True,
                                  check=False, env=environment)
            self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(f"{words[0].removeprefix('../')}: {problem}", done.stderr)

    def test_help_names_every_stage(self):
        done = subprocess.run([TESTS / "run", "--help"], capture_output=True, text=True, check=True)
        for name in stages.STAGES:
            self.assertIn(f"\n  {name} ", done.stdout)


if __name__ == "__main__":
    CANARY = sys.argv.pop(1)
    outcome.main()
