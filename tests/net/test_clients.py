#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Real clients: curl, ncat and the kernel's sockets connect to a selection of shipped behaviours,
over lo and over a veth pair, with IPv4 and IPv6."""
import hashlib
import itertools
import json
import random
import signal
import socket
import struct
import subprocess
import time
import unittest

from lib import frames, lab, tolerances

TCPI_OPT_TIMESTAMPS, TCPI_OPT_WSCALE = 1, 4
PORT = {}  # behaviour -> port, from synackctl


def tcp_options(sock):
    """tcpi_options of struct tcp_info."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5]


class TwoFamilies(unittest.TestCase):
    """A host with an address of each family, one of which answers: RFC 8305."""

    def setUp(self):
        self.lab = lab.Lab(type(self).__name__)
        self.addCleanup(self.lab.close)
        self.lab.start(self.lab.config(f'''endpoints = (
  {{ name = "a"; address = "{self.lab.v4}"; ports = "80"; service = "http"; }},
  {{ name = "b"; address = "{self.lab.v6}"; ports = "80"; service = "http"; }} );'''))

    def curl(self):
        done = subprocess.run(
            ["curl", "-sS", "-m", "10", "--happy-eyeballs-timeout-ms", "300", "-o", "/dev/null",
             "-w", "%{http_code} %{remote_ip}", "--resolve",
             f"both.test:80:{self.lab.v4},{self.lab.v6}", "http://both.test/"],
            capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_the_client_goes_to_the_family_that_answers(self):
        for family, address in ("ipv4", self.lab.v4), ("ipv6", self.lab.v6):
            for refused in "0%", "100%":
                for name in "a", "b":
                    self.lab.ctl("set", name, f"family-only(family={family},refused={refused})")
                self.assertEqual(self.curl(), ["200", address])


class OverLink:
    """The same tests for each link and family; subclasses set `veth` and `version`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=cls.veth)
        cls.addClassCleanup(cls.lab.close)
        cls.address = cls.lab.v4 if cls.version == 4 else cls.lab.v6
        cls.start()

    @classmethod
    def start(cls):
        cls.lab.start(cls.lab.config(f'''
catalogues = ( {{ name = "c"; address = "{cls.address}"; base = 7000; service = "echo"; }} );
endpoints = ( {{ name = "web"; address = "{cls.address}"; ports = "80"; service = "http"; }} );
'''))
        for e in cls.lab.ctl("endpoints"):
            PORT[e["name"].split("/")[-1]] = int(e["ports"])

    def connect(self, behaviour, timeout=lab.PATIENCE):
        family = socket.AF_INET if self.version == 4 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        sock.settimeout(timeout)
        sock.connect((self.address, PORT[behaviour]))
        return sock

    def echoes(self, sock, text=b"hello"):
        sock.sendall(text)
        self.assertEqual(lab.receive(sock, len(text)), text)

    def closes(self, sock):
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(sock.recv(1), b"")

    def survives(self, behaviour):
        """Expects octets both ways and a clean close: normal service for a correct client after the
        behaviour has acted."""
        sock = self.connect(behaviour)
        self.echoes(sock)
        self.closes(sock)
        sock.close()
        return self.trace()

    def trace(self):
        return self.lab.ctl("trace", "last")["segments"]

    def flags(self, direction):
        return [s["flags"] for s in self.trace() if s["direction"] == direction and
                s["fate"] in (None, "released")]

    # --- programs ---------------------------------------------------------------------------

    def url(self):
        return f"http://{self.address}/" if self.version == 4 else f"http://[{self.address}]/"

    def test_curl_gets_the_page(self):
        for _ in range(3):
            done = subprocess.run(["curl", "-sS", "-m", "5", "-g", self.url(), self.url()],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(done.stdout.count("</html>"), 2)

    def test_ncat_echoes_ten_megabytes(self):
        data = random.randbytes(10 * 1024 * 1024)
        got = subprocess.run(["ncat", self.address, str(PORT["accept"])], input=data,
                             capture_output=True, timeout=120)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertEqual(hashlib.sha256(got.stdout).digest(), hashlib.sha256(data).digest())

    # --- behaviours, in the order of the catalogue --------------------------------------------

    def test_accept(self):
        self.survives("accept")

    def test_synack_delay(self):
        begun = time.monotonic()
        self.survives("synack-delay")
        self.assertGreater(time.monotonic() - begun, 3 - tolerances.EARLY)
        self.assertEqual(self.flags("out").count("S."), 1)

    def test_synack_on_nth(self):
        self.survives("synack-on-nth")
        self.assertEqual([s["flags"] for s in self.trace()][:4], ["S", "S", "S", "S."])

    def test_synack_never(self):
        with self.assertRaises(TimeoutError):
            self.connect("synack-never", timeout=1.5)
        self.assertEqual(self.flags("out"), [])
        fates = [s["fate"] for s in self.trace()]
        self.assertGreaterEqual(len(fates), 2)
        self.assertEqual(set(fates), {"dropped"})

    def test_refuse(self):
        with self.assertRaises(ConnectionRefusedError):
            self.connect("refuse")

    def test_rst_no_ack(self):
        self.survives("rst-no-ack")
        self.assertEqual([s["flags"] for s in self.trace()][:4], ["S", "R", "S", "S."])

    def test_split_syn(self):
        self.survives("split-syn")
        self.assertEqual([s["flags"] for s in self.trace()][:4], ["S", "S", "S.", "."])

    def test_sim_open(self):
        self.survives("sim-open")
        self.assertEqual([s["flags"] for s in self.trace()][:3], ["S", "S", "S."])

    def test_synack_dup(self):
        self.survives("synack-dup")
        self.assertEqual([s["flags"] for s in self.trace()][:3], ["S", "S.", "S."])

    def test_synack_data(self):
        sock = self.connect("synack-data")
        self.assertEqual(sock.recv(100), b"hello")
        self.echoes(sock, b"and more")
        self.closes(sock)

    def test_accept_then_rst(self):
        with self.assertRaises(ConnectionResetError):  # connect() itself may raise the error
            self.connect("accept-then-rst").recv(1)

    def test_accept_then_fin(self):
        self.assertEqual(self.connect("accept-then-fin").recv(1), b"")

    def test_accept_then_silence(self):
        sock = self.connect("accept-then-silence", timeout=1.5)
        sock.sendall(b"hello")
        with self.assertRaises(TimeoutError):
            sock.recv(1)
        sent = [s for s in self.trace() if s["direction"] == "in" and s["length"]]
        self.assertGreaterEqual(len(sent), 3)  # backoff from 0.2 s
        self.assertEqual(len({s["seq"] for s in sent}), 1)

    def test_opt_none(self):
        sock = self.connect("opt-none")
        if self.version == 4:  # Linux uses 536 for IPv6, too, where 1220 is allowed
            self.assertEqual(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG), 536)
        self.assertEqual(tcp_options(sock) & 7, 0)
        self.echoes(sock, random.randbytes(5000))
        self.closes(sock)

    def test_mss_value(self):
        sock = self.connect("mss-value")
        self.assertLessEqual(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG), 536)
        self.echoes(sock, random.randbytes(5000))
        self.closes(sock)

    def test_ts_absent(self):
        sock = self.connect("ts-absent")
        self.assertFalse(tcp_options(sock) & TCPI_OPT_TIMESTAMPS)
        self.assertTrue(tcp_options(sock) & TCPI_OPT_WSCALE)
        self.echoes(sock)
        self.closes(sock)

    def test_ws_absent(self):
        sock = self.connect("ws-absent")
        self.assertFalse(tcp_options(sock) & TCPI_OPT_WSCALE)
        self.assertTrue(tcp_options(sock) & TCPI_OPT_TIMESTAMPS)
        self.echoes(sock)
        self.closes(sock)

    def test_opt_len_zero(self):
        self.survives("opt-len-zero")

    def test_hdr_bad_cksum(self):
        begun = time.monotonic()
        self.survives("hdr-bad-cksum")
        self.assertGreater(time.monotonic() - begun, tolerances.SYN_AGAIN)

    def test_ack_isn(self):
        self.survives("ack-isn")
        self.assertEqual([s["flags"] for s in self.trace()][:4], ["S", "S.", "R", "S"])

    def test_win_zero_synack(self):
        begun = time.monotonic()
        self.survives("win-zero-synack")
        self.assertGreater(time.monotonic() - begun, 2 - tolerances.EARLY)

    def test_half_open_forget(self):
        sock = self.connect("half-open-forget")
        sock.sendall(b"hello")
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)

    def test_close_active(self):
        sock = self.connect("close-active")
        self.echoes(sock)
        self.assertEqual(sock.recv(1), b"")
        sock.close()
        lab.wait_for("the client's FIN", lambda: "F." in self.flags("in"))

    def test_close_two_step(self):
        sock = self.connect("close-two-step")
        self.echoes(sock)
        begun = time.monotonic()
        self.closes(sock)
        self.assertGreater(time.monotonic() - begun, tolerances.SYN_AGAIN)

    def test_close_merged(self):
        self.survives("close-merged")
        after = self.trace()
        fin = next(i for i, s in enumerate(after) if "F" in s["flags"])
        self.assertEqual([s["flags"] for s in after[fin + 1:]][:1], ["F."])

    def test_close_half(self):
        sock = self.connect("close-half", timeout=1)
        self.echoes(sock)
        sock.shutdown(socket.SHUT_WR)
        with self.assertRaises(TimeoutError):
            sock.recv(1)

    def test_close_sim(self):
        sock = self.connect("close-sim")
        self.echoes(sock)
        self.closes(sock)
        fins = [s["direction"] for s in self.trace() if "F" in s["flags"]]
        self.assertEqual(fins[:2], ["in", "out"])

    def test_close_rst(self):
        sock = self.connect("close-rst")
        self.echoes(sock)
        sock.shutdown(socket.SHUT_WR)
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)

    def test_icmp_port(self):
        with self.assertRaises(ConnectionRefusedError):
            lab.fail_to_connect(self.connect, "icmp-port")
        self.assertEqual([s.get("icmp") for s in self.trace()][-1], "port-unreachable")

    # --- the kernel ---------------------------------------------------------------------------

    def test_no_rst_from_the_kernel(self):
        seen = []
        watch = frames.Watch(self.lab.interface, seen.append)
        for behaviour in "accept", "synack-dup", "sim-open", "close-merged":
            self.survives(behaviour)
        with self.assertRaises(TimeoutError):
            self.connect("synack-never", timeout=1.2)
        watch.stop()
        packets = [frames.without_ethernet(frame) for frame in seen if frames.is_tcp(frame)]
        ours = [s for s in map(frames.Segment, packets) if s.sport in PORT.values()]
        self.assertGreater(len(ours), 15)
        self.assertEqual([s for s in ours if s.flags & frames.RST], [])

    def test_nothing_is_left_after_sigkill(self):
        self.connect("accept").close()
        self.lab.kill(signal.SIGKILL)
        try:
            with self.assertRaises(ConnectionRefusedError):
                self.connect("accept")
            left = subprocess.run(["ip", "netns", "exec", self.lab.server, "ss", "-Hltn"],
                                  capture_output=True, text=True, check=True)
            self.assertEqual(left.stdout, "")
        finally:
            self.start()
        self.survives("accept")


class Loopback4(OverLink, unittest.TestCase):
    veth, version = False, 4


class Loopback6(OverLink, unittest.TestCase):
    veth, version = False, 6


class Veth4(OverLink, unittest.TestCase):
    veth, version = True, 4


class Veth6(OverLink, unittest.TestCase):
    veth, version = True, 6


class TakesAllFromTheSynAck(unittest.TestCase):
    """A client like BSD's: octets and FIN of the SYN-ACK count at once."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(f'''
behaviours = {{ all-at-once = {{ number = 900; summary = "octets and FIN in the SYN-ACK";
  rules = ( {{ on = "send SYN-ACK"; set = {{ flags = "SF."; payload = "bye"; }};
               counts = true; }} ); }}; }};
endpoints = ( {{ name = "v4"; address = "{cls.lab.v4}"; ports = "7000";
                 behaviour = "all-at-once"; }},
              {{ name = "v6"; address = "{cls.lab.v6}"; ports = "7000";
                 behaviour = "all-at-once"; }},
              {{ name = "data"; address = "{cls.lab.v4}"; ports = "7001"; service = "echo";
                 behaviour = "synack-data=hello"; }} );
'''))
        done = subprocess.run(["ip", "-n", cls.lab.server, "-j", "link", "show", "eth0"],
                              capture_output=True, text=True, check=True)
        cls.mac = bytes.fromhex(json.loads(done.stdout)[0]["address"]
                                .replace(":", ""))

    # Ports are not reused: an earlier connection may still exist.
    ports = itertools.count(random.randrange(1024, 60000))

    def client(self, server, port):
        source = "10.77.0.99" if server == self.lab.v4 else "fd77::99"
        c = frames.RawClient("eth0", source, server, port, next(self.ports),
                             random.randrange(2**32), self.mac)
        self.addCleanup(c.close)
        return c

    def test_octets_and_fin(self):
        for server in self.lab.v4, self.lab.v6:
            with self.subTest(server):
                c = self.client(server, 7000)
                c.send(frames.SYN, 0, options=struct.pack("!BBH", 2, 4, 1460))
                synack = c.receive()
                self.assertEqual((synack.flags, synack.payload),
                                 (frames.SYN | frames.ACK | frames.FIN, b"bye"))
                self.assertTrue(synack.good)
                c.send(frames.ACK, 1, synack.seq + 1 + 3 + 1)
                c.send(frames.ACK | frames.FIN, 1, synack.seq + 5)
                last = c.receive()
                self.assertEqual((last.flags, last.seq, last.ack),
                                 (frames.ACK, (synack.seq + 5) % 2**32, (c.isn + 2) % 2**32))

    def test_octets(self):
        c = self.client(self.lab.v4, 7001)
        c.send(frames.SYN, 0)
        synack = c.receive()
        self.assertEqual(synack.payload, b"hello")
        c.send(frames.ACK | frames.PSH, 1, synack.seq + 6, payload=b"taken")
        answer = c.receive()
        self.assertEqual((answer.payload, answer.seq), (b"taken", (synack.seq + 6) % 2**32))
        c.send(frames.ACK | frames.FIN, 6, answer.seq + 5)
        self.assertEqual(c.receive().flags, frames.ACK)
        fin = c.receive()
        self.assertEqual(fin.flags, frames.ACK | frames.FIN)
        c.send(frames.ACK, 7, fin.seq + 1)
        lab.wait_for("the end", lambda: not self.lab.ctl("connections"))


if __name__ == "__main__":
    lab.main()
