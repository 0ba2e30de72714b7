#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Texts of a config that are invalid UTF-8, which JSON excludes: they are shown, and hide
nothing."""
import os
import socket
import unittest

from lib import lab

CONFIG = r'''
behaviours = { odd = { summary = "a\xffb"; rules = ( { on = "receive SYN"; drop = true; } ); }; };
endpoints = (
  { name = "banner"; address = "127.0.0.1"; ports = "7100"; service = "banner:h\xffi"; },
  { name = "data"; address = "127.0.0.1"; ports = "7101"; behaviour = "synack-data=\xe9+opt-none";
    service = "echo"; }
);
'''


class Octets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)
        path = cls.lab.config(CONFIG).rename(cls.lab.directory / os.fsdecode(b"c\xff.conf"))
        cls.lab.start(path)
        cls.path = str(path).replace("\udcff", r"\xff")

    def test_endpoints_and_behaviours(self):
        self.assertEqual([(e["name"], e["service"], e["behaviour"])
                          for e in self.lab.ctl("endpoints")],
                         [("banner", r"banner:h\xffi", "accept"),
                          ("data", "echo", r"synack-data=\xe9+opt-none")])
        self.assertIn(r"banner:h\xffi", self.lab.ctl_raw("endpoints").stdout)
        self.assertEqual(self.lab.ctl("behaviours", "odd")[0]["summary"], r"a\xffb")
        self.lab.ctl("set", "data", "refuse")
        reset = self.lab.ctl("reset", "data")[0]
        self.assertEqual((reset["name"], reset["undone"]), ("data", "set"))

    def test_the_service_says_its_octets(self):
        with socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE) as sock:
            self.assertEqual(sock.recv(10), b"h\xffi")

    def test_connections_trace_and_verdicts(self):
        with socket.create_connection(("127.0.0.1", 7101), timeout=lab.PATIENCE):
            shown = [c["behaviour"] for c in self.lab.ctl("connections", "--state", "ESTABLISHED")]
            self.assertIn(r"synack-data=\xe9+opt-none", shown)
            self.assertEqual(self.lab.ctl("trace", "last")["behaviour"],
                             r"synack-data=\xe9+opt-none")
            self.assertIn(r"synack-data=\xe9+opt-none",
                          [c["behaviour"] for c in self.lab.ctl("verdicts")["connections"]])

    def test_the_config(self):
        self.assertEqual(self.lab.ctl("status")["config"], self.path)
        self.assertEqual(self.lab.ctl("reload")["config"], self.path)


if __name__ == "__main__":
    lab.main()
