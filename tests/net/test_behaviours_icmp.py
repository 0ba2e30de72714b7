#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/icmp.conf, with the kernel's client."""
import errno
import os
import random

from scapy.layers.inet import ICMP, IP, IPerror, TCP, TCPerror
from scapy.layers.inet6 import IPerror6, IPv6

from lib import lab
from lib.behaviours import check, main


def message(packet):
    """Returns (type, code), and the 32 bits after the checksum."""
    octets = bytes(packet[IP].payload if IP in packet else packet[IPv6].payload)
    return (octets[0], octets[1]), int.from_bytes(octets[4:8], "big")


def quoted(packet):
    """Returns the quoted packet as (client's address, server's address, SEQ)."""
    outer = packet[IPerror] if IPerror in packet else packet[IPerror6]
    return outer.src, outer.dst, packet[TCPerror].seq


def right_checksum(packet):
    again = packet.copy()
    name = "chksum" if ICMP in packet else "cksum"
    layer = again[IP].payload if IP in packet else again[IPv6].payload
    layer.delfieldval(name)
    rebuilt = type(packet)(bytes(again))
    layer = rebuilt[IP].payload if IP in packet else rebuilt[IPv6].payload
    return getattr(layer, name) == getattr(packet[IP].payload if IP in packet else
                                           packet[IPv6].payload, name)


def is_refused(c, kinds, errors):
    """Expects that the SYN draws one of `kinds` (IPv4, IPv6) with the right quote, and that Linux
    reports one of `errors` at once."""
    error = c.raises(OSError, lab.fail_to_connect, c.connect)
    index = (c.version == 6)
    c.linux(error.errno == errors[index], f"it reports {os.strerror(errors[index])}, not {error}")
    syn = c.received("S")[0]
    answer = c.icmp()[0]
    c.equal(message(answer)[0], kinds[index])
    c.equal(quoted(answer)[1:], (c.address, syn[TCP].seq))
    c.true(right_checksum(answer), "the checksum is right")
    c.linux(len(c.received("S")) == 1, "it gives up at once, against MUST-56")
    c.equal(c.sent(), [], "segments of the responder")


@check("icmp-port", ends="no connection is ever established")
def port(c):
    is_refused(c, ((3, 3), (1, 4)), (errno.ECONNREFUSED, errno.ECONNREFUSED))


@check("icmp-proto", ends="no connection is ever established")
def proto(c):
    is_refused(c, ((3, 2), (4, 1)), (errno.ENOPROTOOPT, errno.EPROTO))
    if c.version == 6:
        c.equal(message(c.icmp()[0])[1], 6, "the pointer: Next Header")


@check("icmp-net", ends="no connection is ever established")
def net(c):
    is_refused(c, ((3, 0), (1, 0)), (errno.ENETUNREACH, errno.ENETUNREACH))


@check("icmp-host", ends="no connection is ever established")
def host(c):
    is_refused(c, ((3, 1), (1, 3)), (errno.EHOSTUNREACH, errno.EHOSTUNREACH))


@check("icmp-admin", ends="no connection is ever established")
def admin(c):
    is_refused(c, ((3, 13), (1, 1)), (errno.EHOSTUNREACH, errno.EACCES))


@check("icmp-ttl", ends="no connection is ever established")
def ttl(c):
    is_refused(c, ((11, 0), (3, 0)), (errno.EHOSTUNREACH, errno.EHOSTUNREACH))


@check("icmp-quench=3", versions=(4,), why="ICMPv6 has no source quench")
def quench(c):
    sock = c.connect()
    for _ in range(5):
        c.echoes(sock)
    c.closes(sock)
    c.equal([message(p)[0] for p in c.icmp()], [(4, 0)] * 3)
    c.equal([quoted(p)[2] for p in c.icmp()], [p[TCP].seq for p in c.received("PA")[:3]])


def size(packet):
    return packet[IP].len if IP in packet else 40 + packet[IPv6].plen


