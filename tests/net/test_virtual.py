#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Addresses that the server's kernel does not own, beside one that it owns, on one interface: real
clients, and a capture without packets of that kernel about these addresses."""
import json
import select
import socket
import struct
import subprocess
import threading
import unittest

from lib import frames, lab
from lib.kernel import Watch, from_kernel, link, mac_of, ping, set_forwarding
from lib.virtual import OWN, VIRTUAL, connect, echo_size, without_offload

# A network inside the interface's, and a network that only the client's route leads to.
INSIDE = {4: ("10.77.0.128/25", "10.77.0.200"), 6: ("fd77::9:0:0/96", "fd77::9:1:7")}
OUTSIDE = {4: ("10.9.0.0/24", "10.9.0.33"), 6: ("fd09::/64", "fd09::33")}
VLAN = {4: "10.55.0.100", 6: "fd55::100"}  # in a tagged VLAN


def endpoints():
    lines = []
    for v in 4, 6:
        def at(name, address, ports, more=""):
            lines.append(f'{{ name = "{name}{v}"; address = "{address}"; ports = "{ports}"; '
                         f'{more} }}')
        at("own", OWN[v], "7000", 'service = "echo";')
        at("virtual", VIRTUAL[v], "7000", 'service = "echo";')
        at("web", VIRTUAL[v], "80", 'service = "http";')
        for name, address in ("late-own", OWN[v]), ("late-virtual", VIRTUAL[v]):
            at(name, address, "25", 'behaviour = "banner-delay(time=1s,text=late)";')
        at("never", VIRTUAL[v], "7005", 'behaviour = "synack-never";')
        at("inside", INSIDE[v][0], "1-65535", 'service = "echo";')
        at("outside", OUTSIDE[v][0], "7000", 'service = "echo"; interface = "eth0";')
        at("vlan", VLAN[v], "7000", 'service = "echo"; interface = "eth0";')
    return "endpoints = (\n" + ",\n".join(lines) + " );\n"


class Tagger(threading.Thread):
    """Works as a VLAN interface, also for kernels without support: frames from `inside` leave
    through `outside` with a tag, and frames from there with that tag leave through `inside`
    without."""

    PACKET_AUXDATA, VLAN_VALID = 8, 1 << 4

    def __init__(self, inside, outside, tag):
        super().__init__(daemon=True)
        self.tag = tag
        self.sockets = []
        for name in inside, outside:
            s = frames.packet_socket(name)
            s.setsockopt(frames.SOL_PACKET, self.PACKET_AUXDATA, 1)
            self.sockets.append(s)
        self.start()

    def run(self):
        try:
            self.carry(*self.sockets)
        except OSError:  # the namespace was deleted
            for s in self.sockets:
                s.close()

    def carry(self, inside, outside):
        while True:
            for s in select.select(self.sockets, [], [])[0]:
                frame, more, _, address = s.recvmsg(70000, 256)
                if address[2] == frames.PACKET_OUTGOING:
                    continue
                status, _, _, _, _, tag, _ = struct.unpack("=IIIHHHH", more[0][2])
                tagged = bool(status & self.VLAN_VALID)
                if s is inside and not tagged:
                    outside.send(frame[:12] + struct.pack("!HH", 0x8100, self.tag) + frame[12:])
                elif s is outside and tagged and tag == self.tag:
                    inside.send(frame)


class Both(lab.Lab):
    def __init__(self, name, forwarding):
        super().__init__(name)
        set_forwarding(self.server, forwarding)
        lab.run("ip", "-n", self.client, "link", "add", "tagged", "type", "veth", "peer", "name",
                "tagger")
        lab.run("ip", "-n", self.client, "addr", "add", "10.55.0.2/24", "dev", "tagged")
        lab.run("ip", "-n", self.client, "addr", "add", "fd55::2/64", "dev", "tagged", "nodad")
        for name in "tagged", "tagger":
            without_offload(name)
            lab.run("ip", "-n", self.client, "link", "set", name, "up")
        Tagger("tagger", "eth0", 3 << 13 | 5)
        for v in 4, 6:
            lab.run("ip", "-n", self.client, f"-{v}", "route", "add", OUTSIDE[v][0], "dev", "eth0")

    def counter(self, name, interface="eth0"):
        links = {each["name"]: each for each in self.ctl("status")["links"]}
        return links[interface]["counters"][name]


class Forwarding:
    """The same tests with the server as a host and as a router; subclasses set `forwarding`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Both(cls.__name__, cls.forwarding)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(endpoints()))
        cls.own_mac = mac_of(link(cls.lab.server)["address"])

    def echoes(self, address, port=7000, size=5):
        with connect(address, port) as sock:
            self.assertTrue(echo_size(sock, size), address)
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(sock.recv(1), b"")

    def curl(self, address):
        host = f"[{address}]" if ":" in address else address
        done = subprocess.run(["ip", "netns", "exec", self.lab.client, "curl", "-sS", "-g", "-m",
                               "8", "-o", "/dev/null", "-w", "%{http_code}", f"http://{host}/"],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "200"), done.stderr)

    def virtual_mac(self, address=VIRTUAL[4]):
        done = subprocess.run(["ip", "-n", self.lab.client, "-j", "neigh", "show", address],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)[0]["lladdr"]

    def test_every_endpoint_answers_and_shows_its_kind(self):
        by_name = {e["name"]: e for e in self.lab.ctl("endpoints")}
        self.assertEqual([e["problem"] for e in by_name.values() if e["problem"]], [])
        for name, kind, interface in (("own4", "owned", None), ("own6", "owned", None),
                                      ("virtual4", "virtual", "eth0"),
                                      ("virtual6", "virtual", "eth0"),
                                      ("inside6", "virtual", "eth0"),
                                      ("outside4", "virtual", "eth0")):
            self.assertEqual((by_name[name]["kind"], by_name[name]["interface"]),
                             (kind, interface), name)
        self.assertIn("virtual", self.lab.ctl_raw("endpoints").stdout)
        for v in 4, 6:
            for address in OWN[v], VIRTUAL[v], INSIDE[v][1], OUTSIDE[v][1]:
                with self.subTest(address):
                    self.echoes(address)
            self.echoes(INSIDE[v][1], 65535)
            self.curl(VIRTUAL[v])

    def test_a_mac_of_its_own(self):
        for v in 4, 6:
            watch = Watch()
            self.echoes(VIRTUAL[v])
            self.echoes(OWN[v])
            seen = {VIRTUAL[v]: set(), OWN[v]: set()}
            for source, segment in watch.segments():
                if segment.src in seen:
                    seen[segment.src].add(source)
            mac = mac_of(self.virtual_mac(VIRTUAL[v]))
            self.assertEqual(mac[0], 2)
            self.assertNotEqual(mac, self.own_mac)
            self.assertEqual(seen, {VIRTUAL[v]: {mac}, OWN[v]: {self.own_mac}})

    def test_nothing_from_the_kernel(self):
        watch = Watch()
        for v in 4, 6:
            for address in VIRTUAL[v], INSIDE[v][1], OUTSIDE[v][1], OWN[v]:
                self.echoes(address)
            self.curl(VIRTUAL[v])
            with self.assertRaises(ConnectionRefusedError):
                connect(VIRTUAL[v], 7999)
            self.assertEqual(ping(VIRTUAL[v], b"x" * 56), b"x" * 56)
            # A router reports an unreachable host after three seconds.
            with self.assertRaises(TimeoutError):
                connect(VIRTUAL[v], 7005, timeout=4)
        watched = watch.stop()
        self.assertGreater(len(watched), 80)
        self.assertEqual(from_kernel(watched, self.own_mac, OWN.values()), [])

    def test_closed_ports_belong_to_their_address(self):
        for v in 4, 6:
            for address, mac in ((VIRTUAL[v], mac_of(self.virtual_mac())), (OWN[v], self.own_mac)):
                watch = Watch()
                with self.assertRaises(ConnectionRefusedError):
                    connect(address, 7999)
                resets = [(source, s.src) for source, s in watch.segments()
                          if s.flags & frames.RST]
                self.assertEqual(resets, [(mac, address)])

    def test_echo(self):
        for v, most in (4, 1472), (6, 1452):
            for address in VIRTUAL[v], INSIDE[v][1], OUTSIDE[v][1]:
                for size in 0, 1, 56, most:
                    payload = bytes(i & 255 for i in range(size))
                    self.assertEqual(ping(address, payload), payload, (address, size))
        # Fragments are not reassembled.
        self.assertIsNone(ping(VIRTUAL[4], b"x" * 3000, timeout=0.5))

    def test_much(self):
        for v in 4, 6:
            self.echoes(VIRTUAL[v], size=400000)

    def test_clients_that_learned_the_address_probe_it(self):
        for v, family in (4, "ipv4"), (6, "ipv6"):
            address = VIRTUAL[v]
            lab.set_sysctl(self.lab.client, f"{family}/neigh/eth0/delay_first_probe_time", 1)
            self.assertEqual(ping(address, b"a"), b"a")
            mac = self.virtual_mac(address)
            before = self.lab.counter("neighbour-out")
            lab.run("ip", "-n", self.lab.client, "neigh", "change", address, "lladdr", mac, "dev",
                    "eth0", "nud", "stale")
            watch = Watch()
            self.assertEqual(ping(address, b"b"), b"b")

            def state():
                done = subprocess.run(["ip", "-n", self.lab.client, "-j", "neigh", "show", address],
                                      capture_output=True, text=True, check=True)
                return json.loads(done.stdout)[0]["state"] == ["REACHABLE"]
            lab.wait_for("an answer to the probe", state)
            watch.stop()
            self.assertGreater(self.lab.counter("neighbour-out"), before + 1)

    def test_an_address_in_use_is_defended(self):
        lab.run("ip", "-n", self.lab.client, "addr", "add", VIRTUAL[6] + "/64", "dev", "eth0")
        try:
            def flags():
                done = subprocess.run(["ip", "-n", self.lab.client, "-j", "addr", "show", "eth0",
                                       "to", VIRTUAL[6]],
                                      capture_output=True, text=True, check=True)
                return [a for each in json.loads(done.stdout) for a in each.get("addr_info", [])
                        if a.get("dadfailed")]
            lab.wait_for("duplicate address detection", flags)
        finally:
            lab.run("ip", "-n", self.lab.client, "addr", "del", VIRTUAL[6] + "/64", "dev", "eth0")

    def test_a_client_with_another_mac_is_followed(self):
        mac = link(self.lab.client)["address"]
        try:
            for number, address in enumerate((OWN[4], VIRTUAL[4], OWN[6], VIRTUAL[6])):
                changes = self.lab.ctl("status")["counters"]["path-changes"]
                with connect(address, 25) as sock:
                    other = f"02:77:00:00:00:{number:02x}"
                    lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "address", other)
                    sock.sendall(b"here")
                    self.assertEqual(lab.receive(sock, 4), b"late", address)
                self.assertGreater(self.lab.ctl("status")["counters"]["path-changes"], changes)
        finally:
            lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "address", mac)

    def test_vlan_tags_are_kept(self):
        for v in 4, 6:
            self.echoes(VLAN[v], size=40000)
            self.assertEqual(ping(VLAN[v], b"tagged"), b"tagged")

    def test_set_and_reload(self):
        self.lab.ctl("set", "virtual4", "refuse")
        with self.assertRaises(ConnectionRefusedError):
            connect(VIRTUAL[4])
        self.lab.ctl("reset")
        self.echoes(VIRTUAL[4])
        self.assertEqual(link(self.lab.server)["promiscuity"], 1)
        self.lab.config(f'endpoints = ( {{ name = "own"; address = "{OWN[4]}"; ports = "7000"; '
                        'service = "echo"; } );')
        try:
            self.lab.ctl("reload")
            self.assertEqual(link(self.lab.server)["promiscuity"], 0)
            self.echoes(OWN[4])
            self.assertIsNone(ping(VIRTUAL[4], b"gone", timeout=0.3))
        finally:
            self.lab.config(endpoints())
            self.lab.ctl("reload")
        self.echoes(VIRTUAL[4])
        self.echoes(OWN[6])

    def test_an_endpoint_that_is_added(self):
        self.assertIsNone(ping("10.77.0.50", b"not yet", timeout=0.3))
        added = self.lab.ctl("add", "more", "10.77.0.50", "7000", "synack-dup")
        self.assertEqual((added["kind"], added["interface"]), ("virtual", "eth0"))
        lab.wait_for("an answer", lambda: ping("10.77.0.50", b"now", timeout=0.5) == b"now")
        connect("10.77.0.50").close()
        self.lab.ctl("remove", "more")
        self.assertIsNone(ping("10.77.0.50", b"no more", timeout=0.3))
        self.echoes(VIRTUAL[4])
        wrong = self.lab.ctl_raw("add", "more", "192.0.2.9", "7000", "accept")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("'interface'", wrong.stderr)

    def test_the_interface_goes_down_and_comes_back(self):
        self.echoes(VIRTUAL[4])
        down = self.lab.logged().count("receives on it again")
        lab.run("ip", "-n", self.lab.server, "link", "set", "eth0", "down")
        lab.wait_for("the log line",
                     lambda: self.lab.logged().count("receives on it again") > down)
        lab.run("ip", "-n", self.lab.server, "link", "set", "eth0", "up")
        # IPv6 addresses are removed with the link; the test's endpoint requires its own.
        lab.run("ip", "-n", self.lab.server, "addr", "replace", f"{OWN[6]}/64", "dev", "eth0",
                "nodad")
        lab.wait_for("carrier", lambda: "LOWER_UP" in link(self.lab.client)["flags"])
        for v in 4, 6:
            lab.wait_for("an answer", lambda: ping(VIRTUAL[v], b"back", timeout=0.5) == b"back")
            self.echoes(VIRTUAL[v])
            self.echoes(OWN[v])
        self.assertEqual(link(self.lab.server)["promiscuity"], 1)

    def test_nothing_is_left_after_sigkill(self):
        self.echoes(VIRTUAL[4])
        self.assertGreater(link(self.lab.server)["promiscuity"], 0)
        self.lab.kill()
        try:
            self.assertEqual(link(self.lab.server)["promiscuity"], 0)
            self.assertIsNone(ping(VIRTUAL[4], b"gone", timeout=0.3))
        finally:
            self.lab.start(self.lab.directory / "synackd.conf")
        self.echoes(VIRTUAL[4])


class Host(Forwarding, unittest.TestCase):
    forwarding = 0


class Router(Forwarding, unittest.TestCase):
    forwarding = 1

    def test_the_purpose_of_the_mac(self):
        """If the kernel receives the segments and forwards them, the capture contains its
        packets."""
        for v in 4, 6:
            def neighbour(verb):
                lab.run("ip", "-n", self.lab.client, "neigh", verb, VIRTUAL[v], "lladdr",
                        link(self.lab.server)["address"], "dev", "eth0", "nud", "permanent")
            neighbour("replace")
            watch = Watch()
            try:
                with self.assertRaises(OSError):
                    connect(VIRTUAL[v], timeout=lab.PATIENCE)
            finally:
                neighbour("del")
            said = from_kernel(watch.stop(), self.own_mac, OWN.values())
            self.assertTrue([each for each in said if each[0] != "tcp"], said)


if __name__ == "__main__":
    lab.main()
