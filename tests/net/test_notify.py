#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Messages to a service manager: ready, an up-to-date status, reloads, and the watchdog's pings,
which must stop if a worker is stuck."""
import os
import random
import signal
import socket
import statistics
import time
import unittest
import unittest.mock

from lib import lab, tolerances
from lib.manager import Manager
from lib.stopping import stopped

LIMIT = 2.0  # timeout of the watchdog, in seconds


class Notify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.manager = Manager(cls.lab.directory / "notify")
        cls.addClassCleanup(cls.manager.socket.close)
        with unittest.mock.patch.dict(os.environ, NOTIFY_SOCKET=str(cls.manager.path),
                                      WATCHDOG_USEC=str(int(LIMIT * 1e6))):
            cls.config("10.77.0.1", "fd77::1")
            cls.lab.start(cls.lab.directory / "synackd.conf")
        cls.first = cls.manager.next()
        cls.pid = cls.lab.pid()

    @classmethod
    def config(cls, *addresses):
        cls.lab.config("catalogues = (" + ",".join(
            f'{{ name = "c{i}"; address = "{a}"; base = 7000; }}'
            for i, a in enumerate(addresses)) + ");")

    def test_ready(self):
        self.assertEqual(self.first["READY"], "1")
        endpoints = len(self.lab.ctl("endpoints"))
        self.assertEqual(self.first["STATUS"], f"2 links, {endpoints} endpoints, 0 connections")

    def test_status_keeps_up(self):
        with socket.create_connection((self.lab.v4, 7001), lab.PATIENCE):
            self.manager.until("a connection", lambda m: ", 1 connection" in m.get("STATUS", "")
                               and "connections" not in m["STATUS"])
        self.manager.until("none", lambda m: ", 0 connections" in m.get("STATUS", ""))

    def reload(self, *addresses, by=None):
        """Returns the result of a reload, and the status after it."""
        self.config(*addresses)
        self.manager.clear()
        answer = by() if by else self.lab.ctl_raw("reload")
        began = self.manager.until("the reload", lambda m: "RELOADING" in m)
        self.assertLess(abs(int(began["MONOTONIC_USEC"]) / 1e6 - time.monotonic()), 10)
        return answer, self.manager.until("its end", lambda m: "READY" in m)

    def test_reload(self):
        self.addCleanup(self.lab.ctl, "reload")
        self.addCleanup(self.config, "10.77.0.1", "fd77::1")
        half = len(self.lab.ctl("behaviours")) - 1
        answer, end = self.reload("10.77.0.1")
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(end["STATUS"], r", \d+ endpoints")
        endpoints = len(self.lab.ctl("endpoints"))
        self.assertIn(f", {endpoints} endpoints", end["STATUS"])
        self.assertLessEqual(endpoints, half + 1)
        _, end = self.reload("10.77.0.1", "fd77::1",
                             by=lambda: os.kill(self.pid, signal.SIGHUP))
        self.assertNotIn(f", {endpoints} endpoints", end["STATUS"])
        # A reload with an invalid config ends, too, and changes nothing.
        answer, again = self.reload("nonsense")
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(again["STATUS"], end["STATUS"])

    def test_pings(self):
        self.manager.clear()
        came = []
        for _ in range(6):
            self.manager.until("a ping", lambda m: m.get("WATCHDOG") == "1")
            came.append(time.monotonic())
        # The median tolerates single delays of the machine.
        self.assertLess(statistics.median(b - a for a, b in zip(came, came[1:])),
                        LIMIT / 2 + tolerances.LATE)

    def test_a_stuck_worker_stops_them(self):
        threads = {int(t) for t in os.listdir(f"/proc/{self.pid}/task")} - {self.pid}
        with stopped(random.choice(list(threads))):
            said = self.manager.until("the status 'stuck'",
                                      lambda m: "a worker is stuck" in m.get("STATUS", ""))
            self.assertNotIn("WATCHDOG", said)
            self.assertIsNone(self.manager.next(LIMIT))
            # The main thread still answers.
            self.assertTrue(self.lab.ctl("behaviours"))
        self.assertIn("worker: stuck for", self.lab.logged())
        self.manager.until("a ping", lambda m: m.get("WATCHDOG") == "1")
        self.assertIn("workers: no longer stuck", self.lab.logged())

    def test_a_stuck_process_stops_them(self):
        os.kill(self.pid, signal.SIGSTOP)
        try:
            self.manager.clear()
            self.assertIsNone(self.manager.next(LIMIT))
        finally:
            os.kill(self.pid, signal.SIGCONT)
        self.manager.until("a ping", lambda m: m.get("WATCHDOG") == "1")


class TheEnd(unittest.TestCase):
    def test_it_says_so(self):
        place = lab.Lab(self.__class__.__name__)
        self.addCleanup(place.close)
        manager = Manager(place.directory / "notify")
        self.addCleanup(manager.socket.close)
        path = place.config('catalogues = ( { name = "c"; address = "10.77.0.1"; base = 7000; } );')
        with unittest.mock.patch.dict(os.environ, NOTIFY_SOCKET=str(manager.path)):
            os.environ.pop("WATCHDOG_USEC", None)
            place.start(path)
        with socket.create_connection((place.v4, 7001), lab.PATIENCE):
            pass  # for a packet of the responder in the capture
        place.stop()
        said = manager.until("STOPPING=1", lambda m: "STOPPING" in m)
        self.assertNotIn("WATCHDOG", said)


if __name__ == "__main__":
    lab.main()
