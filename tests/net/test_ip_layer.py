#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Packets that a host discards before TCP receives them, sent over a veth pair to owned and to
virtual addresses: none is answered, each has its counter, and a correct client of the same endpoint
continues."""
import ipaddress
import os
import random
import socket
import struct
import subprocess
import unittest

from lib import frames, lab, tun
from lib.kernel import link, mac_of

OWNED = {4: "10.77.0.1", 6: "fd77::1"}
VIRTUAL = {4: "10.77.0.100", 6: "fd77::100"}
CLIENT = {4: "10.77.0.2", 6: "fd77::2"}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
PORT = 7000
KERNEL_PORTS = 32768  # ports of correct clients start here
IPV4, ARP, IPV6 = b"\x08\x00", b"\x08\x06", b"\x86\xdd"


def endpoints(*addresses):
    return "endpoints = (\n" + ",\n".join(
        f'{{ name = "e{i}"; address = "{a}"; ports = "{PORT}"; service = "echo"; }}'
        for i, a in enumerate(addresses)) + " );\n"


def port():
    """Returns a port that the kernel does not assign to a correct client."""
    return random.randrange(10000, 30000)


def is_kernels_own(packet):
    """Returns true for neighbour discovery, and for multicast listener reports."""
    reports = socket.inet_pton(socket.AF_INET6, "ff02::16")
    return packet[0] >> 4 == 6 and (packet[24:40] == reports or
                                    packet[6] == 58 and 133 <= packet[40] <= 137)


def syn(source, to, sport=None, dport=PORT):
    return frames.tcp(source, to, sport or port(), dport, frames.SYN,
                      random.getrandbits(32), options=b"\2\4\5\xb4")


def echo(source, to):
    """Returns an ICMP echo request with a random identifier."""
    v4 = "." in to
    body = struct.pack("!BBHHH", 8 if v4 else 128, 0, 0, random.getrandbits(16), 1) + b"ping"
    sum_ = frames.checksum((b"" if v4 else frames.pseudo(source, to, len(body), 58)) + body)
    return frames.ip(source, to, body[:2] + struct.pack("!H", sum_) + body[4:], 1 if v4 else 58)


def arp(source, to, mac):
    """Returns the body of an ARP request."""
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, socket.inet_aton(source), b"",
                       socket.inet_aton(to))


def echoes(address):
    """Expects a correct client to receive its echo."""
    with socket.create_connection((address, PORT), timeout=lab.PATIENCE) as s:
        text = os.urandom(30)
        s.sendall(text)
        return lab.receive(s, 30) == text


class Odd(lab.Lab):
    """Sends hand-made packets, and receives the answers."""

    def __init__(self, name, sample=None):
        super().__init__(name, sample=sample)
        self.own_mac = mac_of(link(self.server)["address"])
        self.client_mac = mac_of(link(self.client)["address"])
        self.socket = frames.packet_socket("eth0")

    def learn(self):
        """Learns the link addresses of the running daemon."""
        self.mac = {address: self.own_mac for address in OWNED.values()}
        for address in VIRTUAL.values():
            echoes(address)
            neighbours = subprocess.run(["ip", "-n", self.client, "neigh", "show", address],
                                        capture_output=True, text=True, check=True).stdout.split()
            self.mac[address] = mac_of(neighbours[neighbours.index("lladdr") + 1])

    def send(self, packet, mac, source=None):
        kind = {4: IPV4, 6: IPV6}.get(packet[0] >> 4, ARP)
        self.socket.send(mac + (source or self.client_mac) + kind + packet)

    def counters(self):
        return self.ctl("status")["counters"]

    def answers(self, packets, mac, good, source=None):
        """Returns the packets that the server sends from now on, apart from the kernel's own, until
        it has answered a SYN of a correct client to the address `good`, sent after `packets`. The
        daemon processes frames in order, so the list is complete."""
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
                if s.dport >= KERNEL_PORTS:
                    continue
            if not is_kernels_own(packet):
                got.append(packet)


class Case(unittest.TestCase):
    def expect(self, packets, mac, good, source=None, **counts):
        """Expects no answer, and that these counters grow by these numbers; other counters of
        discarded packets must not grow."""
        before = self.lab.counters()
        self.assertEqual(self.lab.answers(packets, mac, good, source), [])
        after = self.lab.counters()
        grown = {name: after[name] - before[name] for name in after
                 if after[name] != before[name]}
        # These grow with other traffic, such as a connection that a client is closing.
        for name in ("segments-in", "segments-out", "half-open", "connections", "not-ours",
                     "trace-lost"):
            grown.pop(name, None)
        self.assertEqual(grown, {name.replace("_", "-"): n for name, n in counts.items()}, good)
        self.assertTrue(echoes(good))


class Sources(Case):
    """Source addresses that are invalid on a network, independent of `clients`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Odd(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.write("synackd.conf", f'''
load = ( "{lab.SOURCE}/conf/behaviours/*.conf" );
clients = ( "127.0.0.0/8", "::1", "10.77.0.0/24", "fd77::/64" );
probe = false;
{endpoints(*OWNED.values(), *VIRTUAL.values(), *LOOPBACK.values(), "10.77.0.128/25")}'''))
        cls.lab.learn()

    def each(self):
        for v in 4, 6:
            for address in OWNED[v], VIRTUAL[v]:
                yield v, address, self.lab.mac[address]

    def test_loopback_is_not_of_a_network(self):
        for v, address, mac in self.each():
            sources = ["127.0.0.1", f"127.{port() >> 8}.3.4"] if v == 4 else ["::1"]
            self.expect([syn(source, address) for source in sources], mac, address,
                        loopback_off_lo=len(sources))
            # A packet from the network does not reach an endpoint on loopback either.
            self.expect([syn(CLIENT[v], LOOPBACK[v])], self.lab.own_mac, address,
                        loopback_off_lo=1)

    def test_addresses_of_more_than_one_host(self):
        for v, address, mac in self.each():
            sources = ["0.0.0.0", "224.0.0.1", "255.255.255.255"] if v == 4 else ["::", "ff02::1"]
            self.expect([syn(source, address) for source in sources], mac, address,
                        unanswerable=len(sources))

    def test_the_broadcast_address_of_a_network(self):
        for address in OWNED[4], VIRTUAL[4]:
            mac = self.lab.mac[address]
            self.expect([syn("10.77.0.255", address)], mac, address, unanswerable=1)
            # 10.77.0.255 is in the endpoint 10.77.0.128/25, but is not answered.
            self.expect([echo("10.77.0.255", VIRTUAL[4]), syn(CLIENT[4], "10.77.0.255"),
                         echo(CLIENT[4], "10.77.0.255"),
                         arp(CLIENT[4], "10.77.0.255", self.lab.client_mac)],
                        self.lab.mac[VIRTUAL[4]], address)

    def test_groups_of_the_link(self):
        groups = b"\xff" * 6, b"\1\0\x5e\0\0\1", b"\x33\x33\0\0\0\1"
        for v, address, mac in self.each():
            for group in groups:
                # The kernel gives the daemon no packet that was sent to a group.
                self.expect([syn(CLIENT[v], address), echo(CLIENT[v], VIRTUAL[v])], group, address)
                # The link ignores packets from a group address to a virtual address.
                self.expect([syn(CLIENT[v], address)], mac, address, source=group,
                            **{"link_group": 1} if address == OWNED[v] else {})

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
            # Stops retransmission of the SYN-ACK.
            self.lab.send(frames.tcp(OWNED[v], address, sport, PORT, frames.RST, got[0].ack), mac)

    def test_clients_on_the_same_host(self):
        for v in 4, 6:
            for address in OWNED[v], LOOPBACK[v]:
                lab.enter_namespace(self.lab.server)
                try:
                    self.assertTrue(echoes(address), address)
                finally:
                    lab.enter_namespace(self.lab.client)


