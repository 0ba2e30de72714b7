# SPDX-License-Identifier: MIT
"""Shared code of the checks of conf/behaviours/options.conf: segments and their options as decoded
by Scapy, and the segments of a client at such an address."""
import contextlib
import pathlib
import random

from scapy.layers.inet import TCP
from scapy.packet import Raw

LENGTH, NOPS = "option length should be", "4 NOP in a row"
NO_MSS, PADDING = "does not contain a MSS option", "Non-zero header padding"
ON_PURPOSE = "the behaviour sends it"


def number(n):
    return n & 0xffffffff


def option_octets(packet):
    """Returns the octets between header and payload."""
    return packet[TCP].original[20:packet[TCP].dataofs * 4]


def option(packet, name):
    """Returns the value of the first option of this name, or None if there is none."""
    return next((value for each, value in packet[TCP].options if each == name), None)


def names(packet):
    return [name for name, _ in packet[TCP].options]


def octets(packets):
    """Returns the packets with octets."""
    return [p for p in packets if Raw in p]


def size(packet):
    return len(packet[Raw].load)


def fresh(c):
    """Returns the client's segments with octets, without retransmissions."""
    seen = {}
    for p in octets(c.received()):
        seen.setdefault(p[TCP].seq, p)
    return list(seen.values())


def largest(c):
    """Returns the number of octets in the client's largest segment."""
    return max(size(p) for p in octets(c.received()))


def default_mss(c):
    return 536 if c.version == 4 else 1220


def link_mss(c):
    return 1460 if c.version == 4 else 1440


def transfers(c, count=6000):
    """Transfers more than one segment both ways, and closes."""
    sock = c.connect()
    c.echoes(sock, random.randbytes(count))
    c.closes(sock)
    return sock


def segments_of(c, mss, stamped=True):
    """Expects that the client's largest segment has the size of the MSS, less timestamps."""
    transfers(c)
    c.equal(largest(c), mss - 12 * stamped, "octets in the largest segment")


@contextlib.contextmanager
def sysctl(name, value):
    """Changes a sysctl of the client's kernel, for a check that runs alone."""
    path = pathlib.Path("/proc/sys/net/ipv4") / name
    before = path.read_text()
    path.write_text(str(value))
    try:
        yield
    finally:
        path.write_text(before)


def offsets(c):
    """Returns [(offset in the client's stream, length)] of its segments with octets, in order."""
    isn = c.received("S")[0][TCP].seq
    return [(number(p[TCP].seq - isn - 1), size(p)) for p in octets(c.received())]


def sent_again(c):
    """Returns the offsets that the client sent more than once."""
    found = offsets(c)
    return {at for i, (at, _) in enumerate(found) if at in [a for a, _ in found[:i]]}


def stamp(packet):
    return option(packet, "Timestamp")
