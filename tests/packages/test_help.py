#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each program of the tests and of the packaging that has --help prints it, without an error."""
import os
import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
sys.path.append(str(SOURCE / "tests"))
import tracked  # noqa: E402, pylint: disable=wrong-import-position

# Programs that must be among those found.
SOME = {"tests/run", "tests/bench/run", "tests/bench/instructions", "tests/prose.py",
        "tests/stalls/stall", "packaging/release"}


def programs():
    """Returns the names of the programs that describe or parse --help."""
    names = []
    for name in sorted(tracked.files(SOURCE)):
        path = SOURCE / name
        if (name.startswith(("tests/", "packaging/")) and os.access(path, os.X_OK) and
                path.is_file() and not path.name.startswith("test_")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if "argparse" in text or "--help" in text:
                names.append(name)
    return names


class Help(unittest.TestCase):
    def test_each_program_prints_its_help(self):
        names = programs()
        self.assertLessEqual(SOME, set(names))
        for name in names:
            with self.subTest(name):
                done = subprocess.run([SOURCE / name, "--help"], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertGreater(len(done.stdout.splitlines()), 2)
                self.assertIn(pathlib.Path(name).name, done.stdout)


if __name__ == "__main__":
    unittest.main()
