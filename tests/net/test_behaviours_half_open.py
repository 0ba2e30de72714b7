#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/half-open.conf, with the kernel's client. Choices beyond the RFC are checked as
Linux 6.18 makes them, with which the catalogue was measured."""
import errno
import socket
import time

from scapy.layers.inet import TCP

from lib import tolerances
from lib.behaviours import check, main


@check("half-open-forget", ends="the connection is reset")
def half_open_forget(c):
    sock = c.connect()
    c.wait(lambda: c.received("A"), "the ACK of the handshake")
    sock.sendall(b"x")
    c.raises(ConnectionResetError, sock.recv, 1)
    c.equal(len(c.sent("R")), 1, "RSTs")
    sock = c.connect()
    c.wait(lambda: len(c.sent("SA")) == 2, "the SYN-ACK of the next connection")


@check("half-open-silent=200ms", ends="no later segment is answered")
def half_open_silent(c):
    sock = c.connect()
    c.echoes(sock)
    c.wait(lambda: not [f for f in c.ctl("connections") if c.address in f["server"]],
           "the connection is forgotten")
    before = len(c.sent())
    sock.sendall(b"anybody there?")
    c.wait(lambda: len({p.time for p in c.received("PA")}) >= 4, "retransmissions")
    c.equal(len(c.sent()), before, "segments of the responder")
    c.equal(len({p[TCP].seq for p in c.received("PA")}), 2, "distinct segments with octets")
    c.connect()  # the responder answers again


@check("ack-then-silence=20", ends="no later segment is answered")
def ack_then_silence(c):
    sock = c.connect(timeout=1)
    text = b"a request of 26 octets\r\n\r\n"
    sock.sendall(text)
    c.raises(TimeoutError, sock.recv, 1)
    ack = c.sent()[-1][TCP]
    c.equal((ack.flags, ack.ack), ("A", c.received("S")[0][TCP].seq + 1 + len(text) & 0xffffffff))
    before = len(c.sent())
    c.equal(before, 2, "segments of the responder: SYN-ACK and ACK")
    sock.sendall(b"anybody there?")
    c.wait(lambda: len({p.time for p in c.received("PA")}) >= 4,
           "retransmissions of the next octets")
    c.equal(len(c.sent()), before, "segments of the responder after that")
    c.connect()  # the responder answers again


@check("syn-in-est=100ms")
def syn_in_est(c):
    sock = c.connect()
    c.echoes(sock)
    before = c.received()[-1][TCP]
    syn = c.wait(lambda: c.sent("S"), "the SYN")[0]
    c.equal(syn[TCP].seq, before.ack + 10**9 & 0xffffffff)
    answers = c.wait(lambda: [p for p in c.received("A") if p.time > syn.time],
                     "the answer to the SYN")
    c.equal((answers[0][TCP].seq, answers[0][TCP].ack), (before.seq, before.ack))
    c.echoes(sock)
    c.closes(sock)
    c.equal(len(c.sent("S")), 1, "SYNs")


@check("restart=100ms", ends="the connection is reset")
def restart(c):
    sock = c.connect()
    c.echoes(sock)
    c.raises(ConnectionResetError, sock.recv, 1)
    syn, reset = c.sent()[-2:]
    c.equal((str(syn[TCP].flags), str(reset[TCP].flags)), ("S", "R"))
    asked = c.received("A")[-1]
    c.true(syn.time < asked.time < reset.time, "the client's challenge ACK is between them")
    c.equal(reset[TCP].seq, asked[TCP].ack)
    c.connect()  # the responder answers again


@check("backlog-full")
def backlog_full(c):
    client = c.raw_client()
    c.survives()  # after the connection attempt of raw_client() has ended
    before = len(c.sent("SA"))
    client.send(2, 0)
    c.wait(lambda: len(c.sent("SA")) > before, "the SYN-ACK of the first client")
    sock = c.socket()
    sock.setblocking(False)
    sock.connect_ex((c.address, c.port))
    mine = sock.getsockname()[1]
    syns = lambda: [p for p in c.received("S") if p[TCP].sport == mine]
    answers = lambda: [p for p in c.sent("SA") if p[TCP].dport == mine]
    c.wait(syns, "the SYN of the second client")
    client.send(4, 1)  # the first connection ends
    c.wait(answers, "the SYN-ACK of the second client")
    c.equal(len(syns()), 2, "SYNs, the first of which was discarded")
    sock.settimeout(c.patience)
    c.echoes(sock)
    c.closes(sock)


@check("backlog-full(connections=2,time=300ms)")
def backlog_full_of_kernels(c):
    socks = [c.socket() for _ in range(3)]
    for sock in socks:
        sock.setblocking(False)
        sock.connect_ex((c.address, c.port))
    for sock in socks:
        sock.settimeout(c.patience)
        c.echoes(sock)
        c.closes(sock)
    counts = [len([p for p in c.received("S") if p[TCP].sport == sock.getsockname()[1]])
              for sock in socks]
    c.equal(counts, [1, 1, 2], "SYNs of each")


@check("accept-quota(connections=2,time=1500ms)")
def accept_quota(c):
    begin, results = time.monotonic(), []
    while len(results) < 3 or results[-1] != 0:
        sock = c.socket()
        results.append(sock.connect_ex((c.address, c.port)))
        if not results[-1]:
            c.echoes(sock)
            c.closes(sock)
        c.true(time.monotonic() - begin < c.patience, f"results: {results[:9]}")
    c.equal(results[:2] + results[-1:], [0, 0, 0])
    c.equal(set(results[2:-1]), {errno.ECONNREFUSED})
    c.equal(len(c.sent("RA")), len(results) - 3, "resets")
    c.true(time.monotonic() - begin >= 1.5, "a time without connections")


@check("listen-toggle(closed=1200ms,open=800ms)")
def listen_toggle(c):
    begin, turns = time.monotonic(), []
    while len(turns) < 5:
        sock = c.socket()
        state = sock.connect_ex((c.address, c.port))
        sock.close()
        if turns[-1:] != [state]:
            turns.append(state)
        c.true(time.monotonic() - begin < c.patience, f"its turns: {turns}")
        time.sleep(0.02)
    c.equal(set(turns), {0, errno.ECONNREFUSED})
    # The client may use a port again that was refused before.
    syns = [(syn.time, next(str(p[TCP].flags) for p in c.sent() if p.time > syn.time and
                            p[TCP].dport == syn[TCP].sport) == "RA") for syn in c.received("S")]
    # For some phase, every SYN met the state of its arrival time, or of a moment later.
    c.true(any(all(closed in {(late - phase / 1000) % 2 < 1.2
                              for late in (when, when + tolerances.STALL)}
                   for when, closed in syns) for phase in range(2000)),
           f"closed for 1.2 s, open for 0.8: {syns}")


@check("listen-toggle", control="the faults are of 'set', here as there")
def listen_on_command(c):
    c.ctl("set", c.endpoint, "accept")
    sock = c.connect()
    c.ctl("set", c.endpoint, "refuse")
    c.raises(ConnectionRefusedError, c.connect)
    c.echoes(sock)
    c.closes(sock)
    c.ctl("set", c.endpoint, "accept")
    c.survives()


@check("old-synack")
def old_synack(c):
    c.survives()
    old, before = c.sent("SA")[0][TCP], len(c.packets)
    c.survives()
    c.equal([str(p[TCP].flags) for p in c.packets[before:]][:5], ["S", "SA", "R", "S", "SA"])
    again = c.packets[before + 1][TCP]
    c.equal((again.seq, again.ack), (old.seq, old.ack))
    c.equal(c.packets[before + 2][TCP].seq, old.ack, "the reset's number")
    c.true(c.packets[before + 3].time - c.packets[before].time < tolerances.AT_ONCE,
           "the SYN is retransmitted at once")


@check("port-reuse+close-active=100ms")
def port_reuse(c):
    first, port = c.socket(), 0
    for _ in range(2):
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.bind(("", port))
        first.connect((c.address, c.port))
        port = first.getsockname()[1]
        c.echoes(first)
        c.equal(first.recv(1), b"")
        first.close()
        fin = c.wait(lambda: c.received("FA"), "the client's FIN")[-1][TCP].seq
        c.wait(lambda: [p for p in c.sent("A") if p[TCP].ack == fin + 1 & 0xffffffff], "its ACK")
        first = c.socket()
    flags = c.sequence()
    again = flags.index("S", 1)
    c.equal(flags[again:again + 5], ["S", "A", "R", "S", "SA"])
    old = [p for p in c.packets if TCP in p][again + 1][TCP]
    fin = c.received("FA")[0][TCP]
    c.equal((old.seq, old.ack), (fin.ack, fin.seq + 1 & 0xffffffff))


if __name__ == "__main__":
    main("half-open")
