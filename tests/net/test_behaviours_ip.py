#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/ip.conf, with the kernel's client."""
from lib import lab, tolerances

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import (ICMPv6ParamProblem, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrHopByHop)
from scapy.packet import Padding

from lib.behaviours import check, main


def ip(packet):
    return packet[IP] if IP in packet else packet[IPv6]


def traffic_class(packet):
    return packet[IP].tos if IP in packet else packet[IPv6].tc


def ecn(packet):
    return traffic_class(packet) & 3


def data(packets):
    return [p for p in packets if p[TCP].payload and bytes(p[TCP].payload)]


def offers_ecn(c):
    """Makes the kernel's client offer ECN to this address."""
    lab.run("ip", "-n", c.bench.lab.client, "route", "replace",
            f"{c.address}/{32 if c.version == 4 else 128}", "dev", "eth0", "features", "ecn")


SMALL = {"Time To Live": "the behaviour sends a small one"}
PIECES = {"was not verified": "it cannot be before all fragments have arrived"}


@check("ip-ttl", lies=SMALL)
def ttl_one(c):
    c.survives()
    c.equal({ip(p).ttl if c.version == 4 else ip(p).hlim for p in c.sent()}, {1})


@check("ip-ttl=0", lies=SMALL)
def ttl_zero(c):
    c.survives()  # Linux ignores it, because it is not a router here
    c.equal({ip(p).ttl if c.version == 4 else ip(p).hlim for p in c.sent()}, {0})


