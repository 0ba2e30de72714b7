#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/header.conf, with the kernel's client."""
import random

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6

from lib import tolerances
from lib.behaviours import check, main


def tcp_octets(packet):
    """Returns the header, options and payload that the IP length covers."""
    if IPv6 in packet:
        return bytes(packet[IPv6].payload)[:packet[IPv6].plen]
    return bytes(packet[IP].payload)[:packet[IP].len - 4 * packet[IP].ihl]


def right_checksum(packet):
    """Returns the checksum that Scapy computes."""
    again = packet.copy()
    del again[TCP].chksum
    return type(packet)(bytes(again))[TCP].chksum


def first_is_lost(c):
    """Expects that the client discards the first answer, and accepts the next one, to its SYN or to
    a retransmission of it, after a second. The connection then works normally."""
    c.survives()
    syns = c.received("S")
    c.true(c.received("A")[0].time - syns[0].time > tolerances.SYN_AGAIN,
           "the connection opens a second later")
    c.equal({s[TCP].seq for s in syns}, {syns[0][TCP].seq}, "sequence numbers of the SYNs")
    c.equal(c.received("R") + c.received("RA"), [], "resets by the client")


@check("hdr-bad-cksum", lies={"TCP checksum": "the behaviour sends a wrong checksum"})
def bad_checksum(c):
    first_is_lost(c)
    for i, synack in enumerate(c.sent("SA")):
        c.equal(synack[TCP].chksum == right_checksum(synack), i > 0, f"checksum {i} is right")


@check("hdr-zero-cksum", lies={"TCP checksum": "the behaviour sends a checksum of 0"})
def zero_checksum(c):
    first_is_lost(c)
    synacks = c.sent("SA")
    c.equal(synacks[0][TCP].chksum, 0)
    c.equal(synacks[1][TCP].chksum, right_checksum(synacks[1]))


@check("hdr-zero-cksum=2", lies={"TCP checksum": "the behaviour sends a checksum of 0"})
def zero_checksum_twice(c):
    first_is_lost(c)
    c.equal([s[TCP].chksum == 0 for s in c.sent("SA")][:3], [True, True, False])


SHORT = {"Bogus TCP header length": "the behaviour sends such a data offset",
         "was not verified": "the checksum is outside the header"}
LONG = {"Short segment": "the behaviour sends such a data offset", "alformed": "the same"}
CUT = {"alformed": "the behaviour sends half a header", "was not verified": "it has no checksum"}


@check("hdr-doff-short", lies=SHORT)
def short_offset(c):
    first_is_lost(c)
    synacks = c.sent("SA")
    c.equal(synacks[0][TCP].dataofs, 4)
    c.true(4 * synacks[1][TCP].dataofs == len(tcp_octets(synacks[1])),
           "the second SYN-ACK is right")


@check("hdr-doff-short=0", lies=SHORT)
def no_offset(c):
    first_is_lost(c)
    c.equal(c.sent("SA")[0][TCP].dataofs, 0)


@check("hdr-doff-long", lies=LONG)
def long_offset(c):
    first_is_lost(c)
    synacks = c.sent("SA")
    c.equal(synacks[0][TCP].dataofs, 15)
    c.true(len(tcp_octets(synacks[0])) < 60, "the data offset exceeds the segment")
    c.true(4 * synacks[1][TCP].dataofs == len(tcp_octets(synacks[1])),
           "the second SYN-ACK is right")


def first_answer(c):
    """Returns the first answer to the first SYN, whether or not Scapy decodes TCP in it."""
    return next(p for p in c.packets if p.ours and (IPv6 in p or IP in p) and
                (p[IPv6].nh if IPv6 in p else p[IP].proto) == 6)


@check("hdr-truncated", lies=CUT)
def truncated(c):
    first_is_lost(c)
    octets = tcp_octets(first_answer(c))
    c.equal(len(octets), 12)
    c.equal(octets[:2], c.port.to_bytes(2, "big"), "the source port")


@check("hdr-truncated=19", lies={"Short segment": "the behaviour sends a header of 19 octets",
                                 "alformed": "the same"})
