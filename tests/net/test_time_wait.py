#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Connections of the kernel's client that the responder closes first, and that stay in TIME-WAIT."""
import socket
import unittest

from lib import lab

SERVER = "10.77.0.1"
CONFIG = f'''
connections_max = 4;
time_wait_max = 50;
endpoints = ( {{ name = "bye"; address = "{SERVER}"; ports = "7100"; service = "banner:bye";
                close = "reply"; time_wait = "1h"; }},
              {{ name = "never"; address = "{SERVER}"; ports = "7101"; service = "banner:bye";
                close = "never"; }} );
'''


class TimeWait(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        self.addCleanup(self.lab.stop)
        self.lab.start(self.lab.config(CONFIG))

    def connect(self, port, source=0):
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(lab.PATIENCE)
        sock.bind(("0.0.0.0", source))
        sock.connect((SERVER, port))
        return sock

    def closed_by_the_server(self, source=0):
        """Returns the client's port."""
        with self.connect(7100, source) as sock:
            self.assertEqual(lab.receive(sock, 3) + sock.recv(1), b"bye")
            return sock.getsockname()[1]

    def waiting(self):
        return self.lab.ctl("connections", "--state", "TIME-WAIT")

    def status(self):
        return self.lab.ctl("status")

    def test_more_than_connections_max(self):
        """TIME-WAIT takes no place of connections_max, and the oldest gives way."""
        ports = [self.closed_by_the_server(20000 + i) for i in range(200)]
        lab.wait_for("the last FIN", lambda: self.status()["connections"] == 0)
        status = self.status()
        counters = status["counters"]
        self.assertEqual((counters["connections"], counters["connections-full"],
                          counters["time-wait-full"]), (200, 0, 150))
        self.assertEqual((status["time_wait"], status["half_open"]), (50, 0))
        self.assertIn("0 half-open, 50 in TIME-WAIT", self.lab.ctl_raw("status").stdout)
        listed = self.waiting()
        self.assertEqual([int(c["client"].rpartition(":")[2]) for c in listed], ports[-50:])
        self.assertEqual({(c["octets_in"], c["octets_out"], c["endpoint"]) for c in listed},
                         {(0, 3, "bye")})

    def test_the_bound_of_open_connections(self):
        """The control of the test above: open connections count."""
        for _ in range(4):
            self.assertEqual(lab.receive(self.connect(7101), 3), b"bye")
        self.connect(7101)
        lab.wait_for("the bound", lambda: self.status()["counters"]["connections-full"])

    def test_a_port_is_used_again(self):
        """RFC 6191: the client's timestamps are later, so a SYN ends TIME-WAIT."""
        port = self.closed_by_the_server()
        lab.wait_for("TIME-WAIT", self.waiting)
        first = self.waiting()[0]["id"]
        self.closed_by_the_server(port)
        lab.wait_for("another TIME-WAIT", lambda: self.waiting()[0]["id"] != first)
        self.assertEqual(len(self.waiting()), 1)

    def test_operations(self):
        for _ in range(3):
            self.closed_by_the_server()
        lab.wait_for("TIME-WAIT", lambda: len(self.waiting()) == 3)
        one, two, three = (c["id"] for c in self.waiting())
        self.assertEqual(self.lab.ctl("abort", one)["from"], "TIME-WAIT")
        self.assertEqual(self.lab.ctl("forget", two)["from"], "TIME-WAIT")
        self.assertEqual(self.lab.ctl("close", three)["state"], "TIME-WAIT")
        self.assertEqual([c["id"] for c in self.waiting()], [three])
        self.assertEqual(self.lab.ctl("trace", three)["id"], three)
        self.assertEqual(self.status()["time_wait"], 1)


if __name__ == "__main__":
    lab.main()
