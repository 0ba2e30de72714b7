#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/establishment.conf, with the kernel's client. Choices beyond the RFC are checked
as Linux 6.18 makes them, with which the catalogue was measured."""
import errno
import ipaddress
import socket
import time

from lib import lab, tolerances

from scapy.layers.inet import TCP

from lib.behaviours import check, main


def gaps(packets):
    """Returns the seconds between consecutive packets."""
    return [b.time - a.time for a, b in zip(packets, packets[1:])]


def one_attempt(c, syns):
    """Expects this many SYNs of the client, all with the same ISN."""
    found = c.received("S")
    c.equal(len(found), syns, "SYNs")
    c.equal(len({p[TCP].seq for p in found}), 1, "ISNs of them")
    return found


def again_at_once(c):
    """Linux retransmits its SYN at once after an unacceptable ACK."""
    c.linux(gaps(one_attempt(c, 2))[0] < tolerances.AT_ONCE, "the SYN is retransmitted at once")


def again_in_time(c):
    """Only the timer retransmits the SYN."""
    c.true(gaps(one_attempt(c, 2))[0] > tolerances.AT_ONCE,
           "the SYN is retransmitted after its timeout")


# --- late, or never ---------------------------------------------------------------------------


@check("accept", control="it is accept")
def accept(c):
    c.survives()
    c.equal(c.sequence()[:3], ["S", "SA", "A"])
    synack = c.sent("SA")[0][TCP]
    c.equal([name for name, _ in synack.options], ["MSS", "SAckOK", "Timestamp", "NOP", "WScale"])
    c.equal(synack.ack, c.received("S")[0][TCP].seq + 1 & 0xffffffff)


@check("synack-delay=300ms")
def synack_delay(c):
    c.survives()
    late = c.sent("SA")[0].time - c.received("S")[0].time
    c.true(tolerances.takes(late, 0.3), f"late by {late} s")


@check("synack-delay=1200ms")
def synack_delay_past_rto(c):
    c.survives()
    one_attempt(c, 2)
    c.equal(len(c.sent("SA")), 1, "SYN-ACKs")


@check("synack-both")
def synack_both(c):
    sock = c.connect()
    syns = one_attempt(c, 2)
    answers = c.wait(lambda: len(c.sent("SA")) == 2 and c.sent("SA"), "the second SYN-ACK")
    for syn, synack in zip(syns, answers):
        c.true(tolerances.takes(synack.time - syn.time, 1.5), "a SYN-ACK for each SYN")
    c.equal(answers[0][TCP].seq, answers[1][TCP].seq)
    c.wait(lambda: [p for p in c.received("A") if p.time > answers[1].time], "the ACK of it")
    c.echoes(sock)
    c.closes(sock)


@check("synack-on-nth=3")
def synack_on_nth(c):
    c.survives()
    syns = one_attempt(c, 3)
    c.true(all(gap > tolerances.SYN_AGAIN for gap in gaps(syns)),
           "at least a second between SYNs")
    c.equal(len(c.sent("SA")), 1, "SYN-ACKs")
    c.true(c.sent("SA")[0].time > syns[2].time, "after the third SYN")


@check("synack-on-nth=8")
def synack_on_the_eighth(c):
    sock = c.socket(timeout=14)
    error = sock.connect_ex((c.address, c.port))
    waits = [round(float(gap), 1) for gap in gaps(c.received("S"))]
    c.linux([round(w) for w in waits] == [1, 1, 1, 1, 1, 2, 4],
            f"gaps between SYNs of 1, 1, 1, 1, 1, 2 and 4 s: {waits}")
    if not error:  # with doubled timeouts, fewer SYNs have been sent
        one_attempt(c, 8)
        c.echoes(sock)
        c.closes(sock)


@check("synack-never", ends="no segment is ever answered")
def synack_never_until_it_gives_up(c):
    sock = c.socket(timeout=20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
    error = c.raises(OSError, sock.connect, (c.address, c.port))
    c.equal(error.errno, errno.ETIMEDOUT, "errno")
    # With the default of tcp_syn_retries, 6, this takes 131 s.
    c.true(len(one_attempt(c, len(c.received("S")))) >= 2, "retransmissions of the SYN")


@check("synack-never", ends="no segment is ever answered")
def synack_never(c):
    c.raises(TimeoutError, c.connect, 2.5)
    one_attempt(c, 3)
    c.equal(c.sent(), [])


@check("family-only=ipv6", versions=(4,), ends="no segment is ever answered")
def family_only_ipv6(c):
    c.raises(TimeoutError, c.connect, 1.2)
    c.equal(c.sent(), [])


@check("family-only(family=ipv4,refused=100%)", versions=(6,),
       ends="no connection is ever established")
def family_only_ipv4(c):
    c.raises(ConnectionRefusedError, c.connect)
    c.equal(c.sequence(), ["S", "RA"])


@check("family-only=ipv6", versions=(6,),
       control="this family is answered as without the behaviour")
def family_only_ipv6_over_ipv6(c):
    c.survives()


# --- refused ----------------------------------------------------------------------------------


@check("refuse", ends="no connection is ever established")
def refuse(c):
    for times in 1, 2:
        c.raises(ConnectionRefusedError, c.connect)
        c.equal(c.sequence(), ["S", "RA"] * times)
        syn, rst = c.packets[-2:]
        c.equal((rst[TCP].seq, rst[TCP].ack), (0, syn[TCP].seq + 1 & 0xffffffff))


@check("refuse-delay", ends="no connection is ever established")
def refuse_delay(c):
    c.raises(ConnectionRefusedError, c.connect)
    one_attempt(c, 2)
    late = c.sent("RA")[0].time - c.received("S")[0].time
    c.true(tolerances.takes(late, 1.5), f"late by {late} s")
    c.equal(c.sequence(), ["S", "S", "RA"])


def attempts(c, count):
    """Returns the result of consecutive attempts: 0 or the number of an error, and the seconds that
    it took. The clock is that of frame time stamps, which may be set in the meantime."""
    result = []
    for _ in range(count):
        sock, begin = c.socket(), time.time()
        error = sock.connect_ex((c.address, c.port))
        result.append((error, time.time() - begin))
        if not error:
            c.echoes(sock)
            c.closes(sock)
    return result


def own_address(c):
    """Returns the client's address."""
    with socket.socket(c.family, socket.SOCK_DGRAM) as sock:
        sock.connect((c.address, 1))
        return sock.getsockname()[0]


