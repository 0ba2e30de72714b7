# SPDX-License-Identifier: MIT
"""Checks of test_behaviours_options.py: selective acknowledgments and timestamps."""
from .options import (number, octets, offsets, option, sent_again, size, stamp, sysctl,
                      transfers)

from scapy.layers.inet import TCP
from scapy.packet import Raw

from .behaviours import check


# --- selective acknowledgments ----------------------------------------------------------------


def blocks(packet):
    """Returns the blocks of the SACK option: [(left, right)]."""
    edges = option(packet, "SAck") or ()
    return list(zip(edges[::2], edges[1::2]))


@check("sack-unasked")
def blocks_that_were_not_agreed_on(c):
    sock = c.connect()
    c.echoes(sock)
    c.echoes(sock)
    c.closes(sock)
    c.equal(option(c.sent("SA")[0], "SAckOK"), None)
    asked = octets(c.received())[0]
    told = [p for p in c.sent() if blocks(p)]
    c.equal(len(told), 1, "segments with blocks")
    end = number(asked[TCP].seq + size(asked))
    c.equal((told[0][TCP].ack, blocks(told[0])), (asked[TCP].seq, [(number(end - 1), end)]))
    c.equal(sent_again(c), set())


def only_the_hole(c, at):
    """Expects that the client retransmits only the segment in the hole, and perhaps the last
    segment as a tail loss probe (RFC 8985)."""
    c.equal(sent_again(c) - {max(offsets(c))[0]}, {at})


@check("sack-hole")
def one_is_lost(c):
    transfers(c, 12000)
    first = octets(c.received())[0][TCP]
    told = [p for p in c.sent() if blocks(p)]
    c.true(len(told) >= 3, "blocks are reported")
    c.true(all(p[TCP].ack == first.seq for p in told), "the hole is the first segment")
    only_the_hole(c, 0)


@check("sack-hole=3")
def the_third_is_lost(c):
    transfers(c, 12000)
    third = offsets(c)[2][0]
    c.true([p for p in c.sent() if blocks(p)], "blocks are reported")
    only_the_hole(c, third)


@check("sack-bogus")
def blocks_of_nothing(c):
    sock = c.connect()
    c.echoes(sock)
    c.echoes(sock)
    c.closes(sock)
    first = octets(c.received())[0]
    seq, end = first[TCP].seq, number(first[TCP].seq + size(first))
    c.equal([blocks(p) for p in c.sent() if blocks(p)],
            [[(number(seq + 100000), number(seq + 101460))], [(end, seq)]])
    c.equal(sent_again(c), set())


@check("sack-renege")
def blocks_that_are_taken_back(c):
    transfers(c, 12000)
    isn = c.received("S")[0][TCP].seq
    told = [[(number(left - isn - 1), number(right - isn - 1)) for left, right in blocks(p)]
            for p in c.sent() if blocks(p)]
    second, third, fourth = [at for at, _ in offsets(c)[1:4]]
    c.equal([[left for left, _ in each] for each in told[:3]], [[second], [third], [fourth]])
    # The blocks were reneged on, so the client must retransmit them.
    c.true({0, second, third, fourth} <= sent_again(c), f"retransmitted: {sent_again(c)}")


# --- timestamps -------------------------------------------------------------------------------


@check("ts-absent")
def no_timestamps(c):
    transfers(c)
    c.equal(stamp(c.sent("SA")[0]), None)
    c.equal([stamp(p) for p in c.received() if p[TCP].flags != "S" and stamp(p)], [])


@check("ts-unasked")
def timestamps_that_were_not_agreed_on(c):
    transfers(c)
    c.true(stamp(c.received("S")[0]), "the client offers timestamps")
    c.equal(stamp(c.sent("SA")[0]), None)
    c.true(all(stamp(p) for p in c.sent() if p[TCP].flags != "SA"), "others have timestamps")
    c.equal([stamp(p) for p in c.received() if p[TCP].flags != "S" and stamp(p)], [])
    c.equal(sent_again(c), set())