def truncated_by_one(c):
    first_is_lost(c)
    c.equal(len(tcp_octets(first_answer(c))), 19)


@check("hdr-truncated=0", lies=CUT)
def truncated_to_nothing(c):
    first_is_lost(c)
    c.equal(tcp_octets(first_answer(c)), b"")


@check("hdr-reserved")
def reserved_bits(c):
    c.survives()
    sent = c.sent()
    c.true(len(sent) >= 4, "SYN-ACK, ACKs, octets, FIN")
    c.equal({(p[TCP].reserved, "N" in str(p[TCP].flags)) for p in sent}, {(7, False)})


@check("hdr-null", lies={
    "does contain a MSS option": "the behaviour sends a SYN-ACK without flags",
    "ACK flag is not set": "the same"})
def no_flags(c):
    first_is_lost(c)
    c.equal(len(c.sent("")), 1, "segments without flags")
    c.equal(c.sent("")[0][TCP].ack, c.received("S")[0][TCP].seq + 1 & 0xffffffff)


@check("hdr-xmas", ends="the connection is reset")
def all_flags(c):
    # connect() itself may raise the error if the segment arrives early.
    c.raises(ConnectionResetError, lambda: c.connect().recv(1))
    tree = c.sent("FSRPAU")[0][TCP]
    c.equal(tree.seq, c.sent("SA")[0][TCP].seq + 1 & 0xffffffff, "RCV.NXT of the client")
    c.equal(tree.ack, c.received("S")[0][TCP].seq + 1 & 0xffffffff)


@check("hdr-xmas=SYN-RECEIVED")
def all_flags_to_the_syn(c):
    c.raises(ConnectionRefusedError, c.connect)
    c.equal(c.sequence(), ["S", "FSRPAU"])


@check("hdr-syn-fin", ends="the responder has closed: octets flow one way")
def syn_and_fin(c):
    sock = c.connect()
    c.equal(sock.recv(1), b"", "the FIN, or its retransmission")
    c.true(c.received("SA"), "the client answers as in a simultaneous open")
    c.equal(len(c.sent("FS")), 1, "SYN and FIN")
    # The client can still send octets, and close.
    text = random.randbytes(100)
    sock.sendall(text)
    sock.close()
    c.wait(lambda: c.received("FA") + c.received("FPA"), "the client's FIN")
    acked = c.received("SA")[0][TCP].seq + 1 + len(text) + 1 & 0xffffffff
    c.wait(lambda: any(p[TCP].ack == acked for p in c.sent("A")), "the ACK of all octets")


@check("hdr-syn-rst")
def syn_and_rst(c):
    first_is_lost(c)
    c.equal(len(c.sent("SR")), 1, "SYN and RST")


@check("urg-synack")
def urgent_synack(c):
    c.survives()
    c.equal([p[TCP].urgptr for p in c.sent("SAU")], [1])


@check("urg-synack=65535")
def urgent_synack_far(c):
    c.survives()
    c.equal([p[TCP].urgptr for p in c.sent("SAU")], [65535])


@check("urg-zero")
def urgent_zero(c):
    sock = c.connect()
    sock.sendall(b"abc")
    got = c.receive(sock, 2)
    if got == b"ab":
        got = c.receive(sock, 1) and b"abc"
    c.linux(got == b"bc", "it treats the octet at an urgent pointer of 0 as urgent")
    c.equal([p[TCP].urgptr for p in c.sent("PAU")], [0])
    c.echoes(sock)
    c.closes(sock)


@check("urg-beyond")
def urgent_beyond(c):
    sock = c.connect()
    sock.sendall(b"abc")
    c.equal(c.receive(sock, 3), b"abc")
    c.equal([p[TCP].urgptr for p in c.sent("PAU")], [10000])
    c.echoes(sock)
    c.closes(sock)


@check("psh-none")
def no_push(c):
    sock = c.connect()
    c.echoes(sock)
    c.echoes(sock, random.randbytes(20000))
    c.closes(sock)
    c.equal([p for p in c.sent() if "P" in str(p[TCP].flags)], [])


if __name__ == "__main__":
    main("header")
