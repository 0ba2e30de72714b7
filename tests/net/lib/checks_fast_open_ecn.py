# SPDX-License-Identifier: MIT
"""Checks of test_behaviours_options.py: Fast Open and ECN."""
import random
import socket
import struct

from . import frames, lab

from .options import fresh, number, octets, option, option_octets, size, transfers

from scapy.layers.inet import TCP
from scapy.packet import Raw

from .behaviours import check

MSG_FASTOPEN = 0x20000000


# --- Fast Open --------------------------------------------------------------------------------


def fast_open(c, text):
    """Connects with octets for the SYN, which carries them if the client has a cookie."""
    sock = c.socket()
    sock.settimeout(None)  # without a cookie, the call waits for the handshake
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(c.patience), 0))
    sock.sendto(text, MSG_FASTOPEN, (c.address, c.port))
    sock.settimeout(c.patience)
    return sock


def cookie(packet):
    """Returns the cookie of a SYN or SYN-ACK, or None if it has no such option."""
    return option(packet, "TFO") if option(packet, "TFO") is not None else option(packet, 34)


def two_in_a_row(c):
    """Makes two connections; the second may use a cookie. Returns its SYN and the answer."""
    for _ in range(2):
        text = random.randbytes(100)
        sock = fast_open(c, text)
        c.equal(c.receive(sock, len(text)), text)
        c.closes(sock)
    port = c.received("S")[-1][TCP].sport
    return ([p for p in c.received() if p[TCP].sport == port],
            [p for p in c.sent() if p[TCP].dport == port])


@check("tfo-cookie")
def a_cookie_of_16_octets(c):
    theirs, ours = two_in_a_row(c)
    granted = option_octets(c.sent("SA")[0])[20:38]
    c.equal(granted[:2], b"\x22\x12")
    c.true(granted in option_octets(theirs[0]), "the client's SYN has the cookie")
    c.equal(size(theirs[0]), 100)
    c.equal(ours[0][TCP].ack, number(theirs[0][TCP].seq + 101), "ACK of the SYN's octets")


@check("tfo-cookie=4")
def a_cookie_of_4_octets(c):
    theirs, ours = two_in_a_row(c)
    c.equal(size(theirs[0]), 100)
    c.true(b"\x22\x06" in option_octets(theirs[0]), "the client's SYN has the cookie")
    c.equal(ours[0][TCP].ack, number(theirs[0][TCP].seq + 101), "ACK of the SYN's octets")


def no_cookie(c, length):
    """Expects that the client ignores a cookie of this length."""
    theirs, _ = two_in_a_row(c)
    c.true(bytes([34, length + 2]) in option_octets(c.sent("SA")[0]), "the cookie is granted")
    c.equal(octets(theirs[:1]), [], "the client does not use it")


# tshark also counts the NOP before the window scale.
@check("tfo-cookie=7", lies={"4 NOP in a row": "three follow the cookie"})
def a_cookie_of_7_octets(c):
    no_cookie(c, 7)


@check("tfo-cookie=2")
def a_cookie_of_2_octets(c):
    no_cookie(c, 2)


@check("tfo-cookie=18")
def a_cookie_of_18_octets(c):
    no_cookie(c, 18)


@check("tfo-ack-syn-only")
def octets_that_are_not_taken(c):
    theirs, ours = two_in_a_row(c)
    syn = theirs[0]
    c.equal((size(syn), ours[0][TCP].ack), (100, number(syn[TCP].seq + 1)))
    again = octets(theirs[1:])[0]
    c.equal((again[TCP].seq, again[Raw].load), (number(syn[TCP].seq + 1), syn[Raw].load))


@check("tfo-ack-part=30")
def a_part_that_is_taken(c):
    theirs, ours = two_in_a_row(c)
    syn = theirs[0]
    c.equal((size(syn), ours[0][TCP].ack), (100, number(syn[TCP].seq + 31)))
    rest = octets(theirs[1:])[0]
    c.equal((rest[TCP].seq, rest[Raw].load), (number(syn[TCP].seq + 31), syn[Raw].load[30:]))


@check("tfo-ack-part(octets=65535,over=50)")
def more_than_there_was(c):
    theirs, ours = two_in_a_row(c)
    syn = theirs[0]
    wrong = ours[0][TCP].ack
    c.equal((size(syn), wrong), (100, number(syn[TCP].seq + 151)))
    reset = next(p for p in theirs if p[TCP].flags == "R")
    c.equal(reset[TCP].seq, wrong)


@check("tfo-blackhole")
def a_black_hole_for_fast_open(c):
    text = random.randbytes(100)
    sock = fast_open(c, text)
    c.equal(c.receive(sock, len(text)), text)
    c.closes(sock)
    syns = c.received("S")
    c.equal([cookie(p) is not None for p in syns[:2]], [True, False])
    answered = c.sent("SA")[0]
    c.true(answered.time > [p for p in syns if cookie(p) is None][0].time, "only that is answered")
    c.equal([p for p in c.sent() if p.time < syns[1].time], [])