@check("ts-unasked", alone=True)
def timestamps_that_were_not_offered(c):
    with sysctl("tcp_timestamps", 0):
        transfers(c)
    c.equal([p for p in c.received() if stamp(p)], [])
    c.true(all(stamp(p) for p in c.sent()), "all segments of the responder have timestamps")


@check("ts-bad-ecr")
def an_echo_of_nothing(c):
    c.survives()
    wrong, right = c.sent("SA")[:2]
    syn, again = c.received("S")[:2]
    c.equal(stamp(wrong)[1], number(stamp(syn)[0] + 1000000))
    # The client treats it as a segment of an old connection.
    resets = [(p[TCP].seq, wrong.time < p.time < right.time) for p in c.received("R")]
    c.linux(resets == [(wrong[TCP].ack, True)], f"it resets, and repeats its SYN: {c.sequence()}")
    c.equal(again[TCP].seq, syn[TCP].seq)
    c.equal(stamp(right)[1], stamp(again)[0])


@check("ts-zero")
def a_clock_at_0(c):
    transfers(c)
    c.equal(stamp(c.sent("SA")[0])[0], 0)
    c.equal(stamp(c.received("A")[0])[1], 0, "TSecr of the client")


@check("ts-drop")
def a_segment_without(c):
    transfers(c)
    without = [p for p in c.sent() if not stamp(p)]
    c.equal(len(without), 1, "segments without timestamps")
    c.true(stamp(c.sent("SA")[0]) and without[0] is c.sent()[1], "the first segment has none")
    c.equal(c.received("R"), [])
    numbers = [p[TCP].seq for p in octets(c.sent())]
    c.linux(len(set(numbers)) == len(numbers), "it accepts the segment, against RFC 7323")


def old_copy(c):
    """Returns the responder's first segment with octets, which is a copy with other octets, and the
    true segment after it."""
    copy, true = octets(c.sent())[:2]
    c.equal((copy[TCP].seq, size(copy)), (true[TCP].seq, size(true)))
    c.true(copy[Raw].load.startswith(b"old ") and copy[Raw].load != true[Raw].load, "it differs")
    return copy, true


@check("ts-back")
def a_timestamp_from_the_past(c):
    sock = c.connect()
    c.echoes(sock)
    c.echoes(sock)
    c.closes(sock)
    copy, true = old_copy(c)
    c.equal(number(stamp(true)[0] - stamp(copy)[0]), 0x40000000)
    # PAWS: the segment is acknowledged without being accepted.
    c.true([p for p in c.received("A") if copy.time < p.time and p[TCP].ack == copy[TCP].seq],
           "the client acknowledges its position")


@check("ts-jump")
def timestamps_over_half_of_their_range(c):
    sock = c.connect()
    c.echoes(sock)
    c.echoes(sock)
    c.closes(sock)
    copy, true = old_copy(c)
    c.equal(number(stamp(copy)[0] - stamp(true)[0]), 0x81000000)
    c.true([p for p in c.received("A") if copy.time < p.time and p[TCP].ack == copy[TCP].seq],
           "the client acknowledges its position")
    later = stamp(octets(c.sent())[2])[0]
    c.true(0 <= number(later - stamp(true)[0]) - 0x7f000000 < 60000, "the next timestamp is ahead")
    c.equal(stamp(c.received()[-1])[1], stamp(c.sent()[-1])[0], "TSecr of the client")


@check("ts-rst", ends="it is reset")
def a_reset_from_the_past(c):
    sock = c.connect()
    c.echoes(sock)
    c.raises(ConnectionResetError, sock.recv, 1)
    reset, before = c.sent("RA")[0], c.sent("PA")[-1]
    age = number(stamp(before)[0] - stamp(reset)[0])
    c.true(0x3fff0000 < age <= 0x40000000, "its timestamp is old")
    c.equal(reset[TCP].seq, number(before[TCP].seq + size(before)))
