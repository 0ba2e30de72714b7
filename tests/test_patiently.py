#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Who fails is run again when the machine was held up, and only then."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

PATIENTLY = pathlib.Path(__file__).with_name("patiently")
PATIENCE = 30  # seconds
# It notes that it runs, ends with STATUS when it is told to, and passes the next time.
ONCE = """cd "$0"; echo >>runs; [ $(wc -l <runs) = 1 ] || exit 0
while [ ! -e end ]; do sleep 0.01; done
"""


class Patiently(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def runs(self):
        path = self.directory / "runs"
        return path.read_text().count("\n") if path.exists() else 0

    def outcome(self, ending, held_up):
        """The wrapper's status and what it said, about one that ends so the first time."""
        process = subprocess.Popen([PATIENTLY, "sh", "-c", ONCE + ending, self.directory],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        end = time.monotonic() + PATIENCE
        while not self.runs() and time.monotonic() < end:
            time.sleep(0.01)
        if held_up:
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(0.4)
            os.kill(process.pid, signal.SIGCONT)
        (self.directory / "end").touch()
        said = process.communicate(timeout=PATIENCE)[0]
        return process.returncode, said

    def test_a_failure_is_a_failure(self):
        self.assertEqual(self.outcome("exit 3", held_up=False), (3, ""))
        self.assertEqual(self.runs(), 1)

    def test_again_when_held_up(self):
        status, said = self.outcome("exit 3", held_up=True)
        self.assertEqual(status, 0)
        self.assertRegex(said, r"^The machine was held up for \d+\.\d s: once more\.\n$")
        self.assertEqual(self.runs(), 2)

    def test_once_when_it_passes_or_is_skipped(self):
        for status in 0, 77:
            with self.subTest(status):
                self.setUp()
                self.assertEqual(self.outcome(f"exit {status}", held_up=True), (status, ""))
                self.assertEqual(self.runs(), 1)

    def test_not_for_ever(self):
        process = subprocess.Popen([PATIENTLY, "sh", "-c",
                                    'cd "$0"; echo >>runs; kill -STOP $PPID; sleep 0.4;'
                                    ' kill -CONT $PPID; exit 4', self.directory],
                                   stdout=subprocess.PIPE, text=True)
        said = process.communicate(timeout=PATIENCE)[0]
        self.assertEqual((process.returncode, said.count("\n"), self.runs()), (4, 2, 3))


if __name__ == "__main__":
    unittest.main(verbosity=2)