def refused_twice_then_slow(c):
    found = attempts(c, 5)
    c.equal([error for error, _ in found], [errno.ECONNREFUSED] * 2 + [0] * 3)
    c.true(found[2][1] > 0.5 - tolerances.EARLY and
           max(found[3][1], found[4][1]) < tolerances.AT_ONCE,
           f"the third attempt is slow: {found}")


@check("refuse-first-n=2")
def refuse_first_n(c):
    c.equal([error for error, _ in attempts(c, 4)], [errno.ECONNREFUSED] * 2 + [0] * 2)
    c.equal(len(c.sent("RA")), 2, "resets")


@check("flaky")
def flaky(c):
    c.equal([error for error, _ in attempts(c, 5)], [errno.ECONNREFUSED, 0] * 2 +
            [errno.ECONNREFUSED])
    c.equal([str(p[TCP].flags) for p in c.sent() if p[TCP].flags in ("RA", "SA")],
            ["RA", "SA", "RA", "SA", "RA"], "answers to the SYNs")


# Chance that none of 70 is refused: 0.75 ** 70 = 1.8e-9; over both families 3.6e-9.
@check("flaky(behaviours=\"refuse,3*accept\",by=chance)")
def flaky_by_chance(c):
    found = [error for error, _ in attempts(c, 70)]
    c.equal(set(found), {errno.ECONNREFUSED, 0})
    c.equal(len(c.sent("RA")), found.count(errno.ECONNREFUSED), "resets")


@check("flaky(behaviours=\"2*refuse,synack-delay=500ms,accept\",by=once)")
def flaky_once(c):
    refused_twice_then_slow(c)


@check("accept", control="the faults are of 'next', here as there")
def flaky_by_next(c):
    client = own_address(c)
    c.ctl("next", client, "refuse", "--times", 2, "--endpoint", c.endpoint)
    c.ctl("next", client, "synack-delay=500ms", "--endpoint", c.endpoint)
    refused_twice_then_slow(c)


@check("flaky=3*accept,refuse", control="the faults are of 'next', here as there")
def flaky_and_next(c):
    client = own_address(c)
    c.ctl("next", client, "flaky=2*refuse,synack-delay=500ms", "--times", 3, "--endpoint",
          c.endpoint)
    refused_twice_then_slow(c)


@check("rst-no-ack")
def rst_no_ack(c):
    c.survives()
    again_in_time(c)
    c.equal(c.sequence()[:4], ["S", "R", "S", "SA"])


@check("rst-bad-ack")
def rst_bad_ack(c):
    c.survives()
    again_at_once(c)
    c.equal(c.sequence()[:4], ["S", "RA", "S", "SA"])
    c.equal(c.sent("RA")[0][TCP].ack, c.received("S")[0][TCP].seq)


# --- an ACK, or a SYN, in place of the SYN-ACK ------------------------------------------------


@check("challenge-ack")
def challenge_ack(c):
    c.survives()
    again_at_once(c)
    c.equal(c.sequence()[:5], ["S", "A", "R", "S", "SA"])
    c.equal(c.received("R")[0][TCP].seq, c.sent("A")[0][TCP].ack, "the reset's number")


