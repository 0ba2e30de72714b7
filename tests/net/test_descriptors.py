#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""File descriptors run out: by relays, by control clients, and completely. Operators receive an
answer or the reason, the daemon neither spins nor fills the log, and it works normally after
descriptors are free again."""
import json
import os
import random
import re
import resource
import socket
import struct
import time
import unittest

from lib import lab, tolerances
from lib.echo import EchoServer

LIMIT = 60          # descriptors of the daemon
KEPT = LIMIT // 4   # of these, the reserve, not for relays and guards


class Descriptors(unittest.TestCase):
    def setUp(self):
        self.lab = lab.Lab(self.id().rpartition(".")[2])
        self.addCleanup(self.lab.close)
        self.server = EchoServer(self.lab.server)
        self.addCleanup(self.server.close)
        self.port = random.randrange(1024, 30000)
        self.body = "endpoints = (\n" + ",\n".join(
            f'{{ name = "{name}{v}"; address = "{address}"; ports = "{self.port + i}"; '
            f'service = "{service}"; }}'
            for v, address in ((4, self.lab.v4), (6, self.lab.v6))
            for i, (name, service) in enumerate((("relay", f"relay:127.0.0.1:{self.server.port}"),
                                                 ("echo", "echo")))) + " );\n"
        self.lab.start(self.lab.config(self.body), inside=("prlimit", f"--nofile={LIMIT}:{LIMIT}"))
        self.pid = self.lab.pid()

    def connect(self, address, port):
        sock = socket.create_connection((address, port), lab.PATIENCE)
        self.addCleanup(self.abort, sock)
        return sock

    @staticmethod
    def abort(sock):
        if sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()

    def is_served(self, sock):
        text = random.randbytes(100)
        try:
            sock.sendall(text)
            return lab.receive(sock, len(text)) == text
        except ConnectionError:
            return False

    def relays(self, count):
        """Connects clients to the relay, half of each family. Returns the clients that are served,
        and the number of the others."""
        served, reset = [], 0
        for i in range(count):
            try:
                sock = self.connect((self.lab.v4, self.lab.v6)[i % 2], self.port)
            except ConnectionResetError:  # the reset arrived before connect() returned
                sock = None
            if sock and self.is_served(sock):
                served.append(sock)
            else:
                reset += 1
        return served, reset

    def control(self):
        sock = self.lab.connect_control()
        self.addCleanup(sock.close)
        return sock

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def lines(self):
        return self.lab.logged().splitlines()

    def stays_idle(self):
        """Expects the daemon to take less than a tenth of a CPU while it is watched."""
        def ticks():
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
                user, system = f.read().rpartition(")")[2].split()[11:13]
            return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        used, begun = ticks(), time.monotonic()
        time.sleep(2)
        self.assertLess((ticks() - used) / (time.monotonic() - begun), 10 * tolerances.IDLE)

    def test_relays_leave_some(self):
        self.assertRegex(self.lab.logged(), r"relays: about \d+ can be open at once, but "
                         r"connections_max permits \d+: set LimitNOFILE= or 'ulimit -n' to \d+ "
                         rf"\(it is {LIMIT}\)")
        before = len(self.lines())
        held, reset = self.relays(4 * LIMIT)
        self.assertGreater(len(held), 5)
        self.assertGreater(reset, 2 * LIMIT)
        self.assertLessEqual(self.descriptors(), LIMIT - KEPT)
        counters = self.lab.ctl("status")["counters"]
        self.assertEqual((counters["relays-full"], counters["relays-failed"]), (reset,) * 2)
        self.stays_idle()
        for address in self.lab.v4, self.lab.v6:
            self.assertTrue(self.is_served(self.connect(address, self.port + 1)))
        self.assertEqual(self.lab.ctl_raw("reload").returncode, 0)
        self.assertTrue(all(map(self.is_served, held)))
        said = [line for line in self.lines()[before:] if "relay to" in line]
        self.assertTrue(0 < len(said) <= 2, said)
        self.assertIn("no file descriptor left, the client is reset: raise "
                      "LimitNOFILE=", said[0])
        for sock in held:
            self.abort(sock)
        lab.wait_for("their end", lambda: not [c for c in self.lab.ctl("connections")
                                               if c["endpoint"].startswith("relay")])
        again, reset = self.relays(len(held))
        self.assertEqual((len(again), reset), (len(held), 0))
        lab.wait_for("the count of lines", lambda: "more lines about relays without a file" in
                     self.lab.logged())

    def test_control_clients_that_take_all(self):
        self.relays(LIMIT)
        socks, refusals = [], []
        for _ in range(60):
            sock = self.control()
            greeting = json.loads(sock.makefile().readline())
            (refusals if "error" in greeting else socks).append((sock, greeting))
        self.assertGreater(len(socks), 5)
        self.assertGreater(len(refusals), 20)
        for _, greeting in refusals:
            self.assertIn("out of file descriptors",
                          greeting["error"]["message"])
            self.assertIsNone(greeting["id"])
        answer = self.lab.ctl_raw("status")
        self.assertEqual(answer.returncode, 3, answer)
        self.assertRegex(answer.stderr,
                         "refuses the connection: out of file descriptors: .*LimitNOFILE=")
        self.stays_idle()
        self.assertLess(len(self.lines()), 20, self.lab.logged())
        # A connected client requests changes that require descriptors.
        sock = socks[0][0]
        before = {e["name"]: e for e in self.ask(sock, "endpoints")["result"]}
        for method, params in (("reload", {}), ("add", {"name": "n", "address": self.lab.v4,
                                                        "ports": str(self.port + 2)})):
            error = self.ask(sock, method, **params)["error"]
            self.assertIn("too few file descriptors left", json.dumps(error), method)
        self.assertEqual({e["name"]: e for e in self.ask(sock, "endpoints")["result"]}, before)
        for address in self.lab.v4, self.lab.v6:
            self.assertTrue(self.is_served(self.connect(address, self.port + 1)))
        for each, _ in socks:
            each.close()
        lab.wait_for("an answer", lambda: self.lab.ctl_raw("reload").returncode == 0)

    def test_the_client_that_takes_the_last_one(self):
        """The daemon accepts this client, and logs that; it does not accept the next one."""
        socks, greeting = [], {}
        while "error" not in greeting and len(socks) <= LIMIT:
            self.assertNotIn("cannot accept a client", self.lab.logged())
            socks.append(self.control())
            greeting = json.loads(socks[-1].makefile().readline())
            if "error" not in greeting:  # the log line precedes the next answer
                socks[-1].sendall(b"{}\n")
                socks[-1].makefile().readline()
        self.assertGreater(len(socks), 5)
        lab.wait_for("the log", lambda: "cannot accept a client" in self.lab.logged())
        for address in self.lab.v4, self.lab.v6:
            self.assertTrue(self.is_served(self.connect(address, self.port + 1)))

    @staticmethod
    def ask(sock, method, **params):
        sock.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                 "params": params}).encode() + b"\n")
        return json.loads(sock.makefile().readline())

    def test_none_at_all(self):
        """With a limit below the number of open descriptors, the reserve does not help either."""
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (4, LIMIT))
        waiting = [self.control() for _ in range(5)]
        self.stays_idle()
        self.assertLess(len(self.lines()), 20, self.lab.logged())
        for address in self.lab.v4, self.lab.v6:
            self.assertTrue(self.is_served(self.connect(address, self.port + 1)))
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
        for sock in waiting:
            self.assertIn("synackd", json.loads(sock.makefile().readline()))
        self.assertTrue(re.search("control socket: cannot accept a client: Too many",
                                  self.lab.logged()))

    def test_guards_leave_some(self):
        """An endpoint with more ports than descriptors fails with a problem."""
        body = self.body.replace(" );\n", f', {{ name = "many"; address = "{self.lab.v4}"; '
                                 'ports = "40000-40100"; } );\n')
        self.lab.config(body)
        self.assertEqual(self.lab.ctl_raw("reload").returncode, 0)
        problems = {e["name"]: e["problem"] for e in self.lab.ctl("endpoints")}
        self.assertIn(": too many open files: ", problems.pop("many"))
        self.assertEqual(set(problems.values()), {None})
        self.assertLessEqual(self.descriptors(), LIMIT - KEPT)
        for address in self.lab.v4, self.lab.v6:
            self.assertTrue(self.is_served(self.connect(address, self.port + 1)))


if __name__ == "__main__":
    lab.main()
