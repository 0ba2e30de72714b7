#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/timing.conf, with the kernel's client. The random numbers differ in every run and
depend on the order of all checks of this program, so a seed would not reproduce them. Each check
states the probability that a correct daemon fails it over IPv4 or IPv6: below 10 ** -6.

A segment that is lost repeatedly must not exhaust the timeout of the check. With retransmission
timeouts that double from RTO on, the last transmission within the timeout of 60 s is k + 1 with 2
** k - 1 <= 60 s / RTO: the 9th at Linux's 200 ms, the 11th at 50 ms."""
import random
import socket

from scapy.layers.inet import TCP

from lib import tolerances
from lib.behaviours import check, main


def gaps(packets):
    return [float(b.time - a.time) for a, b in zip(packets, packets[1:])]


def data(packets):
    return [p for p in packets if p[TCP].payload]


UNLUCKY = 60  # timeout for a series of losses, in seconds


def sends(c, sock, count, size=50):
    """Sends segments of the client, each answered before the next."""
    for _ in range(count):
        c.echoes(sock, random.randbytes(size))


def right_checksum(packet):
    """Returns the checksum that Scapy computes."""
    again = packet.copy()
    del again[TCP].chksum
    return type(packet)(bytes(again))[TCP].chksum


def number(packets):
    """Returns (SEQ, octets) of each packet."""
    return [(p[TCP].seq, bytes(p[TCP].payload)) for p in packets]


def by_text(packets):
    """Returns the first packet with each payload."""
    return {bytes(p[TCP].payload): p for p in reversed(data(packets))}


@check("drop-nth=2")
def drop_nth(c):
    sock = c.connect()
    sends(c, sock, 3)
    c.closes(sock)
    seen = number(data(c.received()))
    again = [s for s in seen if seen.count(s) > 1]
    c.equal(again, [seen[1], seen[1]], "retransmissions")
    both = [p for p in data(c.received()) if number([p])[0] == seen[1]]
    c.true(gaps(both)[0] > tolerances.DATA_AGAIN, "after the timeout")


@check("drop-nth(n=1,class=SYN)")
def drop_nth_syn(c):
    c.survives()
    c.equal(c.sequence()[:4], ["S", "S", "SA", "A"])
    c.true(gaps(c.received("S"))[0] > tolerances.SYN_AGAIN, "after the timeout")


@check("drop-nth(class=FIN)")
def drop_nth_fin(c):
    c.survives()
    c.equal(len(c.received("FA")), 2, "FINs of the client")


# Chance that none of 150 segments is lost: 0.9 ** 150 = 1.4e-7. That one of these, the SYN or the
# FIN is lost 9 times: 152 * 0.1 ** 9 = 1.5e-7. Over both families 5.8e-7.
@check("loss-rate=10%")
def loss_rate(c):
    sock = c.connect(timeout=UNLUCKY)
    sends(c, sock, 150, 10)
    c.closes(sock)
    seen = number(data(c.received()))
    c.equal(len(set(seen)), 150, "distinct segments of the client")
    c.true(len(seen) > 150, "some segments are retransmitted")


# Chance that at most 3 of 150 segments are lost at first: 8.8e-8. That one of these or the SYN-ACK
# is lost 11 times: 151 * 0.15 ** 11 = 1.3e-7. Over both families 4.4e-7.
@check("loss-rate(rate=0%,sent=15%)", more='rto_initial = "50ms"; rto_min = "50ms";')
def loss_rate_sent(c):
    sock = c.connect(timeout=UNLUCKY)
    sends(c, sock, 150, 10)
    asked, answered = by_text(c.received()), by_text(c.sent())
    c.equal(len(answered), 150, "distinct segments of the responder")
    late = [t for t in asked if answered[t].time - asked[t].time > 0.04]
    c.true(len(late) > 3, f"only {len(late)} of them were retransmitted")


@check("dup-all=2")
def dup_all(c):
    sock = c.connect()
    c.echoes(sock)
    c.closes(sock)
    sock.close()
    c.wait(lambda: len([p for p in c.received("A") if p.time > c.sent("FA")[0].time]) == 3,
           "an ACK of each FIN")
    for flags in "SA", "PA", "FA":
        ours = c.sent(flags)
        c.equal(len(ours), 3, f"{flags} of the responder")
        c.equal(len(set(number(ours))), 1, "distinct copies")
    c.equal(c.sequence().count("R"), 0, "resets")


