#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ICMP errors of a real router between the kernel's client and synackd: a narrow link on the path,
and a host that is unreachable for a while."""
import random
import socket
import unittest

from lib import lab
from lib.kernel import set_forwarding

NARROW = 1280
FAR = {4: "10.88.0.2", 6: "fd88::2"}
ENDPOINTS = '''
behaviours = {{ mute = {{ summary = "sends much, then nothing for a while";
  rules = ( {{ on = "send DATA"; if = {{ nth = 1; per = "connection"; }};
               machine = "silence 500ms"; }} ); }}; }};
endpoints = (
  // A loss without an ICMP error takes longer than the test waits.
  {{ name = "patient"; address = "{0}"; ports = "8001"; interface = "eth0"; service = "echo";
     rto_initial = "60s"; rto_min = "60s"; }},
  {{ name = "quick"; address = "{0}"; ports = "8002"; interface = "eth0"; service = "echo";
     rto_initial = "50ms"; rto_min = "50ms"; }},
  {{ name = "mute"; address = "{0}"; ports = "8003"; interface = "eth0"; service = "chargen";
     behaviour = "mute"; rto_initial = "50ms"; rto_min = "50ms"; }}
);
'''


class Path:
    """Tests over one family, to one kind of address; subclasses set `address` and `version`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.far = cls.lab.client.replace("cli", "far")
        cls.put_a_router_between()
        cls.lab.start(cls.lab.config(ENDPOINTS.format(cls.address)))
        lab.enter_namespace(cls.far)
        lab.wait_for("a route to the server", cls.is_there)

    @classmethod
    def put_a_router_between(cls):
        """Turns the client's namespace into the router. Only its side of the link has the small
        MTU, so the client's MSS does not reflect it."""
        router, far = cls.lab.client, cls.far
        lab.run("ip", "netns", "add", far)
        cls.addClassCleanup(lab.run, "ip", "netns", "del", far)
        lab.run("ip", "link", "add", "eth1", "netns", router, "mtu", str(NARROW), "type", "veth",
                "peer", "name", "eth0", "mtu", "1500", "netns", far)
        for name, device, number in (router, "eth1", 1), (far, "eth0", 2):
            lab.run("ip", "-n", name, "addr", "add", f"10.88.0.{number}/24", "dev", device)
            lab.run("ip", "-n", name, "addr", "add", f"fd88::{number}/64", "dev", device, "nodad")
            lab.run("ip", "-n", name, "link", "set", device, "up")
        lab.run("ip", "-n", far, "route", "add", "default", "via", "10.88.0.1")
        lab.run("ip", "-n", far, "route", "add", "default", "via", "fd88::1")
        lab.run("ip", "-n", cls.lab.server, "route", "add", "10.88.0.0/24", "via", "10.77.0.2")
        lab.run("ip", "-n", cls.lab.server, "route", "add", "fd88::/64", "via", "fd77::2")
        set_forwarding(router, 1)
        for name in "all", "eth1":
            lab.set_sysctl(router, f"ipv4/conf/{name}/rp_filter", 0)

    @classmethod
    def socket(cls):
        sock = socket.socket(socket.AF_INET if cls.version == 4 else socket.AF_INET6)
        sock.settimeout(lab.PATIENCE)
        return sock

    @classmethod
    def is_there(cls):
        """Links and neighbours become available after a while."""
        with cls.socket() as sock:
            return sock.connect_ex((cls.address, 8002)) == 0

    def connect(self, port):
        sock = self.socket()
        self.addCleanup(sock.close)
        sock.connect((self.address, port))
        return sock

    def echoes(self, sock, count):
        text = random.randbytes(count)
        sock.sendall(text)
        self.assertEqual(lab.receive(sock, count), text)

    def closes(self, sock):
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(sock.recv(1), b"")

    def errors(self):
        return self.lab.ctl("status")["counters"]["icmp-errors"]

    def longest(self, segments):
        """Returns the number of octets of the longest segment that the responder sent."""
        return max(s["length"] for s in segments if s["direction"] == "out")

    def test_narrow_link(self):
        before = self.errors()
        sock = self.connect(8001)
        self.echoes(sock, 100)
        self.assertEqual(self.errors(), before, "small segments draw no error")
        for _ in range(10):
            self.echoes(sock, 20000)
        self.closes(sock)
        self.assertGreater(self.errors(), before)
        segments = self.lab.ctl("trace", "last")["segments"]
        errors = [i for i, s in enumerate(segments) if "icmp" in s]
        before, error, behind = segments[:errors[0]], segments[errors[0]], segments[errors[-1] + 1:]
        self.assertEqual((error["icmp"], error["mtu"], error["direction"]),
                         ("too-big", NARROW, "in"))
        self.assertIn(error["about"], {s["seq"] for s in before if s["length"] > NARROW - 100})
        headers = 40 if self.version == 4 else 60
        self.assertGreater(self.longest(before), NARROW - headers)
        self.assertEqual(self.longest(behind), NARROW - headers - 12,
                         "the MTU of the link, less headers and timestamps")

    def meet_silence(self):
        """Returns the fates of the errors that one connection drew."""
        lab.receive(self.connect(8003), 20000)
        segments = self.lab.ctl("trace", "last")["segments"]
        return [s["fate"] for s in segments if "icmp" in s]

    def test_a_silent_endpoint_ignores_errors(self):
        """A retransmission after the silence draws the next error."""
        for _ in range(5):  # the machine may delay the test for longer than the silence
            fates = self.meet_silence()
            if fates[0] == "dropped":
                break
        self.assertEqual(fates[0], "dropped")
        self.assertIn(None, fates)

    def test_no_route_for_a_while(self):
        sock = self.connect(8002)
        self.echoes(sock, 100)
        before = self.errors()
        network = f"{FAR[self.version]}/{32 if self.version == 4 else 128}"
        lab.run("ip", "-n", self.lab.client, "route", "add", "unreachable", network)
        text = random.randbytes(500)
        sock.sendall(text)
        lab.wait_for("errors", lambda: self.errors() >= before + 2)
        lab.run("ip", "-n", self.lab.client, "route", "del", "unreachable", network)
        self.assertEqual(lab.receive(sock, len(text)), text)
        self.echoes(sock, 100)
        self.closes(sock)


class OwnedV4(Path, unittest.TestCase):
    version, address = 4, "10.77.0.1"


class OwnedV6(Path, unittest.TestCase):
    version, address = 6, "fd77::1"


class VirtualV4(Path, unittest.TestCase):
    version, address = 4, "10.77.0.50"


class VirtualV6(Path, unittest.TestCase):
    version, address = 6, "fd77::50"


if __name__ == "__main__":
    lab.main()