@check("bare-ack")
def bare_ack(c):
    c.survives()
    again_in_time(c)
    c.equal(c.sequence()[:4], ["S", "A", "S", "SA"])
    c.equal(c.sent("A")[0][TCP].ack, c.received("S")[0][TCP].seq + 1 & 0xffffffff)


@check("split-ack-syn")
def split_ack_syn(c):
    c.survives()
    c.equal(c.sequence()[:5], ["S", "A", "S", "SA", "A"])
    ack, syn = c.sent()[:2]
    c.equal(ack[TCP].seq, syn[TCP].seq, "the ACK's number")


@check("split-syn")
def split_syn(c):
    c.survives()
    c.equal(c.sequence()[:4], ["S", "S", "SA", "A"])


@check("sim-open")
def sim_open(c):
    c.survives()
    c.equal([str(p[TCP].flags) for p in c.sent()][:2], ["S", "SA"])
    c.equal([str(p[TCP].flags) for p in c.received()][:2], ["S", "SA"])


@check("sim-open-rst", ends="the connection is reset")
def sim_open_rst(c):
    sock = c.socket()
    error = c.raises(OSError, sock.connect, (c.address, c.port))
    c.equal(error.errno, errno.ECONNRESET)
    c.equal(c.sequence(), ["S", "S", "SA", "R"])
    synack, reset = c.packets[-2:]
    c.equal(reset[TCP].seq, synack[TCP].ack)
    # The client's port is closed now. A forged SYN from it draws the responder's SYN, which the
    # client's kernel resets.
    client = c.raw_client()
    client.src, client.sport = synack["IPv6" if c.version == 6 else "IP"].src, synack[TCP].sport
    client.send(2, 0)
    c.wait(lambda: c.received("RA"), "the RST for a SYN to the client's former port")


@check("sim-open-silent", ends="no segment is ever answered")
def sim_open_silent(c):
    sock = c.socket()
    sock.settimeout(3.5)
    sock.connect_ex((c.address, c.port))
    answers = c.received("SA")
    c.true(len(answers) >= 2, f"the SYN-ACK again, not {len(answers)}")
    c.equal([str(p[TCP].flags) for p in c.sent()], ["S"])


# --- more, or other, than a SYN-ACK -----------------------------------------------------------


@check("synack-dup")
def synack_dup(c):
    sock = c.connect()
    c.wait(lambda: len(c.received("A")) == 2, "an ACK of each")
    c.echoes(sock)
    c.closes(sock)
    c.equal(len(c.sent("SA")), 2, "SYN-ACKs")
    c.equal(c.sent("SA")[0][TCP], c.sent("SA")[1][TCP])


@check("synack-again=200ms")
def synack_again(c):
    sock = c.connect()
    c.echoes(sock)
    again = c.wait(lambda: len(c.sent("SA")) == 2 and c.sent("SA")[1], "the SYN-ACK again")
    c.equal(again[TCP], c.sent("SA")[0][TCP])
    c.true(again.time - c.received("S")[0].time >= 0.2, "after 200 ms")
    answer = c.wait(lambda: [p for p in c.received("A") if p.time > again.time], "the ACK of it")
    c.equal(answer[0][TCP].ack, c.sent("PA")[-1][TCP].seq + len(c.sent("PA")[-1][TCP].payload)
            & 0xffffffff)
    c.echoes(sock)
    c.closes(sock)


@check("synack-two-isn")
def synack_two_isn(c):
    sock = c.connect()
    first, second = c.wait(lambda: len(c.sent("SA")) == 2 and c.sent("SA"), "two SYN-ACKs")
    c.equal(second[TCP].seq, first[TCP].seq + 10**9 & 0xffffffff)
    c.equal(second[TCP].options, first[TCP].options)
    acks = c.wait(lambda: len(c.received("A")) == 2 and c.received("A"), "a challenge ACK")
    c.equal({p[TCP].ack for p in acks}, {first[TCP].seq + 1 & 0xffffffff})
    c.echoes(sock)
    c.closes(sock)


@check("synack-data=hello")
def synack_data(c):
    sock = c.connect()
    c.equal(bytes(c.sent("SA")[0][TCP].payload), b"hello")
    c.linux(c.received("A")[0][TCP].ack == c.sent("SA")[0][TCP].seq + 1 & 0xffffffff,
            "it ignores octets in a SYN-ACK, and accepts their retransmission")
    c.equal(c.receive(sock, 5), b"hello")
    c.echoes(sock)
    c.closes(sock)


