#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Packets that a host discards before TCP sees them, sent over a veth pair to owned and to virtual
addresses: none is answered, each has its counter, and a correct client of the same endpoint
continues."""
import ipaddress
import os
import random
import socket
import subprocess
import unittest

import frames
import lab
import tun
from kernel import link, mac_of

OWNED = {4: "10.77.0.1", 6: "fd77::1"}
VIRTUAL = {4: "10.77.0.100", 6: "fd77::100"}
CLIENT = {4: "10.77.0.2", 6: "fd77::2"}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
PORT = 7000
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"


def endpoints(*addresses):
    return "endpoints = (\n" + ",\n".join(
        f'{{ name = "e{i}"; address = "{a}"; ports = "{PORT}"; service = "echo"; }}'
        for i, a in enumerate(addresses)) + " );\n"


def port():
    return random.randrange(20000, 60000)


def syn(source, to, sport=None, dport=PORT):
    return frames.tcp(source, to, sport or port(), dport, frames.SYN,
                      random.getrandbits(32), options=b"\2\4\5\xb4")


def echoes(address):
    """A correct client."""
    with socket.create_connection((address, PORT), timeout=lab.PATIENCE) as s:
        text = os.urandom(30)
        s.sendall(text)
        return lab.receive(s, 30) == text


class Odd(lab.Lab):
    """Sends packets by hand, and hears what comes back for them."""

    def __init__(self, name):
        super().__init__(name)
        self.own_mac = mac_of(link(self.server)["address"])
        self.client_mac = mac_of(link(self.client)["address"])
        self.socket = frames.packet_socket("eth0")

    def learn(self):
        """The link addresses of the daemon, once it runs."""
        self.mac = {address: self.own_mac for address in OWNED.values()}
        for address in VIRTUAL.values():
            echoes(address)
            neighbours = subprocess.run(["ip", "-n", self.client, "neigh", "show", address],
                                        capture_output=True, text=True, check=True).stdout.split()
            self.mac[address] = mac_of(neighbours[neighbours.index("lladdr") + 1])

    def send(self, packet, mac, source=None):
        kind = IPV4 if packet[0] >> 4 == 4 else IPV6
        self.socket.send(mac + (source or self.client_mac) + kind + packet)

    def counters(self):
        return self.ctl("status")["counters"]

    def answers(self, packets, mac, good, source=None):
        """The IP packets that the server sends from now on, other than neighbour discovery, until
        it has answered a SYN of a correct client to the address `good` that was sent behind
        `packets`: what is not among them was not sent, as it handles frames in their order."""
        heard = frames.packet_socket("eth0")
        heard.settimeout(lab.PATIENCE)
        last = port()
        for packet in packets:
            self.send(packet, mac, source)
        version = ipaddress.ip_address(good).version
        self.send(syn(CLIENT[version], good, last), self.mac[good])
        got = []
        while True:
            frame, address = heard.recvfrom(70000)
            if address[2] == frames.PACKET_OUTGOING or frame[12:14] not in (IPV4, IPV6):
                continue
            packet = frames.without_ethernet(frame)
            if frames.is_tcp(frame):
                s = frames.Segment(packet)
                if (s.src, s.sport, s.dport) == (good, PORT, last):
                    heard.close()
                    return got
            if packet[6] != 58 or packet[40] < 133 or packet[40] > 137:
                got.append(packet)


class Case(unittest.TestCase):
    def expect(self, packets, mac, good, source=None, **counts):
        """No answer, and these counters grow by so much: others that tell of a discarded packet
        do not."""
        before = self.lab.counters()
        self.assertEqual(self.lab.answers(packets, mac, good, source), [])
        after = self.lab.counters()
        grown = {name: after[name] - before[name] for name in after
                 if after[name] != before[name]}
        # These grow with what else is under way, as with a connection that a client is closing.
        for name in ("segments-in", "segments-out", "half-open", "connections", "not-ours",
                     "trace-lost"):
            grown.pop(name, None)
        self.assertEqual(grown, {name.replace("_", "-"): n for name, n in counts.items()}, good)
        self.assertTrue(echoes(good))


class Sources(Case):
    """What no packet on a network may come from, whatever `clients` says."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Odd(cls.__name__)
        cls.lab.start(cls.lab.write("synackd.conf", f'''
load = ( "{lab.SOURCE}/conf/behaviours/*.conf" );
clients = ( "127.0.0.0/8", "::1", "10.77.0.0/24", "fd77::/64" );
{endpoints(*OWNED.values(), *VIRTUAL.values(), *LOOPBACK.values())}'''))
        cls.lab.learn()

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def each(self):
        for v in 4, 6:
            for address in OWNED[v], VIRTUAL[v]:
                yield v, address, self.lab.mac[address]

    def test_loopback_is_not_of_a_network(self):
        for v, address, mac in self.each():
            sources = ["127.0.0.1", f"127.{port() >> 8}.3.4"] if v == 4 else ["::1"]
            self.expect([syn(source, address) for source in sources], mac, address,
                        loopback_off_lo=len(sources))
            # Nor is an endpoint on loopback reached by one.
            self.expect([syn(CLIENT[v], LOOPBACK[v])], self.lab.own_mac, address,
                        loopback_off_lo=1)

    def test_what_is_not_of_one_host(self):
        for v, address, mac in self.each():
            sources = ["0.0.0.0", "224.0.0.1", "255.255.255.255"] if v == 4 else ["::", "ff02::1"]
            self.expect([syn(source, address) for source in sources], mac, address,
                        unanswerable=len(sources))

    def test_a_virtual_address_is_no_client(self):
        for v, address, mac in self.each():
            self.expect([syn(VIRTUAL[v], address, sport) for sport in (port(), PORT)], mac,
                        address, own_source=2)

    def test_an_owned_one_is_but_by_the_endpoint(self):
        for v, address, mac in self.each():
            self.expect([syn(OWNED[v], address, PORT)], mac, address, own_source=1)
            sport = port()
            got = [frames.Segment(p) for p in
                   self.lab.answers([syn(OWNED[v], address, sport)], mac, address)]
            self.assertEqual([(s.dst, s.dport, s.flags) for s in got],
                             [(OWNED[v], sport, frames.SYN | frames.ACK)])

    def test_clients_on_the_same_host(self):
        for v in 4, 6:
            for address in OWNED[v], LOOPBACK[v]:
                lab.enter_namespace(self.lab.server)
                try:
                    self.assertTrue(echoes(address), address)
                finally:
                    lab.enter_namespace(self.lab.client)


@unittest.skipUnless(tun.can_make_devices(), "cannot open /dev/net/tun")
class Tun(unittest.TestCase):
    def test_loopback_is_not_of_a_device(self):
        l = tun.Lab(type(self).__name__)
        self.addCleanup(l.close)
        l.start(l.config(tun.config((tun.DEVICE, tun.NETWORK.values(), ""), more="""
endpoints = ( { name = "a"; address = "10.120.0.7"; ports = "7000"; service = "echo"; },
              { name = "b"; address = "fd12::7"; ports = "7000"; service = "echo"; } );""")))
        to = {4: "10.120.0.7", 6: "fd12::7"}
        for v, kind in (4, socket.ntohs(0x0800)), (6, socket.ntohs(0x86dd)):
            with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as s:
                for source in LOOPBACK[v], to[v], tun.KERNEL[v]:
                    s.sendto(syn(source, to[v]), (tun.DEVICE, socket.ntohs(kind)))
            self.assertTrue(echoes(to[v]))
        got = l.ctl("status")["counters"]
        self.assertEqual((got["loopback-off-lo"], got["own-source"], got["half-open"]), (2, 2, 4))


if __name__ == "__main__":
    lab.main()