@check("tfo-unasked")
def a_cookie_that_was_not_requested(c):
    c.survives()
    c.true(cookie(c.received("S")[0]) is None, "the client requests no cookie")
    c.true(b"\x22\x0a\x01\x23\x45\x67\x89\xab\xcd\xef" in option_octets(c.sent("SA")[0]),
           "the SYN-ACK has a cookie")
    text = random.randbytes(100)
    sock = fast_open(c, text)
    c.equal(c.receive(sock, len(text)), text)
    c.closes(sock)
    syn = c.received("S")[-1]
    c.equal((option_octets(syn)[-4:].hex(), len(octets([syn]))), ("22020101", 0),
            "the client kept no cookie: it requests one, without octets")


@check("tfo-any")
def octets_of_a_syn_without_a_cookie(c):
    client, text = c.raw_client(), random.randbytes(100)
    client.send(frames.SYN, 0, payload=text)
    synack = c.next_of(client, lambda s: s.flags == frames.SYN | frames.ACK)
    c.equal(synack.ack, number(client.isn + 101), "ACK of the SYN's octets")
    echo = c.next_of(client, lambda s: s.payload)
    c.equal(echo.payload, text, "the echo precedes the client's ACK")
    client.send(frames.ACK | frames.FIN, 101, echo.seq + 100)
    fin = c.next_of(client, lambda s: s.flags & frames.FIN)
    client.send(frames.ACK, 102, fin.seq + 1)
    c.survives()


# --- ECN --------------------------------------------------------------------------------------


def ask_for_ecn(c):
    """Enables ECN for this address in the client's kernel."""
    lab.run("ip", "-n", c.bench.lab.client, "route", "replace", c.address, "dev", "eth0",
            "features", "ecn")


def ect(packet):
    """Returns the ECN bits."""
    ip = packet[TCP].underlayer
    return (ip.tos if ip.version == 4 else ip.tc) & 3


@check("ecn-agree")
def consent_that_was_not_asked_for(c):
    transfers(c)
    c.equal(len(c.received("S")), 1, "SYNs without ECN")
    c.equal(str(c.sent()[0][TCP].flags), "SAE")
    c.equal({(ect(p), str(p[TCP].flags).strip("SFPA")) for p in c.received()}, {(0, "")})


@check("ecn-agree", control="'accept' also sends ECE to a client that offers ECN")
def consent_that_was_asked_for(c):
    ask_for_ecn(c)
    transfers(c)
    c.equal([str(p[TCP].flags) for p in (c.received()[0], c.sent()[0])], ["SEC", "SAE"])
    c.equal({ect(p) != 0 for p in fresh(c)}, {True}, "segments with octets are ECN-capable")
    c.equal({ect(p) for p in c.received("A") if Raw not in p}, {0}, "ACKs are not ECN-capable")


@check("ecn-reflect")
def ecn_that_is_reflected(c):
    ask_for_ecn(c)
    transfers(c)
    c.equal([str(p[TCP].flags) for p in (c.received()[0], c.sent()[0])], ["SEC", "SAEC"])
    c.equal({ect(p) for p in c.sent()}, {0})
    if any(ect(p) for p in c.received()):
        c.differs("it accepts ECE and CWR as consent to accurate ECN, which its SYN did not offer")


@check("ecn-blackhole")
def a_black_hole_for_ecn(c):
    ask_for_ecn(c)
    c.survives()
    flags = [str(p[TCP].flags) for p in c.received()]
    plain = flags.index("S")
    c.true(plain > 0 and set(flags[:plain]) == {"SEC"}, f"SYNs with ECN, then one without: {flags}")
    c.true(c.sent()[0].time > c.received()[plain].time, "only that is answered")


@check("ecn-ece-hold")
def congestion_until_the_window_is_reduced(c):
    ask_for_ecn(c)
    sock = c.connect()
    for _ in range(3):
        c.echoes(sock)
    c.closes(sock)
    data = fresh(c)
    c.true("C" not in data[0][TCP].flags and "C" in data[1][TCP].flags, "CWR in the next segment")
    reduced = data[1].time
    c.true(all("E" in p[TCP].flags for p in c.sent() if p.time < reduced), "ECE until then")
    c.true(not [p for p in c.sent() if p.time > reduced and "E" in p[TCP].flags], "no ECE later")


@check("accecn-broken")
def accurate_ecn_that_is_reflected(c):
    client = c.raw_client()

    def ours(count):
        """Returns the segments to this client, after at least `count` have been sent."""
        return c.wait(lambda: [p for p in c.sent() if p[TCP].dport == client.sport][count - 1:] and
                      [p for p in c.sent() if p[TCP].dport == client.sport])

    client.send(frames.SYN | frames.ECE | frames.CWR, 0, ae=True)
    begin = ours(1)[0][TCP].seq + 1
    client.send(frames.ACK, 1, begin)
    client.send(frames.ACK | frames.PSH, 1, begin, payload=b"hello")
    c.equal(ours(2)[1][Raw].load, b"hello")
    client.send(frames.ACK | frames.FIN, 6, begin + 5)
    found = ours(4)
    client.send(frames.ACK, 7, begin + 6)
    # Scapy calls AE by its former name, NS.
    c.equal([str(p[TCP].flags) for p in found], ["SAECN", "PA", "A", "FA"])
    c.equal({ect(p) for p in found}, {0})
