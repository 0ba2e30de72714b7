#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/half-open.conf, with the kernel's client. What that does beyond the RFC is Linux
6.18's, as measured for the catalogue."""
from scapy.layers.inet import TCP

from behaviours import check, main



@check("half-open-forget")
def half_open_forget(c):
    sock = c.connect()
    c.wait(lambda: c.received("A"), "the ACK of the handshake")
    sock.sendall(b"x")
    c.raises(ConnectionResetError, sock.recv, 1)
    c.equal(len(c.sent("R")), 1, "RSTs")
    sock = c.connect()
    c.wait(lambda: len(c.sent("SA")) == 2, "what comes after: another SYN-ACK")


@check("syn-in-est=100ms")
def syn_in_est(c):
    sock = c.connect()
    c.echoes(sock)
    before = c.received()[-1][TCP]
    syn = c.wait(lambda: c.sent("S"), "the SYN")[0]
    c.equal(syn[TCP].seq, before.ack + 10**9 & 0xffffffff)
    answers = c.wait(lambda: [p for p in c.received("A") if p.time > syn.time], "what answers it")
    c.equal((answers[0][TCP].seq, answers[0][TCP].ack), (before.seq, before.ack))
    c.echoes(sock)
    c.closes(sock)
    c.equal(len(c.sent("S")), 1, "SYNs")


@check("restart=100ms")
def restart(c):
    sock = c.connect()
    c.echoes(sock)
    c.raises(ConnectionResetError, sock.recv, 1)
    syn, reset = c.sent()[-2:]
    c.equal((str(syn[TCP].flags), str(reset[TCP].flags)), ("S", "R"))
    asked = c.received("A")[-1]
    c.true(syn.time < asked.time < reset.time, "between them the client asked")
    c.equal(reset[TCP].seq, asked[TCP].ack)
    c.echoes(c.connect())


if __name__ == "__main__":
    main("half-open")
