#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/sequence.conf, with the kernel's client."""
import random

from scapy.layers.inet import TCP

from lib import tolerances
from lib.behaviours import check, main


def number(n):
    return n & 0xffffffff


def isns(c):
    """Returns the ISNs of the client and of the responder, in the first valid handshake."""
    client = c.received("S")[0][TCP].seq
    return client, next(p[TCP].seq for p in c.sent("SA") if p[TCP].ack == number(client + 1))


def resets_and_tries_again(c, ack, answers=1):
    """Expects an RST with the acknowledged number, and then a SYN again (RFC 9293 3.10.7.3)."""
    c.survives()
    client = c.received("S")[0][TCP].seq
    synacks = c.sent("SA")
    acks = [number(p[TCP].ack - client) for p in synacks]
    # Both timers are of a second: the right SYN-ACK may cross the client's SYN, and answer it.
    c.equal((acks[:answers], set(acks[answers:])), ([ack] * answers, {1}), "ACKs")
    resets = c.received("R")
    c.equal([number(p[TCP].seq - client) for p in resets], [ack] * answers, "resets")
    syns = c.received("S")
    c.equal({p[TCP].seq for p in syns}, {client}, "the SYNs' sequence number")
    c.linux(syns[1].time - resets[0].time < tolerances.AT_ONCE,
            "it does not wait for its timer")


@check("ack-isn")
def ack_of_the_isn(c):
    resets_and_tries_again(c, 0)


@check("ack-plus")
def ack_too_far(c):
    resets_and_tries_again(c, 2)


@check("ack-plus(octets=70000,times=2)")
def ack_much_too_far_twice(c):
    resets_and_tries_again(c, 70001, 2)


def isn_is(c, isn):
    sock = c.connect()
    for _ in range(3):
        c.echoes(sock, random.randbytes(5000))
    c.closes(sock)
    c.equal({p[TCP].seq for p in c.sent("SA")}, {isn}, "the ISN")
    c.equal(c.sent("R") + c.sent("RA") + c.received("R") + c.received("RA"), [], "resets")


@check("isn-edge")
def isn_before_the_wrap(c):
    isn_is(c, 0xffffffff)


@check("isn-edge=0")
def isn_0(c):
    isn_is(c, 0)


@check("isn-edge=0x7fffffff")
def isn_before_the_sign(c):
    isn_is(c, 0x7fffffff)


@check("isn-edge=0x80000000")
def isn_behind_the_sign(c):
    isn_is(c, 0x80000000)


@check("isn-edge=0xfffffffe")
def isn_two_before_the_wrap(c):
    isn_is(c, 0xfffffffe)


@check("isn-edge=0xfffffffa")
def isn_with_a_wrap_in_the_octets(c):
    isn_is(c, 0xfffffffa)


def intruder(c, seq, ack, length, flags):
    """Waits for the unacceptable segment, given by numbers relative to the ISNs."""
    client, ours = isns(c)
    c.wait(lambda: [p for p in c.sent(flags) if p[TCP].seq == number(ours + seq) and
                    p[TCP].ack == (number(client + ack) if "A" in flags else 0) and
                    len(p[TCP].payload) == length], "the unacceptable segment")


def is_answered(c):
    """Expects an ACK in answer (RFC 9293 3.10.7.4). Linux did not always answer an ACK of the
    future."""
    try:
        return c.wait(lambda: len(c.received("A")) >= 2, "an ACK in answer", 2)
    except AssertionError:
        c.linux(False, "it answers with an ACK")
        return False


def answers_and_goes_on(c, seq, ack, length, flags, answered=True):
    """Expects an ACK with the client's position, and that nothing is delivered and the connection
    continues."""
    sock = c.connect()
    c.wait(lambda: c.received("A"), "the handshake")
    client, ours = isns(c)
    intruder(c, seq, ack, length, flags)
    if answered and is_answered(c):
        again = c.received("A")[1][TCP]
        c.equal((again.seq, again.ack), (number(client + 1), number(ours + 1)), "the answer")
    c.echoes(sock)
    c.closes(sock)
    if not answered:
        # The ACKs of the handshake, of the echo, and of the FIN: none of the discarded segment.
        c.true(len([p for p in c.received("A") if p[TCP].ack == number(ours + 1)]) == 1,
               "no answer")


