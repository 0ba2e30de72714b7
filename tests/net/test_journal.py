#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The journal receives each message with its subject as fields, and with IDs that the catalog
explains."""
import os
import re
import socket
import struct
import time
import unittest
import unittest.mock

from lib import lab

CATALOG = lab.SOURCE / "packaging/systemd/synackd.catalog"
# journald's directory is a directory of the test; the real one is hidden.
INSIDE = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && mkdir -p /run/systemd/journal '
          '&& mount --bind "$0" /run/systemd/journal && exec "$@"')


def fields(entry):
    """Parses the native protocol into {name: value}."""
    found, at = {}, 0
    while at < len(entry):
        name, end = re.match(rb"([^=\n]+)([=\n])", entry[at:]).groups()
        at += len(name) + 1
        if end == b"=":
            value = entry[at:entry.index(b"\n", at)]
        else:
            size, = struct.unpack_from("<Q", entry, at)
            value, at = entry[at + 8:at + 8 + size], at + 8
        at += len(value) + 1
        found[name.decode()] = value.decode()
    return found


class Journal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.socket.close)
        place = cls.lab.directory / "journal"
        place.mkdir()
        cls.socket.bind(str(place / "socket"))
        cls.entries = []
        cls.subjects = dict(re.findall(r"^-- (\w{32})\nSubject: (.*)$", CATALOG.read_text(), re.M))
        cls.config('{ name = "a"; address = "10.77.0.1"; ports = "7001"; behaviour = "opt-none"; }',
                   '{ name = "bad"; address = "198.51.100.1"; ports = "80"; }')
        log = cls.lab.directory / "log"
        log.touch()
        at = log.stat()
        with unittest.mock.patch.dict(os.environ, JOURNAL_STREAM=f"{at.st_dev}:{at.st_ino}"):
            cls.lab.start(cls.lab.directory / "synackd.conf", "--log-level", "debug",
                          inside=(*INSIDE, str(place)))

    @classmethod
    def config(cls, *endpoints):
        cls.lab.config(f"endpoints = ( {', '.join(endpoints)} );")

    def entry(self, text, seconds=lab.PATIENCE):
        """Returns the first entry whose message matches."""
        end = time.monotonic() + seconds
        while True:
            for found in self.entries:
                if re.search(text, found["MESSAGE"]):
                    self.assertEqual(found["SYSLOG_IDENTIFIER"], "synackd")
                    return found
            self.socket.settimeout(max(end - time.monotonic(), 0.01))
            try:
                self.entries.append(fields(self.socket.recv(65536)))
            except TimeoutError:
                self.fail(f"'{text}' not in {[e['MESSAGE'] for e in self.entries]}")

    def about(self, entry):
        return {name.removeprefix("SYNACKD_"): value for name, value in entry.items()
                if name.startswith("SYNACKD_")}

    def subject(self, entry):
        return self.subjects[entry["MESSAGE_ID"]]

    def test_start(self):
        started = self.entry("started: 2 endpoints, control socket")
        self.assertEqual(self.subject(started), "synackd answers clients")
        self.assertEqual(started["PRIORITY"], "6")
        problem = self.entry("bad: does not answer")
        self.assertEqual(self.subject(problem), "Endpoint @SYNACKD_ENDPOINT@ does not answer")
        self.assertEqual(self.about(problem), {"ENDPOINT": "bad", "BEHAVIOUR": "accept"})
        self.assertEqual(problem["PRIORITY"], "4")

    def test_a_connection(self):
        with socket.create_connection((self.lab.v4, 7001), 5) as s:
            port = s.getsockname()[1]
            moved = self.entry(f"10.77.0.2 port {port} to 10.77.0.1 port 7001 .*-> ESTABLISHED")
        number = re.match(r"connection (\d+),", moved["MESSAGE"]).group(1)
        self.assertEqual(self.about(moved), {"ENDPOINT": "a", "BEHAVIOUR": "opt-none",
                                             "CLIENT": "10.77.0.2", "CONNECTION": number})
        self.assertEqual(moved["PRIORITY"], "7")
        self.assertIn("@SYNACKD_CONNECTION@", self.subject(moved))
        self.entry(f"connection {number}, .*-> CLOSED")

    def test_changes(self):
        self.addCleanup(self.lab.ctl, "reset")
        self.lab.ctl("set", "a", "refuse")
        done = self.entry('uid 0 .*: set .*refuse')
        self.assertEqual(self.about(done), {"ENDPOINT": "a", "BEHAVIOUR": "refuse"})
        self.assertEqual(self.subject(done), "A user changed the actions of synackd")
        self.lab.ctl_raw("set", "nobody", "refuse")
        self.assertEqual(self.subject(self.entry("unknown endpoint 'nobody'")),
                         "A change was refused")
        self.lab.ctl("next", "192.0.2.7", "accept", "--endpoint", "a")
        self.assertEqual(self.about(self.entry("uid 0 .*: next")),
                         {"ENDPOINT": "a", "BEHAVIOUR": "accept", "CLIENT": "192.0.2.7"})

    def test_reload(self):
        before = (self.lab.directory / "synackd.conf").read_text()
        self.assertEqual(self.lab.ctl_raw("reload").returncode, 0)
        self.assertEqual(self.subject(self.entry(": reloaded")),
                         "The config was reloaded")
        self.config("nonsense")
        self.addCleanup((self.lab.directory / "synackd.conf").write_text, before)
        self.assertEqual(self.lab.ctl_raw("reload").returncode, 1)
        refused = self.entry("invalid config")
        self.assertEqual(refused["PRIORITY"], "3")
        self.assertIn("keeps the previous one", self.subject(refused))

    def test_nothing_is_on_stderr(self):
        self.entry("2 endpoints")
        self.assertEqual(self.lab.logged(), "")

    def test_the_catalog_has_every_id(self):
        known = re.findall(r'\[MESSAGE_\w+\] = "(\w{32})"',
                           (lab.SOURCE / "daemon/systemd/journal.c").read_text())
        self.assertGreater(len(known), 5)
        self.assertEqual(sorted(known), sorted(self.subjects))


if __name__ == "__main__":
    lab.main()
