#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A flood of SYNs is judged while the daemon continues: it answers, and sends its pings to
systemd."""
import json
import os
import pathlib
import socket
import statistics
import struct
import time
import unittest
import unittest.mock

from lib import frames, lab, tolerances
from lib.manager import Manager
from lib.stopping import stopped

SYNS = 24_000
LIMIT = 4.0  # timeout of the watchdog, in seconds
SOON = 0.1   # for `status`, in seconds


def flood(laboratory, syns, manager):
    """Sends this many SYNs, each of another client. Reads the manager's socket regularly, because a
    full one would block synackd."""
    gateway = laboratory.gateway(laboratory.v4)
    out = frames.packet_socket("eth0")
    mac = out.getsockname()[4]
    for i in range(syns):
        if i % 2000 == 0:
            manager.clear()
        source = socket.inet_ntoa(struct.pack("!I", (10 << 24 | 80 << 16) + i))
        packet = frames.tcp(source, laboratory.v4, 40000, 80, frames.SYN, i * 70_001)
        while True:
            try:
                out.send(gateway + mac + b"\x08\x00" + packet)
                break
            except OSError:  # the queue is full
                time.sleep(0.001)
    out.close()


class Flooded(unittest.TestCase):
    syns = SYNS

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, sample=0)
        cls.addClassCleanup(cls.lab.close)
        cls.manager = Manager(cls.lab.directory / "notify")
        cls.addClassCleanup(cls.manager.socket.close)
        with unittest.mock.patch.dict(os.environ, NOTIFY_SOCKET=str(cls.manager.path),
                                      WATCHDOG_USEC=str(int(LIMIT * 1e6))):
            cls.lab.start(cls.lab.config(
                'endpoints = ( { name = "a"; address = "10.77.0.1"; ports = "80"; } );'))
        flood(cls.lab, cls.syns, cls.manager)

    def ask(self, method, **params):
        """Sends a request. Returns the client's socket."""
        asking = self.lab.connect_control()
        asking.recv(4096)
        asking.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                   "params": params}).encode() + b"\n")
        return asking

    @staticmethod
    def answer(asking):
        with asking, asking.makefile() as lines:
            return json.loads(lines.readline())["result"]

    def judge(self):
        """Returns the thread that judges, after its first verdicts."""
        self.answer(self.ask("verdicts", client="192.0.2.1"))
        for name in pathlib.Path(f"/proc/{self.lab.daemon.pid}/task").glob("*/comm"):
            if name.read_text() == "judge\n":
                return int(name.parent.name)
        raise AssertionError("missing thread 'judge'")


class GoesOn(Flooded):
    def test_it_answers_meanwhile(self):
        times = []
        asking = self.ask("verdicts")
        asking.setblocking(False)
        while True:
            try:
                if asking.recv(1, socket.MSG_PEEK):
                    break
            except BlockingIOError:
                pass
            self.manager.clear()
            began = time.monotonic()
            self.answer(self.ask("status"))
            times.append(time.monotonic() - began)
        asking.settimeout(lab.PATIENCE)
        told = self.answer(asking)
        self.assertTrue(told["cut"])  # the newest connections have enough verdicts
        self.assertGreater(len(told["connections"]), 1000)
        # The median tolerates single delays of the machine.
        self.assertLess(statistics.median(times), SOON + tolerances.LATE)
        self.assertTrue(times)

    def test_it_answers_while_the_judge_stands_still(self):
        with stopped(self.judge()):
            asking = [self.ask("verdicts") for _ in range(2)]
            self.manager.clear()
            for _ in range(3):
                self.assertTrue(self.answer(self.ask("status")))
                self.manager.until("a ping", lambda m: m.get("WATCHDOG") == "1")
            asking.pop().close()  # its request is cancelled
        self.assertTrue(self.answer(asking.pop())["connections"])


class Ends(Flooded):
    syns = SYNS // 8

    def test_no_judgment_keeps_it(self):
        asking = [self.ask("verdicts") for _ in range(4)]
        self.lab.stop()
        for each in asking:
            each.close()


if __name__ == "__main__":
    lab.main()