def transfer(c, count=20000):
    """Sends octets and reads their echo. Returns the sizes of the client's packets with octets."""
    sock = c.connect()
    text = random.randbytes(count)
    sock.sendall(text)
    c.equal(c.receive(sock, count), text)
    c.closes(sock)
    return [size(p) for p in c.received() if p[TCP].payload]


@check("icmp-toobig=1300")
def too_big(c):
    sizes = transfer(c)
    c.equal(message(c.icmp()[0]), ((3, 4) if c.version == 4 else (2, 0), 1300))
    told = c.icmp()[-1].time
    c.true(max(sizes) > 1300, "the client's first packets have the size of its MTU")
    late = [size(p) for p in c.received() if p[TCP].payload and p.time > told]
    c.equal(max(late), 1300, "the largest packet after the error")
    c.connect()
    mss = dict(c.received("S")[-1][TCP].options)["MSS"]
    c.linux(mss == 1300 - (40 if c.version == 4 else 60), f"it remembers: its next MSS is {mss}")


@check("icmp-toobig=600", versions=(4,))
def too_big_for_ethernet(c):
    transfer(c)
    told = c.icmp()[-1].time
    c.equal(max(size(p) for p in c.received() if p[TCP].payload and p.time > told), 600)


def has_a_floor(c, sizes):
    """Linux 6.18 assumes no path MTU below 552 octets (min_pmtu), or 1280 over IPv6 (RFC 8201 4). A
    few packets may be smaller: the remainders when it segments again."""
    c.true(sorted(sizes)[len(sizes) // 4] >= (500 if c.version == 4 else 1280), f"{sorted(sizes)}")


@check("icmp-toobig-tiny")
def tiny(c):
    sizes = transfer(c)
    c.equal(message(c.icmp()[0]), ((3, 4) if c.version == 4 else (2, 0), 68))
    has_a_floor(c, sizes)


@check("icmp-toobig-tiny=0")
def no_mtu(c):
    sizes = transfer(c)
    c.equal(message(c.icmp()[0])[1], 0)
    has_a_floor(c, sizes)


@check("icmp-toobig-tiny=9000")
def wider(c):
    sizes = transfer(c)
    c.equal(message(c.icmp()[0])[1], 9000)
    c.equal(max(sizes), 1500, "the largest packet is bounded by the client's link")


@check("icmp-bad-quote")
def bad_quote(c):
    c.survives()
    c.equal(len(c.received("S")), 1, "SYNs: the error has no effect")
    c.equal((quoted(c.icmp()[0])[2] - c.received("S")[0][TCP].seq) % (1 << 32), 1000000)
    c.true(right_checksum(c.icmp()[0]), "the checksum is right")
    c.true(c.icmp()[0].time <= c.sent("SA")[0].time, "the error precedes the SYN-ACK")


@check("icmp-est=300ms")
def established(c):
    sock = c.connect()
    c.echoes(sock)
    c.equal(quoted(c.icmp()[0])[2], c.received("PA")[0][TCP].seq,
            "the first error quotes the octets")
    c.wait(lambda: len(c.icmp()) == 2, "another one")
    c.equal(quoted(c.icmp()[1])[2], c.received()[-1][TCP].seq +
            len(c.received()[-1][TCP].payload) & 0xffffffff,
            "the second error quotes the client's position")
    c.equal({message(p)[0] for p in c.icmp()}, {(3, 3) if c.version == 4 else (1, 4)})
    c.echoes(sock)  # Linux ignores the error
    c.closes(sock)


@check("icmp-then-accept")
def then_accept(c):
    sock = c.socket()
    error = sock.connect_ex((c.address, c.port))
    c.wait(lambda: c.sent("SA") and len(c.sequence()) > 2, "the SYN-ACK, and its answer")
    c.linux((error, c.sequence()) == (errno.ENETUNREACH, ["S", "SA", "R"]),
            f"it gives up at the error, and resets the SYN-ACK: {error}, {c.sequence()}")
    # A client that retries connects.
    c.by_hand()
    c.equal(len(c.icmp()), 3, "errors, one of them for the query for the gateway")


if __name__ == "__main__":
    main("icmp")