@check("reorder")
def reorder(c):
    sock = c.connect()
    text = random.randbytes(random.randrange(10, 400))
    c.echoes(sock, text)
    ours = data(c.sent())
    c.equal([len(p[TCP].payload) for p in ours], [len(text) // 2, (len(text) + 1) // 2])
    c.equal(ours[0][TCP].seq, ours[1][TCP].seq + len(ours[1][TCP].payload) & 0xffffffff,
            "the second half is sent first")
    c.closes(sock)


@check("reorder+close-fin-data")
def reorder_fin(c):
    sock = c.connect()
    sock.sendall(b"hello")
    c.equal(c.receive(sock, 5), b"hello")
    c.equal(sock.recv(1), b"", "the end of the stream")
    c.equal([str(p[TCP].flags) for p in data(c.sent())], ["FPA", "A"])


# The 2nd to the 29th of 40 sorted delays cover less than a fifth of the range if at least 27 of 40
# are in such a part of it: 1.0e-10; over both families 2.0e-10.
@check("jitter=150ms")
def jitter(c):
    sock = c.connect()
    sends(c, sock, 40)
    c.closes(sock)
    asked, answered = by_text(c.received()), by_text(c.sent())
    late = sorted(float(answered[text].time - asked[text].time) for text in asked)
    c.equal(len(late), 40)
    # The limits ignore the few segments that the machine may have delayed. Delays are drawn from 0
    # to 150 ms.
    c.true(late[28] < 0.15 + tolerances.LATE and late[28] - late[1] > 0.03,
           f"between {late[1]:.3f} and {late[28]:.3f} s late")


@check("ack-delay=500ms")
def ack_delay(c):
    sock = c.connect()
    c.true(c.sent("SA")[0].time - c.received("S")[0].time < tolerances.AT_ONCE,
           "the SYN-ACK is not delayed")
    sends(c, sock, 6)
    texts = [t for _, t in number(data(c.received()))]
    asked, answered = by_text(c.received()), by_text(c.sent())
    c.true(all(answered[t].time - asked[t].time > 0.5 - tolerances.EARLY for t in asked),
           "each answer is late")
    # The first text is retransmitted, because the handshake was fast; the RTO has grown before the
    # last one.
    c.true(texts.count(texts[0]) > 1, "the client's RTO begins low")
    c.equal(texts.count(texts[-1]), 1, "the last text, sent")
    c.closes(sock)


@check("ack-none", service="discard", ends="nothing is ever acknowledged")
def ack_none(c):
    sock = c.connect()
    sock.sendall(b"hello")
    c.wait(lambda: len(data(c.received())) >= 5, "retransmissions")
    # Linux 6.18: 0.2 s, then doubling; the first may be a tail loss probe (RFC 8985).
    between = gaps(data(c.received()))
    c.true(all(map(tolerances.doubled, between[1:], between[2:])),
           f"{[round(g, 2) for g in between]}")
    c.equal({p[TCP].ack for p in c.sent()}, {data(c.received())[0][TCP].seq},
            "acknowledgment numbers of the responder")


@check("ack-every-n=2", service="banner:hello")
def ack_every_n(c):
    sock = c.connect()
    c.equal(c.receive(sock, 5), b"hello")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(4):
        sock.sendall(b"hello")
        c.wait(lambda n=i + 1: len(set(number(data(c.received())))) >= n, "the next segment")
    c.wait(lambda: c.sent() and c.sent()[-1][TCP].ack == c.received()[0][TCP].seq + 21 & 0xffffffff,
           "the last ACK")
    heard, acks = len(data(c.received())), len(c.sent("A"))
    c.true(acks * 2 <= heard, f"{acks} ACKs for {heard} segments")
    c.closes(sock)


@check("dribble=100ms")
def dribble(c):
    sock = c.connect()
    sock.sendall(b"hello")
    c.equal(c.receive(sock, 5), b"hello")
    ours = data(c.sent())
    c.equal([bytes(p[TCP].payload) for p in ours], [b"h", b"e", b"l", b"l", b"o"])
    # The first segment may be late, too.
    c.true(0.4 - tolerances.NEARER < sum(gaps(ours)) < 0.4 + tolerances.LATE and
           max(gaps(ours)) < 0.1 + tolerances.LATE, f"{gaps(ours)}")
    c.closes(sock)


@check("dribble(time=50ms,octets=100)", service="chargen")
def dribble_more(c):
    sock = c.connect()
    c.receive(sock, 1000)
    ours = data(c.sent())
    c.equal({len(p[TCP].payload) for p in ours}, {100}, "octets a segment")
    c.true(ours[9].time - ours[0].time > 0.4, "1000 octets take 0.45 s")


# Chance that at most 2 of 150 segments are wrong: 9.7e-9. That one of these, the SYN-ACK or the FIN
# is wrong 11 times: 152 * 0.15 ** 11 = 1.3e-7. Over both families 2.8e-7.
@check("corrupt-rate=15%", more='rto_initial = "50ms"; rto_min = "50ms";',
       lies={"TCP checksum": "the behaviour sends a wrong checksum"})
def corrupt_rate(c):
    sock = c.connect(timeout=UNLUCKY)
    sends(c, sock, 150, 10)
    c.closes(sock)
    ours = c.sent()
    wrong = [p for p in ours if p[TCP].chksum != right_checksum(p)]
    c.true(2 < len(wrong) < len(ours) - 2, f"{len(wrong)} of {len(ours)} checksums are wrong")


if __name__ == "__main__":
    main("timing")