@check("ip-dscp(dscp=46,other=10)")
def dscp(c):
    c.survives()
    values = [traffic_class(p) >> 2 for p in c.sent()]
    c.equal(values, [46, 10] * (len(values) // 2) + [46] * (len(values) % 2))
    c.true(len(values) >= 4, "SYN-ACK, octets, ACK, FIN")


@check("ip-ect-synack")
def ect_on_the_synack(c):
    c.survives()
    c.equal([ecn(p) for p in c.sent()], [2] + [0] * (len(c.sent()) - 1))


@check("ip-ect-synack=ect1")
def ect_1_on_the_synack(c):
    c.survives()
    c.equal(ecn(c.sent("SA")[0]), 1)


@check("ip-ect-synack=ce")
def ce_on_the_synack(c):
    c.survives()
    c.equal(ecn(c.sent("SA")[0]), 3)


@check("ip-ce")
def ce(c):
    offers_ecn(c)
    sock = c.connect()
    c.true("SEC" in c.sequence(), "the client offers ECN")
    for _ in range(4):
        c.echoes(sock)
    c.equal([ecn(p) for p in data(c.sent())], [3, 2, 2, 2])
    marked, *others = data(c.sent())
    reduced = next(p for p in others if "C" in str(p[TCP].flags))
    answers = [p for p in c.received() if marked.time < p.time < reduced.time]
    c.equal({"E" in str(p[TCP].flags) for p in answers}, {True}, "ECE until CWR")
    c.closes(sock)
    later = [p for p in c.received() if p.time > others[-1].time]
    c.equal({"E" in str(p[TCP].flags) for p in later}, {False}, "ECE after the CWR")


@check("ip-ce=2")
def ce_without_ecn(c):
    sock = c.connect()
    for _ in range(3):
        c.echoes(sock)
    c.closes(sock)
    c.equal([ecn(p) for p in data(c.sent())], [3, 3, 0])
    c.equal([p for p in c.received() if "E" in str(p[TCP].flags)], [], "ECE of the client")


def fragments(c):
    """Returns the responder's fragments: (offset, more, octets)."""
    if c.version == 4:
        return [(p[IP].frag, bool(p[IP].flags.MF), p[IP].len - 4 * p[IP].ihl)
                for p in c.packets if p.ours and IP in p and (p[IP].frag or p[IP].flags.MF)]
    return [(p[IPv6ExtHdrFragment].offset, bool(p[IPv6ExtHdrFragment].m), p[IPv6].plen - 8)
            for p in c.packets if p.ours and IPv6ExtHdrFragment in p]


@check("ip-frag", lies=PIECES)
def fragmented(c):
    sock = c.connect()
    c.equal(fragments(c), [(0, True, 24), (3, False, 16)], "20 octets of TCP and 20 of options")
    c.echoes(sock)
    c.closes(sock)
    c.equal(len(fragments(c)), 2, "fragments, all of the SYN-ACK")


@check("ip-frag=8", lies=PIECES)
def in_tiny_fragments(c):
    if c.version == 4:
        c.survives()
    else:  # Linux: RFC 7112, a first fragment has all headers
        c.raises(TimeoutError, c.connect, 0.5)
        c.equal({(p[ICMPv6ParamProblem].code, p[ICMPv6ParamProblem].ptr) for p in c.packets
                 if not p.ours and ICMPv6ParamProblem in p}, {(3, 0)})
    c.equal(fragments(c)[:5], [(i, i < 4, 8) for i in range(5)])


@check("ip-options", versions=(4,), why="IPv6 has no such options")
def options(c):
    c.survives()
    # Unknown, record route, timestamp (which Scapy 2.5 does not decode fully), padding.
    c.equal({bytes(p)[34:66].hex() for p in c.sent()},
            {"de040000" "01" "070b040000000000000000" "440c05000000000000000000" "01" "000000"})
    c.equal({p[IP].ihl for p in c.sent()}, {13})


@check("ip-options=\"alert\"", versions=(4,))
def router_alert(c):
    c.survives()
    c.equal({bytes(p[IP])[20:24] for p in c.sent()}, {b"\x94\x04\0\0"})


@check("ip-options=\"raw de00\"", versions=(4,),
       lies={"too-short option length": "the length is 0"})
def option_of_no_length(c):
    # Linux discards such a packet, and sends a Parameter Problem (RFC 1122 3.2.2.5).
    c.raises(TimeoutError, c.connect, 1)
    c.true(len(c.received("S")) >= 1 and c.sent("SA"), "a SYN and its answer")
    problems = [p for p in c.packets if not p.ours and "ICMP" in p and p["ICMP"].type == 12]
    c.true(problems, "parameter problems")


@check("ip-len-long", lies={"exceeds": "the behaviour sends such a length"})
def length_beyond_the_frame(c):
    c.survives()
    first, second = c.sent("SA")[0], c.sent("SA")[1]
    length = {4: lambda p: p[IP].len, 6: lambda p: p[IPv6].plen}[c.version]
    c.equal(length(first) - length(second), 100)
    c.equal([p for p in c.received("A") if p.time < second.time], [], "ACKs of the first")
    c.equal(len({p[TCP].seq for p in c.received("S")}), 1, "ISNs of the client")


@check("ip-trailer=\"behind the end\"")
def trailer(c):
    c.survives()
    c.equal({p[Padding].load if Padding in p else None for p in c.sent()}, {b"behind the end"})


@check("ip6-ext", versions=(6,), why="IPv4 has no extension headers")
def extension_headers(c):
    c.survives()
    synack = c.sent("SA")[0]
    c.equal(bytes(synack[IPv6ExtHdrHopByHop])[:8].hex(), "3c00010400000000")
    c.equal(bytes(synack[IPv6ExtHdrDestOpt])[:8].hex(), "06001e0200000100")


@check("ip6-ext(headers=fragment)", versions=(6,))
def atomic_fragment(c):
    c.survives()
    c.equal(bytes(c.sent("SA")[0][IPv6ExtHdrFragment])[:8].hex(), "0600000000000000")


@check("ip6-ext(headers=kind 253 00)", versions=(6,),
       lies={"was not verified": "the behaviour hides the checksum"})
def unknown_header(c):
    c.survives()
    c.true(c.sent("SA")[0].time - c.received("S")[0].time > tolerances.SYN_AGAIN,
           "the first SYN-ACK is discarded")
    problem = [p for p in c.packets if not p.ours and ICMPv6ParamProblem in p]
    c.equal([(p[ICMPv6ParamProblem].code, p[ICMPv6ParamProblem].ptr) for p in problem], [(1, 6)],
            "the client's parameter problem: an unknown Next Header, in the IPv6 header")


if __name__ == "__main__":
    main("ip")
