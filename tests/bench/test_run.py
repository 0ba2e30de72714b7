#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/bench/run measures every row, leaves nothing behind, and fails if a generator loses its
peer. No goal is enforced."""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "net")]
from lib import lab, outcome, tolerances  # noqa: E402, pylint: disable=wrong-import-position
from rows import (  # noqa: E402, pylint: disable=wrong-import-position
    bench, groups, instructions, lateness, places, row, site, standing, table)

RUN = HERE / "run"
QUICK = 60 * tolerances.SLOW  # seconds, on a busy machine
# tests/bench/instructions has a test of its own.
LIVE = {each.name for each in groups.ROWS if not each.name.startswith(instructions.PREFIX)}


def run(*words, **more):
    return subprocess.run([RUN, *words], capture_output=True, text=True, timeout=QUICK, check=False,
                          **more)


def namespaces():
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in listed.stdout.splitlines()}


def processes_of(session):
    """Returns the command lines of the processes of a session."""
    lines = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) == session:
                lines.append((path / "cmdline").read_bytes())
        except OSError:  # the process has ended
            pass
    return [line for line in lines if line]  # a zombie has none


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
        self.assertEqual(set(rows), LIVE)
        self.assertEqual(self.document["problems"], [])
        for name, each in rows.items():
            self.assertEqual(len(each["rounds"]), 1, name)
            self.assertGreaterEqual(each["value"], 0, name)
            if each["unit"] == "share":
                self.assertLessEqual(each["value"], 1, name)
            else:
                self.assertGreater(each["value"], 0, name)
            self.assertEqual(each["theirs"] is not None, each["peer"] is not None, name)
            self.assertEqual(each["met"] is not None, "goal" in each, name)

    def test_the_json_describes_the_machine(self):
        described = self.document["machine"]
        self.assertEqual(described["cpus"], len(os.sched_getaffinity(0)))
        self.assertEqual(described["kernel"], os.uname().release)

    def test_the_table_fits_a_screen(self):
        lines = self.done.stdout.splitlines()
        self.assertEqual(len(lines), 1 + len(LIVE))
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
    def interrupt(self, number, rows, program):
        """Sends a signal twice while a program of these rows runs."""
        before = namespaces()
        process = subprocess.Popen([RUN, "--quick", "--row", rows], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        try:
            lab.wait_for(program, lambda: any(
                program in line for line in processes_of(process.pid)), QUICK)
            for _ in range(2):
                os.killpg(process.pid, number)
            out, errors = process.communicate(timeout=QUICK)
        finally:
            process.kill()
        self.assertEqual((process.returncode, out, errors), (130, b"", b""))
        lab.wait_for("no processes", lambda: not processes_of(process.pid))
        self.assertEqual(namespaces() - before, set())

    def test_nothing_remains(self):
        self.interrupt(signal.SIGINT, "half-open-*", b"/syn_times")
        self.interrupt(signal.SIGTERM, "bulk-*-loss", b"/bulk_client")


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

    def test_retransmissions_are_found(self):
        """The kernel's listener retransmits its SYN-ACK after a second; the reflector does not."""
        words = {"count": 20, "rate": 1000, "linger": 2}
        with lateness.kernel_listener(self.site):
            got = lateness.syn_times(self.site, places.KERNEL[4], self.site.server_mac, **words)
        self.assertEqual((got["first"]["count"], got["second"]["count"]), (20, 20))
        self.assertGreater(got["second"]["p50"] / 1e6, -tolerances.EARLY)
        self.assertLess(got["second"]["p50"] / 1e6, tolerances.LATE)
        with self.site.serving("reflector", version=2):
            got = lateness.syn_times(self.site, places.OURS[4], places.REFLECTOR_MAC, **words)
        self.assertEqual((got["first"]["count"], got["second"]["count"]), (20, 0))
        self.assertEqual(got["second"]["within_10ms"], 0)

    def test_a_stall_is_measured(self):
        """The prober measures a daemon that is stopped for a while, beside a control."""
        with self.site.ours(standing.endpoints(1), at=(places.OURS[4],)) as pid:
            prober = standing.Prober(self.site, standing.FIRST_PORT + 1)

            def stop():
                begin = time.time()
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.5)
                os.kill(pid, signal.SIGCONT)
                return [(begin, time.time())]
            stalls = prober.stalls(stop)
            control = prober.stalls(lambda: standing.pauses(5, 0.1))
        self.assertGreater(stalls[0], 480)
        self.assertLess(statistics.median(control), 1000 * tolerances.LATE)

    def test_a_stall_of_the_server_is_no_slow_machine(self):
        with self.site.serving("reflector", version=2) as pid:
            process = self.site.spawn(
                self.site.client, places.CLIENT_CPU, "syn_times", rate=2000, count=2000, again=0,
                **self.syn_words(to_mac=places.REFLECTOR_MAC))
            time.sleep(0.3)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.3)
            os.kill(pid, signal.SIGCONT)
            got = self.site.result(process)
        self.assertEqual(got["first"]["count"], 2000)
        self.assertLess(got["first"]["within_10ms"], 0.9)
        self.assertLess(got["slow"], 0.5)

    def test_converse(self):
        for address in places.KERNEL[4], places.OURS[4]:  # resets, or no answer
            self.loses("converse", to=address, at_once=10, seconds=0.1,
                       **{"from": places.CLIENT_FIRST})

    def test_bulk_client(self):
        self.loses("bulk_client", to=places.KERNEL[4], mode="receive")
        with self.site.serving("bulk_server", address=places.KERNEL[4], mode="sink"):
            # This server sends nothing.
            self.loses("bulk_client", to=places.KERNEL[4], mode="receive")

    def test_a_server_that_cannot_start(self):
        with self.assertRaisesRegex(site.Lost, "cannot listen"):
            with self.site.serving("bulk_server", address="10.77.0.33", mode="sink"):
                pass

    def test_one_loss_leaves_the_other_rows(self):
        run_of = bench.Bench(groups.ROWS, groups.choose(["syn-lone-*", "timer-*"]), quick=True)
        run_of.site = self.site
        group = types.SimpleNamespace(
            __name__="rows.lost", ROWS=groups.ROWS,
            measure=lambda each: self.site.generate("flood", seconds=0.1, **self.syn_words()))
        groups.measure_group(run_of, group, site.FAILURES)
        groups.measure_group(run_of, lateness, site.FAILURES)
        self.assertEqual(set(run_of.results), {"syn-lone-p50", "syn-lone-p99"})
        self.assertEqual(len(run_of.problems), 1)
        self.assertRegex(run_of.problems[0], "^lost: flood: ")

    def test_wrong_words(self):
        self.loses("flood", **self.syn_words(to_mac="x"))
        self.loses("flood", nonsense=1, **self.syn_words())
        self.loses("flood", to=places.OURS[4])
        self.loses("flood", **self.syn_words(to=places.OURS[6]))


if __name__ == "__main__":
    if lab.can_make_namespaces():
        outcome.main()
    outcome.skip("cannot create network namespaces")
