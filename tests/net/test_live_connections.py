#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Connections that an operator aborts, closes or forgets."""
import socket

from lib import lab
from lib.live import GROUP, Live


class Connections(Live):
    """Actions on a connection, and their segments."""

    def mine(self, sock):
        client = "127.0.0.1:%d" % sock.getsockname()[1]
        return next(c["id"] for c in self.ctl("connections") if c["client"] == client)

    def test_abort(self):
        sock, other = self.connect(7100), self.connect(7100)
        number = self.mine(sock)
        done = self.ctl("abort", number)
        self.assertEqual((done["id"], done["from"], done["state"]),
                         (number, "ESTABLISHED", None))
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)
        self.assertIn(f"unknown connection {number}", self.fails(2, "abort", number))
        last = self.ctl("trace", number)["segments"][-1]
        self.assertIn("R", last["flags"])
        self.mine(other)

    def test_the_time_of_an_action_of_an_operator(self):
        """The time stamp is current, although the worker was idle."""
        sock = self.connect(7100)
        number, before = self.mine(sock), lab.time.time_ns()
        self.ctl("abort", number)
        last = self.ctl("trace", number)["segments"][-1]
        self.assertLess(before, last["time"])
        self.assertLess(last["time"], lab.time.time_ns())

    def test_close(self):
        sock = self.connect(7100)
        number = self.mine(sock)
        self.assertIn("ESTABLISHED -> FIN-WAIT-1", self.ctl_raw("close", number).stdout)
        self.assertEqual(sock.recv(1), b"")
        sock.close()
        lab.wait_for("TIME-WAIT", lambda: self.ctl("connections", "--state", "TIME-WAIT"))

    def test_leave(self):
        """Octets are not read any more: they draw a reset, whereas `close` acknowledges them."""
        sock, other = self.connect(7100), self.connect(7100)
        left, closed = self.mine(sock), self.mine(other)
        self.assertIn("ESTABLISHED -> FIN-WAIT-1", self.ctl_raw("leave", left).stdout)
        self.ctl("close", closed)
        for one in sock, other:
            self.assertEqual(one.recv(1), b"")
            one.sendall(b"GET / HTTP/1.1\r\n\r\n")
        segments = lambda number: self.ctl("trace", number)["segments"]
        lab.wait_for("a reset", lambda: "R" in segments(left)[-1]["flags"])
        ours = lambda number: [s["flags"] for s in segments(number) if s["direction"] == "out"]
        lab.wait_for("an ACK of the octets", lambda: ours(closed)[-1] == ".")
        self.assertNotIn("R", "".join(ours(closed)))

    def test_forget(self):
        sock = self.connect(7100)
        number = self.mine(sock)
        sent = len(self.ctl("trace", number)["segments"])
        self.assertIn("-> deleted", self.ctl_raw("forget", number).stdout)
        self.assertEqual(len(self.ctl("trace", number)["segments"]), sent)
        sock.sendall(b"x")
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)

    def test_half_open(self):
        self.ctl("set", "a", "hdr-bad-cksum=9")
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", 7100))
        half = lab.wait_for("a half-open connection", lambda: self.ctl("connections"))
        self.assertEqual(self.ctl("abort", half[0]["id"])["from"], "SYN-RECEIVED")
        self.assertEqual(self.ctl("connections"), [])

    def test_slips(self):
        for verb in "abort", "close", "leave", "forget":
            self.assertIn("unknown connection 999999", self.fails(2, verb, "999999"))
            for word in "x", "0", "-1", "1x", "99999999999999999999", "last":
                self.assertIn(f"{word}: invalid connection", self.fails(2, verb, "--", word))
            self.assertIn("missing argument", self.fails(2, verb))

    def test_as_another_user(self):
        number = str(self.mine(self.connect(7100)))
        self.assertEqual(self.as_user("nobody", [], "abort", number).returncode, 1)
        self.assertEqual(len(self.ctl("connections")), 1)
        self.assertEqual(self.as_user("nobody", [GROUP], "abort", number).returncode, 0)


if __name__ == "__main__":
    lab.main()
