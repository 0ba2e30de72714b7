#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/prose.py finds each habit in each kind of file, and none in plain text."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROSE = pathlib.Path(__file__).resolve().parent / "prose.py"


def run(files, *options):
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in files.items():
            path = pathlib.Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, PROSE, "--tree", scratch, *options],
                              capture_output=True, text=True)


class Prose(unittest.TestCase):
    def found(self, name, text):
        return run({name: text}, "--list", "--", ".").stdout

    def test_plain_text(self):
        files = {"a.c": '/* Returns NULL if there is none. */\nchar *f = "unknown key \'who\'";\n',
                 "a.py": '"""Sends a SYN."""\nx = 1  # ns\n', "a.conf": "# Ports below 1024.\n",
                 "a.md": "The client sends a SYN.\n\n    what is code\n",
                 "a.5": ".Sh NAME\nA page.\n"}
        done = run(files)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(sum(json.loads(run(files, "--json").stdout).values()), 0)

    def test_comment_of_c(self):
        self.assertIn("a.c:2: opens with What", self.found("a.c", "\n/* What it is. */\n"))
        self.assertIn("a.c:1: nobody", self.found("a.c",
                                                  "/*\n * A line that nobody\n * reads. */\n"))

    def test_strings_of_c(self):
        self.assertIn("a.c:1: is to be", self.found("a.c", 'f("x is to "\n  "be a string");\n'))
        self.assertIn("in a message", self.found("a.c", 'f("unknown key `x`");\n'))
        self.assertNotIn("opens", self.found("a.c", 'f("What: %s");\n'))

    def test_python(self):
        self.assertIn("a.py:1: opens with Of", self.found("a.py", '"""Of a file."""\n'))
        self.assertIn("a.py:1: those", self.found("a.py", "x = 1  # those of the rule\n"))

    def test_config(self):
        self.assertIn("a.conf:1: who", self.found("a.conf", "# users who may read\n"))
        self.assertIn("a.conf:1: for good", self.found("a.conf", 'summary = "closes for good";\n'))

    def test_manual_and_document(self):
        self.assertIn("a.5:2: what is", self.found("a.5", ".Pp\nIt sends\nwhat is due.\n"))
        self.assertIn("a.md:1: sentence that", self.found("a.md",
                                                          "A rule. What it sends counts.\n"))

    def test_ceiling(self):
        done = run({"a.c": "/* Of it. */\n" * 10000})
        self.assertEqual(done.returncode, 1)
        self.assertIn("opens with Of, Those, Likewise: 10000 found, at most", done.stderr)
        self.assertIn("a.c:10000: opens with Of", done.stderr)

    def test_paths(self):
        files = {"a/b.c": "/* Of it. */\n", "c.c": "/* Of it. */\n"}
        for path, expected in ("a", "a/b.c:1: "), ("c.c", "c.c:1: "):
            done = run(files, "--list", "--", path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(done.stdout.count("\n"), 1, done.stdout)
            self.assertTrue(done.stdout.startswith(expected), done.stdout)

    def test_command_line(self):
        for words, problem in (("--list", "daemon/"), "unknown habit 'daemon/'"), (
                ("none",), "unknown path 'none'"), (("--lis",), "unrecognized arguments: --lis"):
            done = run({}, *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertIn(f"tests/prose.py: {problem}", done.stderr)
            self.assertIn("see tests/prose.py --help", done.stderr)
        self.assertIn("usage: tests/prose.py ", run({}, "--help").stdout)


unittest.main()
