#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/bench/run measures every row, leaves nothing behind, and fails if a generator loses its
peer. No goal is enforced."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "net")]
from lib import lab, outcome, tolerances  # noqa: E402, pylint: disable=wrong-import-position
from rows import groups, places, row, site, table  # noqa: E402, pylint: disable=C0413

RUN = HERE / "run"
QUICK = 60 * tolerances.SLOW  # seconds, on a busy machine
# A small run may lose no frame, and its transfers may have no such value.
MAY_BE_ZERO = {"half-open-lost"}


def run(*words, **more):
    return subprocess.run([RUN, *words], capture_output=True, text=True, timeout=QUICK, check=False,
                          **more)


def namespaces():
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in listed.stdout.splitlines()}


def processes_of(pid):
    """Returns the command lines of the processes of this session group."""
    found = subprocess.run(["ps", "-o", "args=", "-g", str(pid)], capture_output=True, text=True,
                           check=False)
    return found.stdout.splitlines()


class Quick(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "results.json"
            cls.done = run("--quick", "--json", path)
            cls.document = json.loads(path.read_text()) if path.exists() else None

    def test_each_row_has_a_value(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        rows = {each["name"]: each for each in self.document["rows"]}
        self.assertEqual(set(rows), {each.name for each in groups.ROWS})
        for name, each in rows.items():
            self.assertEqual(len(each["rounds"]), 1, name)
            self.assertGreaterEqual(each["value"], 0, name)
            if name not in MAY_BE_ZERO:
                self.assertGreater(each["value"], 0, name)
            self.assertEqual(each["theirs"] is not None, each["peer"] is not None, name)
            self.assertEqual(each["met"] is not None, "goal" in each, name)

    def test_the_json_describes_the_machine(self):
        described = self.document["machine"]
        self.assertEqual(described["cpus"], len(os.sched_getaffinity(0)))
        self.assertEqual(described["kernel"], os.uname().release)

    def test_the_table_fits_a_screen(self):
        lines = self.done.stdout.splitlines()
        self.assertEqual(len(lines), 1 + len(groups.ROWS))
        for line in lines:
            self.assertLessEqual(len(line), 80, line)
            self.assertNotIn("\033", line)
        self.assertEqual(self.done.stderr, "")  # progress is for terminals


class Arguments(unittest.TestCase):
    def test_list(self):
        done = run("--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        for each in groups.ROWS:
            self.assertIn(each.name, done.stdout)

    def test_wrong_arguments(self):
        for words in (("--row", "none-such"), ("--rounds", "0"), ("--rounds", "x"), ("surplus",)):
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(words[-1] if words[-1] != "0" else "--rounds", done.stderr)

    def test_a_goal_can_be_missed(self):
        for goal, value, met in ((row.at_most(2), 2, True), (row.at_most(2), 2.1, False),
                                 (row.at_least(2), 2, True), (row.at_least(2), 1.9, False)):
            result = row.Result(row.Row("a", "title", "ns", "peer", goal))
            result.add(1, 1)
            result.add(value * 3, 3)
            result.add(1000, 1)
            result.add(value * 7, 7)
            self.assertEqual(result.met(), met)
            self.assertIn("yes" if met else "no", table.line_of(result, False).split()[-1])


class Interrupt(unittest.TestCase):
    def test_nothing_remains(self):
        for number in signal.SIGINT, signal.SIGTERM:
            before = namespaces()
            process = subprocess.Popen([RUN, "--quick", "--row", "half-open-*"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       start_new_session=True)
            try:
                lab.wait_for("a generator", lambda: any(
                    "syn_times" in line for line in processes_of(process.pid)), QUICK)
                os.killpg(process.pid, number)
                out, errors = process.communicate(timeout=QUICK)
            finally:
                process.kill()
            self.assertEqual((process.returncode, out, errors), (130, b"", b""))
            lab.wait_for("no processes", lambda: not processes_of(process.pid))
            self.assertEqual(namespaces() - before, set())


class Peers(unittest.TestCase):
    """A generator fails if its server does not answer."""

    @classmethod
    def setUpClass(cls):
        cls.site = site.Site()
        cls.addClassCleanup(cls.site.close)

    def loses(self, program, **words):
        with self.assertRaisesRegex(site.Lost, program):
            self.site.generate(program, **words)

    def syn_words(self, **more):
        return {"to": places.OURS[4], "to_mac": places.NO_MAC, "from": places.CLIENTS[4], **more}

    def test_flood(self):
        self.loses("flood", seconds=0.1, **self.syn_words())

    def test_syn_times(self):
        self.loses("syn_times", count=10, linger=0.1, **self.syn_words())

    def test_wrong_words(self):
        self.loses("flood", **self.syn_words(to_mac="x"))
        self.loses("flood", nonsense=1, **self.syn_words())
        self.loses("flood", to=places.OURS[4])
        self.loses("flood", **self.syn_words(to=places.OURS[6]))


if __name__ == "__main__":
    if lab.can_make_namespaces():
        outcome.main()
    outcome.skip("cannot create network namespaces")
