#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/reset.conf, with the kernel's client."""
from scapy.layers.inet import TCP

from lib import tolerances
from lib.behaviours import check, main


def number(n):
    return n & 0xffffffff


def expected(c):
    """Returns the sequence number that the client expects: the ACK of its last segment."""
    return c.received("A")[-1][TCP].ack


def is_reset(c, flags, seq=None):
    """Expects octets both ways, and then a reset with the sequence number that the client
    expects."""
    sock = c.connect()
    c.echoes(sock)
    c.raises(ConnectionResetError, sock.recv, 1)
    reset, = c.sent(flags)
    c.equal(reset[TCP].seq, expected(c), "its number")
    return reset


@check("rst-exact", ends="the connection is reset")
def exact(c):
    reset = is_reset(c, "R")
    c.true(reset.time - c.received("A")[0].time > 0.5 - tolerances.EARLY,
           "500 ms after the handshake")


@check("rst-data(text=off with you)", ends="the connection is reset")
def with_octets(c):
    reset = is_reset(c, "R")
    c.equal(bytes(reset[TCP].payload), b"off with you")


@check("rst-bad-ack-est", ends="the connection is reset")
def with_a_wild_ack(c):
    reset = is_reset(c, "RA")
    sent = c.received("PA")[-1][TCP]
    c.equal(number(reset[TCP].ack - sent.seq - len(sent.payload)), 1000000)


def goes_on(c, sock):
    c.echoes(sock)
    c.closes(sock)
    c.equal(c.received("R") + c.received("RA"), [], "resets by the client")


@check("rst-in-window")
def inside_the_window(c):
    sock = c.connect()
    c.wait(lambda: len(c.received("A")) >= 2, "a challenge ACK")
    first, challenge = [p[TCP] for p in c.received("A")][:2]
    c.equal(number(c.sent("R")[0][TCP].seq - first.ack), 1000, "octets from the edge")
    c.equal((challenge.seq, challenge.ack), (first.seq, first.ack), "the challenge ACK")
    goes_on(c, sock)


@check("rst-out-window(octets=5000,times=2)")
def outside_the_window(c):
    sock = c.connect()
    c.wait(lambda: len(c.sent("R")) == 4, "four resets")
    ack = c.received("A")[0][TCP]
    window = ack.window << dict(c.received("S")[0][TCP].options)["WScale"]
    c.equal([number(p[TCP].seq - ack.ack) for p in c.sent("R")],
            [number(-5000)] * 2 + [window + 5000] * 2)
    goes_on(c, sock)
    c.equal([p[TCP].ack for p in c.received("A")].count(ack.ack), 1, "ACKs of the handshake")


@check("rst-zero-window", ends="the connection is reset")
def with_the_window_closed(c):
    sock = c.connect()  # the client never reads
    c.wait(lambda: c.sent("R"), "the reset")
    closed = c.received("A")[-1][TCP]
    c.equal((closed.window, c.sent("R")[0][TCP].seq), (0, closed.ack), "window and number")
    c.raises(ConnectionResetError, read_all, sock)


def read_all(sock):
    while sock.recv(65536):
        pass


@check("challenge-limit")
def challenges_are_counted(c):
    sock = c.connect()
    c.wait(lambda: len(c.sent("R")) == 100, "a hundred RSTs")
    resets = c.sent("R")
    c.true(resets[-1].time - c.received("A")[0].time > 0.99 - tolerances.EARLY,
           "10 ms from one to the next")
    answers = len(c.received("A")) - 1
    c.true(1 <= answers <= 10, f"{answers} challenge ACKs")
    challenges = c.received("A")[1:answers + 1]
    c.linux(all(b.time - a.time > 0.5 - 5 * tolerances.EARLY
                for a, b in zip(challenges, challenges[1:])),
            "no two challenge ACKs in half a second")
    goes_on(c, sock)


if __name__ == "__main__":
    main("reset")