def behind(headers, first, source, to):
    """Returns a SYN after IPv6 extension headers, the first of which is of this kind, and its
    source port."""
    sport = port()
    packet = syn(source, to, sport)
    return frames.ip(source, to, headers + packet[40:], first), sport


def with_options(options, source, to):
    """Returns a SYN with IPv4 options, and its source port."""
    sport = port()
    packet = syn(source, to, sport)
    body = packet[20:]
    header = bytearray(packet[:20] + options)
    header[0] += len(options) // 4
    header[2:4] = struct.pack("!H", len(header) + len(body))
    header[10:12] = bytes(2)
    header[10:12] = struct.pack("!H", frames.checksum(bytes(header)))
    return bytes(header) + body, sport


def pieces(packet, *ranges):
    """Returns fragments of a packet without options or extension headers: these ranges of its
    body."""
    v4, number = packet[0] >> 4 == 4, random.getrandbits(16) | 1
    start = 20 if v4 else 40
    body, out = packet[start:], []
    for begin, end in ranges:
        more = end < len(body)
        if not v4:
            out.append(packet[:4] + struct.pack("!HBB", 8 + end - begin, 44, 64) + packet[8:40] +
                       struct.pack("!BBHI", packet[6], 0, begin | more, number) + body[begin:end])
            continue
        header = packet[:2] + struct.pack("!HHH", 20 + end - begin, number,
                                          begin // 8 | more << 13) + packet[8:20]
        sum_ = frames.checksum(header[:10] + bytes(2) + header[12:])
        out.append(header[:10] + struct.pack("!H", sum_) + header[12:] + body[begin:end])
    return out


# Headers before TCP, the kind of the first one, the counter, and the code and pointer of the
# Parameter Problem.
HOP, ROUTING, FRAGMENT, DESTINATION, TCP = 0, 43, 44, 60, 6
UNKNOWN_OPTION = "06005e0200000000", "06009e0200000000", "0600de0200000000"
IPV6_CASES = [
    (UNKNOWN_OPTION[0], HOP, "ipv6-option", None),
    (UNKNOWN_OPTION[0], DESTINATION, "ipv6-option", None),
    (UNKNOWN_OPTION[1], HOP, "ipv6-option", (2, 42)),
    (UNKNOWN_OPTION[2], HOP, "ipv6-option", (2, 42)),
    ("3c00010400000000" + UNKNOWN_OPTION[2], HOP, "ipv6-option", (2, 50)),
    ("0600000100000000", ROUTING, "routing-header", (0, 42)),
    ("", 253, "next-header", (1, 6)),
    ("fd00010400000000", DESTINATION, "next-header", (1, 40)),
    ("0000000000000007" "0600010400000000", FRAGMENT, "next-header", (1, 40)),
]
IPV6_FINE = [("3c00010400000000" "06001e0200000000", HOP), ("0600000000000000", ROUTING)]
IPV4_CASES = [
    ("830704" "0a4d0009" "00", "source-route", None),
    ("890704" "0a4d0009" "00", "source-route", None),
    ("07000400", "ip-option", (0, 20)),
    ("01070104", "ip-option", (0, 21)),
    ("de090000", "ip-option", (0, 20)),
    # lengths, pointers and room; duplicate options
    ("44030500", "ip-option", (0, 21)),
    ("94020000", "ip-option", (0, 21)),
    ("8307030000000000", "ip-option", (0, 22)),
    ("0707010000000000", "ip-option", (0, 22)),
    ("0707060000000000", "ip-option", (0, 22)),
    ("4408050100000000", "ip-option", (0, 22)),
    ("440405f0", "ip-option", (0, 23)),
    ("0703040703040000", "ip-option", (0, 23)),
    ("8303048903040000", "ip-option", (0, 23)),
]
IPV4_FINE = ["0707040000000000", "de040000", "830708" "0a4d0009" "00", "0707080000000000",
             "4408050000000000"]


class Rules(Case):
    """Options, extension headers and fragments. The kernel sends the errors for its own addresses,
    synackd for virtual addresses."""

    @classmethod
    def setUpClass(cls):
        # Without a capture: the kernel's errors quote packets with faults.
        cls.lab = Odd(cls.__name__, sample=0)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(endpoints(*OWNED.values(), *VIRTUAL.values())))
        cls.lab.learn()

    def expect_problem(self, packets, address, told, **counts):
        """Expects exactly one Parameter Problem about the last of these packets, with the code and
        pointer `told`: from synackd for a virtual address, from the kernel, within its rate limit,
        for its own."""
        before = self.lab.counters()
        got = self.lab.answers(packets, self.lab.mac[address], address)
        after = self.lab.counters()
        grown = {name: after[name] - before[name] for name in after}
        virtual = address in VIRTUAL.values()
        for p in got:
            v4 = p[0] >> 4 == 4
            # The kernel's error may contain the record route option of the packet.
            start, protocol = (4 * (p[0] & 15), 1) if v4 else (40, 58)
            sum_ = b"" if v4 else frames.pseudo(address, CLIENT[6], len(p) - 40, 58)
            self.assertEqual(frames.checksum(sum_ + p[start:]), 0)
            self.assertEqual((p[9 if v4 else 6], p[start]), (protocol, 12 if v4 else 4))
            pointer = p[start + 4] if v4 else int.from_bytes(p[44:48], "big")
            self.assertEqual((p[start + 1], pointer), told)
            self.assertTrue(packets[-1].startswith(p[start + 8:]) and len(p) > start + 28)
        self.assertIn(len(got), (bool(told),) if virtual else (0, 1), address)
        for name, count in counts.items():
            self.assertEqual(grown[name.replace("_", "-")], count, (name, address))
        self.assertEqual(grown["icmp-out"], bool(virtual and told))
        self.assertTrue(echoes(address))

    def expect_answer(self, packets, sport, address):
        v = ipaddress.ip_address(address).version
        got = [frames.Segment(p) for p in
               self.lab.answers(packets, self.lab.mac[address], address)]
        self.assertEqual([(s.src, s.dst, s.dport, s.flags) for s in got],
                         [(address, CLIENT[v], sport, frames.SYN | frames.ACK)])

    def test_extension_headers(self):
        for address in OWNED[6], VIRTUAL[6]:
            for headers, first, counter, told in IPV6_CASES:
                packet, _ = behind(bytes.fromhex(headers), first, CLIENT[6], address)
                counts = {counter: 1}
                if address == OWNED[6] and counter == "next-header":
                    counts = {counter: 0, "not-tcp": int(bool(headers))}
                with self.subTest(headers=headers, address=address):
                    self.expect_problem([packet], address, told, **counts)
            for headers, first in IPV6_FINE:
                packet, sport = behind(bytes.fromhex(headers), first, CLIENT[6], address)
                self.expect_answer([packet], sport, address)

    def test_ipv4_options(self):
        for address in OWNED[4], VIRTUAL[4]:
            for options, counter, told in IPV4_CASES:
                packet, _ = with_options(bytes.fromhex(options), CLIENT[4], address)
                with self.subTest(options=options, address=address):
                    self.expect_problem([packet], address, told, **{counter: 1})
            for options in IPV4_FINE:
                packet, sport = with_options(bytes.fromhex(options), CLIENT[4], address)
                self.expect_answer([packet], sport, address)

    def test_an_echo_with_options(self):
        """synackd answers it for a virtual address."""
        packet = echo(CLIENT[4], VIRTUAL[4])
        for options, kinds in ("01010101", [0]), (IPV4_CASES[0][0], []), (IPV4_CASES[2][0], [12]):
            header = bytearray(packet[:20] + bytes.fromhex(options))
            header[0] += len(header) // 4 - 5
            header[2:4] = struct.pack("!H", len(header) + len(packet) - 20)
            header[10:12] = bytes(2)
            header[10:12] = struct.pack("!H", frames.checksum(bytes(header)))
            got = self.lab.answers([bytes(header) + packet[20:]], self.lab.mac[VIRTUAL[4]],
                                   VIRTUAL[4])
            self.assertEqual([p[20] for p in got], kinds)

    def test_fragments(self):
        for v in 4, 6:
            for address in OWNED[v], VIRTUAL[v]:
                def fragments(*ranges):
                    sport = port()
                    return pieces(frames.tcp(CLIENT[v], address, sport, PORT, frames.SYN,
                                             random.getrandbits(32), options=b"\1" * 20),
                                  *ranges), sport
                with self.subTest(address):
                    self.expect_answer(*fragments((0, 24), (24, 40)), address)
                    self.expect_answer(*fragments((24, 40), (0, 24)), address)
                    # An exact duplicate is no overlap; the same octets in other fragments are.
                    self.expect_answer(*fragments((0, 24), (0, 24), (24, 40)), address)
                    overlap = fragments((0, 24), (16, 40))
                    tiny = fragments((8, 40), (0, 8))
                    if v == 4:
                        self.expect_answer(*overlap, address)
                        self.expect_answer(*tiny, address)
                        continue
                    self.expect_problem(overlap[0], address, None, fragments_overlap=1, fragment=2)
                    self.expect_problem(tiny[0], address, (3, 0), first_fragment=1, fragment=1)


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
