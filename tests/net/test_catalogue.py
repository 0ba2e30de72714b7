#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The catalogue of behaviours from the users' view: names and numbers are permanent, synackctl and
the man page print all texts, and the example of a behaviour in README.md works step by step."""
import concurrent.futures
import re
import shutil
import socket
import subprocess
import unittest

from lib import lab

MAN = lab.BUILD / "packaging/man/synackd-behaviours.7"
TEXTS = "summary", "client", "reveals", "reference"
CONFIG = r"(?ms)^    behaviours = \{\n      second-try.*?^    \};\n"


def bare(text):
    """Without blanks, quotation marks and the ends of lines, which may follow any hyphen."""
    return re.sub(r"[\s'‘’]+", "", text)


def given():
    """Returns {name: number} of the permanent list."""
    lines = (lab.SOURCE / "tests/numbers").read_text().splitlines()
    return {name: int(number) for number, name in
            (line.split() for line in lines if not line.startswith("#"))}


class Shipped(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(
            'endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7100"; } );'))
        socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
        cls.behaviours = {b["name"]: b for b in cls.lab.ctl("behaviours")}

    def test_names_and_numbers_are_permanent(self):
        text = (lab.SOURCE / "conf/behaviours/reserved.conf").read_text()
        reserved = {name: int(n) for name, n in re.findall(r"(?m)^  ([a-z0-9-]+) = (\d+);$", text)}
        now = {b["name"]: b["number"] for b in self.behaviours.values() if b["number"]}
        self.assertEqual(now.keys() & reserved.keys(), set())
        self.assertEqual({**now, **reserved}, given(), "add new names to tests/numbers")
        self.assertEqual(len(set(given().values())), len(given()))
        for name in sorted(reserved)[:3]:
            answer = self.lab.ctl_raw("set", "a", name)
            self.assertEqual(answer.returncode, 2)
            self.assertIn(f"unknown behaviour '{name}': the name is reserved", answer.stderr)

    def test_nothing_is_left_out(self):
        for b in self.behaviours.values():
            self.assertEqual([key for key in TEXTS if not b[key]], [], b["name"])
            for p in b["parameters"]:
                self.assertNotIn("", (p["default"], p["help"]), (b["name"], p))
                if p["type"] in ("duration", "number", "choice"):
                    self.assertTrue(p["min"] and p["max"] or p["among"], (b["name"], p))

    def test_synackctl_prints_all_of_it(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            shown = dict(zip(self.behaviours, pool.map(
                lambda name: bare(self.lab.ctl_raw("behaviours", name).stdout),
                self.behaviours)))
        for name, b in self.behaviours.items():
            wanted = [b[key] for key in TEXTS] + [f"(number {b['number']})"] * bool(b["number"])
            wanted += [p[key] for p in b["parameters"]
                       for key in ("name", "type", "default", "min", "max", "among",
                                   "help") if p[key]]
            self.assertEqual([w for w in wanted if bare(w) not in shown[name]], [], name)

    def test_the_man_page_prints_all_of_it(self):
        done = subprocess.run(["mandoc", "-Tutf8", "-Owidth=100", MAN], check=True, text=True,
                              capture_output=True)
        page = bare(re.sub(".\b", "", done.stdout))
        for name, b in self.behaviours.items():
            wanted = [b[key] for key in TEXTS] + [p["help"] for p in b["parameters"]]
            wanted += [f"{name} (number {b['number']})"] * bool(b["number"])
            self.assertEqual([w for w in wanted if bare(w) not in page], [], name)


def block(pattern):
    """Returns a block of README.md, ready to copy."""
    return re.sub("(?m)^    ", "", re.search(pattern, (lab.SOURCE / "README.md").read_text())[0])


class Own(unittest.TestCase):
    """Follows README.md literally, in a copy of conf/."""

    def setUp(self):
        self.lab = lab.Lab(self.id().rsplit(".", 1)[-1], veth=False)
        self.addCleanup(self.lab.close)
        shutil.copytree(lab.SOURCE / "conf", self.lab.directory / "conf")
        self.own = self.lab.directory / "conf/behaviours.d"

    def start(self):
        self.lab.start(self.lab.directory / "conf/synackd.conf")

    def asks(self, port):
        """Returns the start of the page that a client at this port receives."""
        with socket.create_connection(("127.0.0.1", port), timeout=lab.PATIENCE) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return lab.receive(sock, 12)[:12]

    def test_five_lines_and_no_rebuild(self):
        self.assertLessEqual(len(block(CONFIG).splitlines()) - 2, 5)
        self.start()
        (self.own / "mine.conf").write_text(block(CONFIG))
        self.lab.ctl("reload")
        with self.assertRaises(ConnectionRefusedError):
            self.asks(7300)
        self.assertEqual(self.asks(7300), b"HTTP/1.1 200")
        self.assertEqual(self.lab.ctl("behaviours", "second-try")[0]["number"], 300)

    def test_a_behaviour_may_extend_a_shipped_one(self):
        (self.own / "mine.conf").write_text(
            re.search(r"(?ms)^    behaviours = .*^    \};$",
                      (self.own / "README").read_text())[0])
        self.start()
        self.lab.ctl("set", "v4/accept", "slow-and-bare")
        self.assertEqual(self.asks(7001), b"HTTP/1.1 200")
        synack = next(s for s in self.lab.ctl("trace", "last")["segments"] if s["flags"] == "S.")
        self.assertEqual(synack["options"], "")

    def test_none_is_shadowed(self):
        self.start()
        for entry, said in (
                ('refuse = { summary = ""; };', "duplicate behaviour: defined at"),
                ('mine = { number = 2; summary = ""; };', "number 2 in use by 'synack-delay' at"),
                ('dsack = { summary = ""; };', "reserved"),
                ('mine = { number = 57; summary = ""; };', "reserved")):
            with self.subTest(entry):
                (self.own / "mine.conf").write_text(f"behaviours = {{ {entry} }};\n")
                answer = self.lab.ctl_raw("reload")
                self.assertEqual(answer.returncode, 1, answer)
                self.assertIn("behaviours.d/mine.conf:1: ", answer.stderr)
                self.assertIn(said, answer.stderr)
                self.assertEqual(len(answer.stderr.splitlines()), 2, answer.stderr)
                with self.assertRaises(ConnectionRefusedError):
                    self.asks(7006)  # the shipped behaviour is still in force


if __name__ == "__main__":
    lab.main()
