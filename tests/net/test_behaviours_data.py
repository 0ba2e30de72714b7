#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/data.conf, with the kernel's client."""
import random
import string
import time

from scapy.layers.inet import TCP

from lib import tolerances
from lib.behaviours import check, main
from lib.frames import ACK, PSH, SYN


def number(n):
    return n & 0xffffffff


def stream(c):
    """Returns [(offset, octets, time)] of the responder's segments with octets."""
    iss = c.sent("SA")[0][TCP].seq
    return [(number(p[TCP].seq - iss - 1), bytes(p[TCP].payload), p.time)
            for p in c.sent() if p[TCP].payload]


def acks(c):
    """Returns the acknowledged offset of each ACK of the client, with the edges of its SACK
    blocks."""
    iss = c.sent("SA")[0][TCP].seq
    return [(number(p[TCP].ack - iss - 1),
             [number(edge - iss - 1) for edge in dict(p[TCP].options).get("SAck", ())])
            for p in c.received("A")]


def alphabet(count):
    return (string.ascii_lowercase * (count // 26 + 1))[:count].encode()


@check("data-push(octets=10000,size=700)")
def speaks_first(c):
    sock = c.connect()
    c.equal(c.receive(sock, 10000), alphabet(10000))
    sizes = [len(octets) for _, octets, _ in stream(c)]
    c.equal(sizes, [700] * 14 + [200], "sizes of the segments")
    c.wait(lambda: acks(c)[-1][0] == 10000, "the ACK of all octets")
    c.true(len(acks(c)) >= 4, f"ACKs: {acks(c)}")
    c.true(c.received("A")[-1].time - stream(c)[-1][2] < tolerances.ACK_DELAYED,
           "within half a second")
    c.echoes(sock)
    c.closes(sock)


@check("data-push=200000")
def speaks_long(c):
    sock = c.connect()
    c.equal(c.receive(sock, 200000), alphabet(200000))
    c.equal(max(len(octets) for _, octets, _ in stream(c)), 1000, "the largest segment")
    c.echoes(sock)
    c.closes(sock)


@check("data-early=good morning")
def speaks_before_the_ack_of_the_handshake(c):
    sock = c.connect()
    c.equal(c.receive(sock, 12), b"good morning")
    c.echoes(sock)
    c.closes(sock)
    synack, octets = c.sent()[:2]
    c.equal((octets[TCP].seq, bytes(octets[TCP].payload)),
            (number(synack[TCP].seq + 1), b"good morning"))
    c.equal(octets[TCP].ack, synack[TCP].ack, "it acknowledges only the SYN")


@check("data-early")
def speaks_to_a_silent_client(c):
    client = c.raw_client()
    client.send(SYN, 0)
    synack, octets = client.receive(), client.receive()
    c.equal((synack.flags, octets.flags), (SYN | ACK, PSH | ACK))
    c.equal((octets.seq, octets.ack), (number(synack.seq + 1), number(client.isn + 1)))
    c.equal(octets.payload, b"hello")


@check("echo", service="discard")
def gives_back(c):
    c.survives()
    asked, answered = ([bytes(p[TCP].payload) for p in way if p[TCP].payload]
                       for way in (c.received(), c.sent()))
    c.equal(b"".join(asked), b"".join(answered), "octets on the wire")


@check("banner-delay(time=400ms,text=220 here\\r\\n)", service="banner:and there")
def first_word_is_late(c):
    begun = time.monotonic()
    sock = c.connect()
    c.true(time.monotonic() - begun < tolerances.AT_ONCE, "it opens at once")
    c.equal(c.receive(sock, 19), b"220 here\r\nand there")
    c.true(stream(c)[0][2] - c.received("A")[0].time > 0.4 - tolerances.EARLY,
           "the banner arrives 400 ms later")
    c.closes(sock)


@check("banner-delay(time=400ms,text=)")
def answer_is_late(c):
    sock = c.connect()
    c.echoes(sock)
    c.true(stream(c)[0][2] - c.sent("SA")[0].time > 0.4 - tolerances.NEARER,
           "the answer arrives 400 ms later")
    c.echoes(sock)
    c.closes(sock)


@check("answer-early=401", service="http")
def answer_before_the_body(c):
    sock = c.connect()
    sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: 50000\r\n\r\n")
    c.equal(c.receive(sock, 12)[:12], b"HTTP/1.1 401")
    sock.sendall(b"x" * 50000 + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    rest = b""
    while more := sock.recv(10000):
        rest += more
    c.equal(rest.count(b"HTTP/1.1 200 OK"), 1, "answers to the next request")
    sock.close()
    c.wait(lambda: c.goes_on(), "a close by both sides")


@check("data-hole=300ms")
def hole(c):
    sock = c.connect()
    text = random.randbytes(900)
    sock.sendall(text)
    c.equal(c.receive(sock, 300), text[:300])
    c.wait(lambda: (300, [600, 900]) in acks(c), "the SACK of the octets after the hole")
    c.equal(c.receive(sock, 600), text[300:])
    offsets = [(offset, len(octets)) for offset, octets, _ in stream(c)]
    c.equal(offsets, [(0, 300), (600, 300), (300, 300)], "the order on the wire")
    asked = c.received("PA")[0].time
    c.true(stream(c)[2][2] - asked > 0.3 - tolerances.EARLY, "the hole is filled 300 ms later")
    c.echoes(sock)
    c.closes(sock)


@check("data-reverse=4")
def last_one_first(c):
    sock = c.connect()
    text = random.randbytes(400)
    sock.sendall(text)
    c.equal(c.receive(sock, 400), text)
    c.equal([offset for offset, _, _ in stream(c)][:4], [300, 200, 100, 0], "on the wire")
    c.true(any(blocks for _, blocks in acks(c)), "SACK blocks")
    c.echoes(sock, random.randbytes(30000))
    c.closes(sock)


@check("data-overlap=-")
def other_octets(c):
    sock = c.connect()
    text = random.randbytes(400)
    sock.sendall(text)
    got = c.receive(sock, 400)
    c.true(got in (text, text[:200] + b"-" * 200), "one stream or the other")
    c.linux(got == text, "the octets that arrive first are kept")
    c.equal([(offset, octets) for offset, octets, _ in stream(c)],
            [(200, b"-" * 200), (0, text)], "on the wire")
    c.echoes(sock)
    c.closes(sock)


@check("data-after-client-fin(time=200ms,text=and then)")
def talks_to_a_half_closed_client(c):
    sock = c.connect()
    c.echoes(sock)
    sock.shutdown(1)
    c.equal(c.receive(sock, 8), b"and then")
    c.equal(sock.recv(1), b"")
    fin = c.received("FA")[0]
    c.true(stream(c)[-1][2] - fin.time > 0.2 - tolerances.EARLY, "200 ms after the FIN")
    c.equal(c.received("R"), [], "resets by the client")


@check("data-after-client-fin=200ms")
def talks_to_a_closed_client(c):
    sock = c.connect()
    c.echoes(sock)
    sock.close()
    c.wait(lambda: c.received("R"), "an RST")
    c.equal(stream(c)[-1][1], b"one more word")


if __name__ == "__main__":
    main("data")