@check("ack-future")
def ack_of_the_future(c):
    answers_and_goes_on(c, 1, 100001, 0, "A")


@check("ack-old")
def ack_of_long_ago(c):
    answers_and_goes_on(c, 1, 1 - 1500000000, 0, "A")


@check("data-oow-left")
def octets_left_of_the_window(c):
    answers_and_goes_on(c, -99, 1, 7, "PA")


@check("data-oow-right=3000")
def octets_right_of_the_window(c):
    sock = c.connect()
    c.wait(lambda: len(c.received("A")) >= 2, "an ACK in answer")
    ack = c.received("A")[0][TCP]
    scale = dict(c.received("S")[0][TCP].options)["WScale"]
    edge = ack.ack + (ack.window << scale)
    c.equal([number(p[TCP].seq - edge) for p in c.sent("PA")], [3000], "octets from the edge")
    c.equal(c.received("A")[1][TCP].ack, ack.ack, "the ACK in answer")
    c.echoes(sock)
    c.closes(sock)


@check("data-bad-ack")
def octets_with_a_bad_ack(c):
    answers_and_goes_on(c, 1, 100001, 8, "PA")


@check("data-no-ack-flag")
def octets_without_ack(c):
    answers_and_goes_on(c, 1, None, 8, "P", answered=False)


@check("ack-part")
def half_a_segment(c):
    sock = c.connect()
    text = random.randbytes(1000)
    sock.sendall(text)
    c.equal(c.receive(sock, len(text)), text)
    c.echoes(sock)
    c.closes(sock)
    client, _ = isns(c)
    acks = [number(p[TCP].ack - client) for p in c.sent()]
    c.true(501 in acks, f"an ACK of half of it: {acks}")
    again = [p for p in c.received() if number(p[TCP].seq - client) == 501 and p[TCP].payload]
    c.equal(len(again[0][TCP].payload), 500, "retransmitted octets")


@check("ack-dup-storm")
def storm_of_duplicates(c):
    sock = c.connect()
    text = random.randbytes(5000)
    sock.sendall(text)
    c.equal(c.receive(sock, len(text)), text)
    client, _ = isns(c)
    storm = [p for p in c.sent("A") if number(p[TCP].ack - client) == 1]
    c.true(len(storm) >= 50, f"{len(storm)} duplicates")
    c.true(all(not p[TCP].payload for p in storm), "they are empty")
    first = [p for p in c.received() if number(p[TCP].seq - client) == 1 and p[TCP].payload]
    c.true(len(first) <= 2, f"the first octets were sent {len(first)} times")
    c.echoes(sock)
    c.closes(sock)


def probes(c, length):
    _, ours = isns(c)
    return [p for p in c.sent("A") if p[TCP].seq == ours and len(p[TCP].payload) == length]


def is_asked(c, length):
    sock = c.connect()
    c.wait(lambda: len(probes(c, length)) >= 3, "three probes")
    client, ours = isns(c)
    c.wait(lambda: len(c.received("A")) >= 4, "an answer to each probe")
    c.equal({(p[TCP].seq, p[TCP].ack) for p in c.received("A")},
            {(number(client + 1), number(ours + 1))}, "the answers")
    c.echoes(sock)
    c.closes(sock)


@check("keepalive=100ms")
def asked_whether_it_is_there(c):
    is_asked(c, 0)
    times = [p.time for p in probes(c, 0)]
    third = times[2] - c.received("A")[0].time
    c.true(0.3 - tolerances.EARLY <= third < 0.3 + 3 * tolerances.LATE, "every 100 ms")


@check("keepalive(time=100ms,octets=1)")
def asked_with_an_octet(c):
    is_asked(c, 1)


if __name__ == "__main__":
    main("sequence")
