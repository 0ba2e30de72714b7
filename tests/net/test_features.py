#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The features that an endpoint's settings enable with the kernel's own client: Fast Open, ECN, SYN
cookies, closed ports, and the end of a connection whose octets are not read."""
import errno
import random
import re
import socket
import struct
import unittest

from lib import frames, lab

TCPI_OPT_ECN, TCPI_OPT_ECN_SEEN, TCPI_OPT_SYN_DATA = 8, 16, 32
TCP_FASTOPEN_NO_COOKIE = 34
LONG = "long" * 100000  # exceeds the send queue
ENDPOINTS = '''
endpoints = (
  {{ name = "fast"; address = "{0}"; ports = "8001"; service = "echo"; fast_open = true; }},
  {{ name = "fast-any"; address = "{0}"; ports = "8012"; service = "echo"; fast_open = true;
     fast_open_cookie = "any"; }},
  {{ name = "ecn"; address = "{0}"; ports = "8002"; service = "echo"; }},
  {{ name = "no-ecn"; address = "{0}"; ports = "8003"; service = "echo"; ecn = "off"; }},
  {{ name = "full"; address = "{0}"; ports = "8004"; service = "echo"; backlog = 3;
     backlog_full = "cookie"; window = 1048576; }},
  {{ name = "refuses"; address = "{0}"; ports = "8005"; backlog = 1; backlog_full = "reset"; }},
  {{ name = "reset"; address = "{0}"; ports = "8006"; closed = "reset"; }},
  {{ name = "silence"; address = "{0}"; ports = "8007"; closed = "silence"; }},
  {{ name = "icmp"; address = "{0}"; ports = "8008"; closed = "icmp"; }},
  {{ name = "leave"; address = "{0}"; ports = "8009"; service = "banner:bye"; close = "leave"; }},
  {{ name = "long"; address = "{0}"; ports = "8011"; service = "banner:{1}"; }},
  {{ name = "delayed"; address = "{0}"; ports = "8010"; service = "echo";
     delayed_ack = "100ms"; nagle = true; }}
);
'''


class Features:
    """Tests of one family; subclasses set `version`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.address = cls.lab.v4 if cls.version == 4 else cls.lab.v6
        for name in "tcp_ecn", "tcp_fastopen":
            lab.set_sysctl(cls.lab.client, f"ipv4/{name}", 1)
        cls.lab.start(cls.lab.config(ENDPOINTS.format(cls.address, LONG)))

    def socket(self):
        family = socket.AF_INET if self.version == 4 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        sock.settimeout(lab.PATIENCE)
        return sock

    def connect(self, port):
        sock = self.socket()
        sock.connect((self.address, port))
        return sock

    def counter(self, name):
        return self.lab.ctl("status")["counters"].get(name, 0)

    def options(self, sock):
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5]

    def echoes(self, sock, text):
        self.assertEqual(lab.receive(sock, len(text)), text)

    def closes(self, sock):
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(sock.recv(1), b"")

    def test_a_client_that_closes_its_side_gets_all_of_a_banner(self):
        sock = self.connect(8011)
        sock.shutdown(socket.SHUT_WR)
        lab.wait_for("CLOSE-WAIT", lambda: self.lab.ctl("connections", "--state", "CLOSE-WAIT"))
        self.assertEqual(lab.receive(sock, len(LONG)), LONG.encode())
        self.assertEqual(sock.recv(1), b"")

    def fast_open(self, text, port=8001, cookie=True):
        sock = self.socket()
        sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, not cookie)
        sock.settimeout(None)  # a non-blocking socket would only send a SYN that requests a cookie
        sock.sendto(text, socket.MSG_FASTOPEN, (self.address, port))
        sock.settimeout(lab.PATIENCE)
        self.echoes(sock, text)
        taken = bool(self.options(sock) & TCPI_OPT_SYN_DATA)
        self.closes(sock)
        return taken

    def test_fast_open(self):
        before = self.counter("fast-open")
        self.assertFalse(self.fast_open(b"for a cookie"))
        self.assertTrue(self.fast_open(b"with it"))
        self.assertTrue(self.fast_open(random.randbytes(1000)))
        self.assertEqual(self.counter("fast-open") - before, 2)

    def test_fast_open_without_a_cookie(self):
        text = random.randbytes(random.randrange(1, 1000))
        self.assertTrue(self.fast_open(text, 8012, cookie=False))
        self.assertFalse(self.fast_open(text, 8001, cookie=False))

    def test_ecn(self):
        sock = self.connect(8002)
        sock.sendall(b"hello")
        self.echoes(sock, b"hello")
        self.assertEqual(self.options(sock) & (TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN),
                         TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN)
        self.closes(sock)
        sock = self.connect(8003)
        self.assertFalse(self.options(sock) & TCPI_OPT_ECN)
        self.closes(sock)

    def half_open(self, port, count):
        """Sends SYNs from addresses that no host owns, so their SYN-ACKs are not answered."""
        net = "10.77.0." if self.version == 4 else "fd77::9:"
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.addCleanup(raw.close)
        raw.bind(("eth0", 0))
        lines = lab.run("ip", "-n", self.lab.server, "link", "show", "eth0",
                        capture_output=True, text=True).stdout
        mac = bytes.fromhex(lines.split("link/ether ")[1].split()[0].replace(":", ""))
        for i in range(count):
            packet = frames.tcp(f"{net}{100 + i}", self.address, random.randrange(1024, 65536),
                                port, frames.SYN, random.getrandbits(32))
            kind = b"\x08\x00" if self.version == 4 else b"\x86\xdd"
            raw.send(mac + b"\x02\0\0\0\0\x09" + kind + packet)

    def test_cookies_let_clients_in_though_the_backlog_is_full(self):
        full, cookies = self.counter("half-open-full"), self.counter("cookies")
        self.half_open(8004, 20)
        lab.wait_for("a full backlog", lambda: self.counter("half-open-full") >= full + 17)
        for _ in range(5):
            sock = self.connect(8004)
            text = random.randbytes(100000)
            sock.sendall(text)
            self.echoes(sock, text)
            # The ACK restored SACK, timestamps and the window shift.
            self.assertEqual(self.options(sock) & 7, 7)
            self.closes(sock)
        self.assertEqual(self.counter("cookies") - cookies, 5)

    def test_a_full_backlog_may_refuse(self):
        full = self.counter("half-open-full")
        self.half_open(8005, 2)
        lab.wait_for("a full backlog", lambda: self.counter("half-open-full") > full)
        with self.assertRaises(ConnectionRefusedError):
            self.connect(8005)

    def test_closed_ports(self):
        with self.assertRaises(ConnectionRefusedError):
            self.connect(8006)
        with self.assertRaises(OSError) as unreachable:
            lab.fail_to_connect(self.connect, 8008)
        self.assertEqual(unreachable.exception.errno, errno.ECONNREFUSED)
        sock = self.socket()
        sock.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            sock.connect((self.address, 8007))
        shown = self.lab.ctl_raw("endpoints").stdout
        for e in self.lab.ctl("endpoints"):
            closed = e["name"] if e["name"] in ("reset", "silence", "icmp") else None
            self.assertEqual(e["closed"], closed)
            self.assertEqual(bool(re.search(rf"(?m)^{e['name']} .* closed: {closed}", shown)),
                             bool(closed), shown)

    def test_unread_octets_are_answered_by_a_reset(self):
        sock = self.connect(8009)
        self.echoes(sock, b"bye")
        sock.sendall(b"too late")
        # The kernel's client reports the error with its next call.
        lab.wait_for("the reset", lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                     in (errno.ECONNRESET, errno.EPIPE))

    def test_delayed_acks_and_nagle_lose_nothing(self):
        sock = self.connect(8010)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = b""
        for i in range(50):
            part = struct.pack("!H", i) * random.randrange(1, 40)
            sock.sendall(part)
            sent += part
        self.echoes(sock, sent)
        self.closes(sock)


class OverIPv4(Features, unittest.TestCase):
    version = 4


class OverIPv6(Features, unittest.TestCase):
    version = 6


if __name__ == "__main__":
    lab.main()