@check("synack-fin", ends="the responder has closed: octets flow one way")
def synack_fin(c):
    sock = c.connect()
    first = c.sent("FSA")[0][TCP]
    c.wait(lambda: c.received("A"), "the ACK")
    c.linux(c.received("A")[0][TCP].ack == first.seq + 1 & 0xffffffff,
            "it ignores a FIN in a SYN-ACK, and accepts its retransmission")
    sock.sendall(b"one way")
    c.equal(sock.recv(1), b"")
    sock.close()
    c.wait(lambda: c.received("FA"), "the client's FIN")
    c.wait(lambda: c.sent("A")[-1][TCP].ack == c.received("FA")[0][TCP].seq + 1 & 0xffffffff,
           "its ACK")


@check("synack-rst")
def synack_rst(c):
    c.raises(ConnectionRefusedError, c.connect)
    c.equal(c.sequence(), ["S", "SRA"])


@check("synack-rst(flags=SR)", lies={"ACK flag is not set": "the behaviour omits it"})
def synack_rst_without_ack(c):
    c.survives()
    one_attempt(c, 2)
    c.equal(c.sequence()[:4], ["S", "SR", "S", "SA"])


@check("synack-wrong-port")
def synack_wrong_port(c):
    c.survives()
    wrong = c.sent("SA")[0][TCP]
    c.equal(wrong.sport, 1)
    reset = c.received("R")[0][TCP]
    c.equal((reset.dport, reset.seq), (1, wrong.ack))
    c.equal(c.sent("SA")[1][TCP].sport, c.port)


@check("synack-wrong-addr")
def synack_wrong_addr(c):
    beside = str(ipaddress.ip_address(c.address) + 1)
    # No host has this address, so the client's kernel needs a neighbour entry for it.
    lab.run("ip", "-n", c.bench.lab.client, "neigh", "add", beside, "lladdr", "02:00:00:00:00:01",
            "dev", "eth0")
    c.survives()
    source = [p.payload.src for p in c.sent("SA")]
    c.equal(source[:2], [beside, c.address])
    reset = c.received("R")[0]
    c.equal((reset.payload.dst, reset[TCP].seq), (beside, c.sent("SA")[0][TCP].ack))


# --- opens, and then --------------------------------------------------------------------------


@check("accept-then-rst", ends="the connection is reset")
def accept_then_rst(c):
    # connect() itself may raise the error.
    c.raises(ConnectionResetError, lambda: c.connect().recv(1))
    c.equal(c.sequence(), ["S", "SA", "A", "R"])


@check("accept-then-fin", ends="the responder has closed: octets flow one way")
def accept_then_fin(c):
    sock = c.connect()
    c.equal(sock.recv(1), b"")
    sock.sendall(b"still heard")
    sock.close()
    c.wait(lambda: c.received("FA") and c.sent("A") and
           c.sent("A")[-1][TCP].ack == c.received("FA")[-1][TCP].seq + 1 & 0xffffffff,
           "the client's FIN, and its ACK")


@check("accept-then-silence")
def accept_then_silence(c):
    sock = c.connect()
    sock.sendall(b"anybody there?")
    c.wait(lambda: len(c.received("PA")) >= 4, "retransmissions")
    waits = gaps(c.received("PA"))[1:]  # the first retransmission may be a tail loss probe
    c.true(waits[1] > 1.5 * waits[0], f"with increasing gaps: {waits}")
    c.equal(c.sequence().count("SA"), len(c.sent()))
    sock.settimeout(0.1)
    c.raises(TimeoutError, sock.recv, 1)


@check("accept-then-silence=700ms")
def accept_then_silence_for_a_while(c):
    sock = c.connect()
    c.echoes(sock)
    c.closes(sock)
    octets = [p for p in c.received() if p[TCP].payload]
    c.true(len(octets) >= 3 and {p[TCP].seq for p in octets} == {octets[0][TCP].seq},
           f"the octets are retransmitted: {c.sequence()}")
    c.true(c.sent()[1].time - c.sent("SA")[0].time >= 0.7, "no segment in the meantime")


@check("tarpit", ends="the window is always closed")
def tarpit(c):
    sock = c.connect()
    c.equal(c.sent("SA")[0][TCP].window, 100)
    sock.setblocking(False)
    sock.send(b"x" * 10000)
    c.wait(lambda: len(c.received("A")) >= 5, "probes")
    c.true(all(p[TCP].window == 0 for p in c.sent("A")), "the window stays closed")
    octets = {p[TCP].seq for p in c.received() if p[TCP].payload}
    c.equal(len(octets), 1, "segments with octets")
    probes = [p for p in c.received("A") if p.time > c.sent("A")[0].time]
    c.true(gaps(probes)[1] > 1.5 * gaps(probes)[0], f"with increasing gaps: {gaps(probes)}")


if __name__ == "__main__":
    main("establishment")
