#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Virtual addresses are probed on the link before they are used. The client's kernel is the other
station and owns some of them."""
import ipaddress
import json
import socket
import struct
import time
import unittest

from lib import frames, lab, tolerances
from lib.kernel import link, mac_of, ping

OWN = {4: "10.77.0.1", 6: "fd77::1"}
FREE = {4: "10.77.0.100", 6: "fd77::100"}
TAKEN = {4: "10.77.0.101", 6: "fd77::101"}
KEPT = {4: "10.77.0.102", 6: "fd77::102"}
ADDED = {4: "10.77.0.110", 6: "fd77::110"}
NETWORK = {4: ("10.9.0.0/24", "10.9.0.7"), 6: ("fd09::/64", "fd09::7")}
PROBES, ANNOUNCEMENTS = {4: 3, 6: 1}, {4: 2, 6: 1}
SUITE = '''suites = { one = { summary = "one";
  scenarios = ( { name = "good"; behaviour = "accept"; } ); }; };'''


def endpoints():
    lines = []
    for v in 4, 6:
        for name, address, more in (("own", OWN[v], ""), ("free", FREE[v], ""),
                                    ("taken", TAKEN[v], ""), ("kept", KEPT[v], "probe = false;"),
                                    ("network", NETWORK[v][0], 'interface = "eth0";')):
            lines.append(f'{{ name = "{name}{v}"; address = "{address}"; ports = "7"; '
                         f'service = "echo"; {more} }}')
    return f'workers = 2;\n{SUITE}\nendpoints = ( {", ".join(lines)} );'


class Heard:
    """Messages of stations about addresses as they arrive: (when, MAC, kind, address)."""

    def __init__(self):
        self.said = []
        self.watch = frames.Watch("eth0", self.take)

    def take(self, frame):
        mac, kind, packet = frame[6:12], frame[12:14], frame[14:]
        if kind == b"\x08\x06":
            sender, target = packet[14:18], packet[24:28]
            if sender == bytes(4):
                self.note(mac, "probe", target)
            else:
                self.note(mac, "announcement" if sender == target else "claim", sender)
        elif kind == b"\x86\xdd" and packet[6] == 58:
            if packet[40] == 135 and packet[8:24] == bytes(16):
                self.note(mac, "probe", packet[48:64])
            elif packet[40] == 136:
                to_all = packet[24:26] == b"\xff\x02"
                self.note(mac, "announcement" if to_all else "claim", packet[48:64])

    def note(self, mac, kind, address):
        self.said.append((time.monotonic(), mac, kind, str(ipaddress.ip_address(address))))

    def of(self, mac, address):
        """Returns [(when, kind)] of a station about an address, without answers to other
        stations."""
        return [(when, kind) for when, source, kind, about in list(self.said)
                if source == mac and about == address and kind != "claim"]


def announce(mac, address):
    """Broadcasts the ARP announcement of a station with this MAC."""
    packed = ipaddress.ip_address(address).packed
    with frames.packet_socket("eth0") as s:
        s.send(b"\xff" * 6 + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) +
               mac + packed + bytes(6) + packed)


class Probe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        for v in 4, 6:
            lab.run("ip", "-n", cls.lab.client, f"-{v}", "route", "add", NETWORK[v][0], "dev",
                    "eth0")
        cls.take_addresses("add")
        cls.client_mac = mac_of(link(cls.lab.client)["address"])
        cls.heard = Heard()
        cls.addClassCleanup(cls.heard.watch.stop)
        cls.config = cls.lab.config(endpoints(), probe=True)
        cls.lab.start(cls.config)
        mac = mac_of(link(cls.lab.server)["address"])
        cls.mac = bytes([2, mac[0] ^ mac[1] ^ 0x54]) + mac[2:]
        cls.settled()
        lab.wait_for("the announcements", lambda: all(
            len(cls.heard.of(cls.mac, FREE[v])) >= PROBES[v] + ANNOUNCEMENTS[v] for v in (4, 6)))
        cls.at_start = list(cls.heard.said)

    @classmethod
    def take_addresses(cls, verb):
        for v in 4, 6:
            lab.run("ip", "-n", cls.lab.client, "addr", verb, f"{TAKEN[v]}/{(24, 64)[v == 6]}",
                    "dev", "eth0", *(["nodad"] if v == 6 and verb == "add" else []))

    @classmethod
    def endpoints(cls):
        return {e["name"]: e for e in cls.lab.ctl("endpoints")}

    @classmethod
    def settled(cls):
        """Returns the endpoints after probing has ended."""
        def none_probing():
            found = cls.endpoints()
            return not any(e["probing"] for e in found.values()) and found
        return lab.wait_for("the end of probing", none_probing)

    def setUp(self):
        self.settled()
        self.heard.said.clear()

    def echoes(self, address):
        with socket.create_connection((address, 7), timeout=lab.PATIENCE) as sock:
            sock.sendall(b"echo")
            self.assertEqual(lab.receive(sock, 4), b"echo")

    def probes(self, address):
        return [when for when, kind in self.heard.of(self.mac, address) if kind == "probe"]

    def test_addresses_that_are_free(self):
        """Each address is probed as often as the RFCs require, independent of the number of
        workers, and then announced."""
        for v in 4, 6:
            self.echoes(FREE[v])
            said = [(when, kind) for when, mac, kind, address in self.at_start
                    if (mac, address) == (self.mac, FREE[v])]
            # It was not claimed before probing ended.
            self.assertEqual([kind for _, kind in said],
                             ["probe"] * PROBES[v] + ["announcement"] * ANNOUNCEMENTS[v])
            for (before, _), (after, _) in zip(said[:PROBES[v]], said[1:]):
                self.assertGreater(after - before, 1 - tolerances.NEARER)
        self.assertTrue(self.endpoints()["free4"]["problem"] is None)

    def test_addresses_that_are_taken(self):
        found = self.settled()
        mac = link(self.lab.client)["address"]
        for v in 4, 6:
            problem = found[f"taken{v}"]["problem"]
            self.assertRegex(problem, f"^{TAKEN[v]} is in use on eth0 by {mac}: .*reload")
            self.assertEqual({kind for _, mac, kind, address in self.at_start
                              if (mac, address) == (self.mac, TAKEN[v])}, {"probe"})
            self.echoes(OWN[v])
            self.echoes(FREE[v])
        self.assertIn("is in use on eth0", self.lab.ctl_raw("endpoints").stdout)
        self.assertIn("endpoints do not answer: 10.77.0.101 is in use", self.lab.logged())
        self.assertTrue(any(TAKEN[4] in line for line in self.lab.ctl("status")["problems"]))

    def test_neither_networks_nor_kept_addresses_are_probed(self):
        for v in 4, 6:
            for address in KEPT[v], NETWORK[v][1]:
                self.echoes(address)
                self.assertNotIn((self.mac, address),
                                 [(mac, about) for _, mac, _, about in self.at_start])

    def test_an_endpoint_that_is_added(self):
        for v in 4, 6:
            added = self.lab.ctl_raw("add", f"more{v}", ADDED[v], "7", "accept", "--service",
                                     "echo")
            self.assertEqual(added.returncode, 0, added.stderr)
            self.assertIn("does not answer yet: synackd is probing its address", added.stdout)
            taken = self.lab.ctl_raw("add", f"not{v}", TAKEN[v], "8", "accept")
            self.assertEqual(taken.returncode, 0, taken.stderr)
            # The conflict is known already.
            self.assertIn(f"not{v}: {TAKEN[v]} is in use on eth0 by", taken.stdout)
            self.assertIsNotNone(self.endpoints()[f"not{v}"]["problem"])
            if self.endpoints()[f"more{v}"]["probing"]:
                self.assertIn("probing its address", self.lab.ctl_raw("endpoints").stdout)
                answer = ping(ADDED[v], b"early", timeout=0.2)
                if self.endpoints()[f"more{v}"]["probing"]:
                    self.assertIsNone(answer)
        self.settled()
        for v in 4, 6:
            self.echoes(ADDED[v])
            self.assertEqual(len(self.probes(ADDED[v])), PROBES[v])
            # At an address that is in use already, another endpoint answers at once.
            self.assertFalse(self.lab.ctl("add", f"beside{v}", ADDED[v], "8", "accept")["probing"])
            for name in f"more{v}", f"not{v}", f"beside{v}":
                self.lab.ctl("remove", name)
            self.assertIsNone(ping(ADDED[v], b"gone", timeout=0.2))
            again = self.lab.ctl("add", f"more{v}", ADDED[v], "7", "accept")
            self.assertTrue(again["probing"])
            self.lab.ctl("remove", f"more{v}")

    def test_a_reload_probes_new_and_taken_addresses(self):
        before = {address: len(self.probes(address))
                  for v in (4, 6) for address in (FREE[v], TAKEN[v], ADDED[v])}
        self.take_addresses("del")
        try:
            text = self.config.read_text()
            self.config.write_text(text.replace('{ name = "own4"', "".join(
                f'{{ name = "new{v}"; address = "{ADDED[v]}"; ports = "7"; service = "echo"; }}, '
                for v in (4, 6)) + '{ name = "own4"'))
            self.lab.ctl("reload")
            for v in 4, 6:
                self.echoes(FREE[v])
            found = self.settled()
            self.assertEqual([e["problem"] for e in found.values() if e["problem"]], [])
            for v in 4, 6:
                for address, more in (FREE[v], 0), (TAKEN[v], PROBES[v]), (ADDED[v], PROBES[v]):
                    self.assertEqual(len(self.probes(address)), before[address] + more, address)
                self.echoes(TAKEN[v])
                self.echoes(ADDED[v])
        finally:
            self.config.write_text(text)
            self.lab.ctl("reload")
            for v in 4, 6:  # no station has these addresses then
                self.lab.ctl("remove", f"taken{v}")
            self.take_addresses("add")
            self.lab.ctl("reset")
            self.settled()

    def test_one_endpoint_without_probing_is_enough_for_its_address(self):
        """Independent of the order of endpoints in the config, and for as long as that endpoint
        exists."""
        text = self.config.read_text()
        more = "".join(f'''{{ name = "{name}{v}"; address = "{ADDED[v]}"; ports = "{port}";
                           service = "echo"; {key} }}, ''' for v in (4, 6)
                       for name, port, key in (("asked", 7, ""), ("unasked", 8, "probe = false;")))
        self.config.write_text(text.replace('{ name = "own4"', more + '{ name = "own4"'))
        try:
            self.lab.ctl("reload")
            found = self.endpoints()
            for v in 4, 6:
                self.assertEqual([found[f"{name}{v}"]["probing"] for name in ("asked", "unasked")],
                                 [False, False])
                self.echoes(ADDED[v])
                self.assertEqual(self.probes(ADDED[v]), [])
                self.lab.ctl("remove", f"unasked{v}")
                self.assertFalse(self.endpoints()[f"asked{v}"]["probing"])
            for _ in range(2):
                announce(b"\x02\x77\0\0\0\x98", ADDED[4])
            lab.wait_for("the end", lambda: self.endpoints()["asked4"]["problem"])
        finally:
            self.config.write_text(text)
            self.lab.ctl("reset")
            self.lab.ctl("reload")

    def test_a_claim_comes_later(self):
        """The address is defended once; after the second claim it is given up, until a reload."""
        other = b"\x02\x77\0\0\0\x99"
        conflicts = self.lab.ctl("status")["counters"]["address-conflicts"]
        open_one = socket.create_connection((FREE[4], 7), timeout=lab.PATIENCE)
        self.addCleanup(open_one.close)
        announce(other, FREE[4])
        lab.wait_for("the defence", lambda: self.heard.of(self.mac, FREE[4]))
        self.assertEqual([k for _, k in self.heard.of(self.mac, FREE[4])], ["announcement"])
        self.echoes(FREE[4])
        self.assertEqual(self.lab.ctl("status")["counters"]["address-conflicts"], conflicts + 1)
        self.assertIn(f"{FREE[4]} on eth0: also claimed by 02:77:00:00:00:99",
                      self.lab.logged())
        # An address that is kept is never given up; it is also defended once in 10 s.
        for _ in range(3):
            announce(other, KEPT[4])
            announce(other, FREE[4])
        problem = lab.wait_for("the end", lambda: self.endpoints()["free4"]["problem"])
        self.assertIn("02:77:00:00:00:99", problem)
        self.assertIsNone(ping(FREE[4], b"gone", timeout=0.2))
        with self.assertRaises(ConnectionResetError):
            open_one.recv(1)
        self.assertEqual([k for _, k in self.heard.of(self.mac, KEPT[4])], ["announcement"])
        self.assertIsNone(self.endpoints()["kept4"]["problem"])
        self.lab.ctl("reload")
        self.settled()
        self.assertIsNone(self.endpoints()["free4"]["problem"])
        announce(self.client_mac, "10.77.0.2")  # corrects the client's neighbour cache
        self.echoes(FREE[4])

    def test_judge_waits_for_the_address(self):
        answer = self.lab.ctl_raw("--json", "judge", "--suite", "one", "--live", ADDED[6],
                                  "--kernel")
        self.assertEqual(answer.returncode, 0, answer)
        card = json.loads(answer.stdout)
        self.assertEqual([c["scenario"] for c in card["connections"]], ["good"])
        refused = self.lab.ctl_raw("judge", "--suite", "one", "--live", TAKEN[6], "--kernel")
        self.assertEqual(refused.returncode, 2, refused)
        self.assertIn("is in use on eth0", refused.stderr)

    def test_zz_a_link_without_carrier(self):
        """Without carrier a probe cannot be answered, so probing starts when the carrier is up."""
        lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "down")
        try:
            self.assertTrue(self.lab.ctl("add", "last4", ADDED[4], "7", "accept", "--service",
                                         "echo")["probing"])
            time.sleep(4)  # at least two probes would be lost if they were sent
        finally:
            lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "up")
        self.settled()
        # The first probe may be lost while either end is coming up.
        self.assertGreaterEqual(len(self.probes(ADDED[4])), PROBES[4] - 1)
        self.echoes(ADDED[4])
        self.lab.ctl("remove", "last4")


if __name__ == "__main__":
    lab.main()
