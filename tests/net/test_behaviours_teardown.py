#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/teardown.conf, with the kernel's client."""
import errno
import os
import pathlib
import random
import socket

from lib import lab, tolerances

from scapy.layers.inet import TCP

from lib.behaviours import check, main

NEXT = 1 << 32


def seq_end(packet):
    """Returns the sequence number after the last octet, SYN or FIN of the packet."""
    tcp = packet[TCP]
    return (tcp.seq + len(tcp.payload) + ("S" in tcp.flags) + ("F" in tcp.flags)) % NEXT


def fins(c, ours):
    return [p for p in (c.sent() if ours else c.received()) if "F" in str(p[TCP].flags)]


def gap(first, second):
    return second.time - first.time


def time_waits(c):
    """Returns the number of the client's connections to the case in TIME-WAIT."""
    address = c.address if c.version == 4 else f"[{c.address}]"
    lines = lab.run("ss", "-Htan", "state", "time-wait", "dst", f"{address}", capture_output=True,
                    text=True).stdout
    return len(lines.splitlines())


def closes_first(c, sock, lasts=True):
    """The client closes first, and the responder's FIN moves it to TIME-WAIT. If `lasts` is false,
    TIME-WAIT may end before it can be observed."""
    c.echoes(sock)
    c.closes(sock)
    sock.close()
    if lasts:
        c.wait(lambda: time_waits(c) == 1, "TIME-WAIT")


@check("close-active")
def close_active(c):
    sock = c.connect()
    c.echoes(sock)
    c.equal(sock.recv(1), b"", "the end of the stream")
    c.wait(lambda: [p for p in c.received("A") if p[TCP].ack == seq_end(fins(c, True)[0])],
           "the ACK of the responder's FIN")
    c.equal(fins(c, False), [], "FINs of a client that has not closed")
    c.true(gap(c.sent("SA")[0], fins(c, True)[0]) > 0.5 - tolerances.NEARER,
           "the responder's FIN is delayed")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fins(c, False)[0]),
           "the ACK of the client's FIN")


@check("close-two-step=700ms")
def close_two_step(c):
    sock = c.connect()
    c.echoes(sock)
    sock.shutdown(socket.SHUT_WR)
    c.equal(sock.recv(1), b"", "the end of the stream")
    fin, ours = fins(c, False)[0], fins(c, True)[0]
    c.equal(c.sent("A")[-1][TCP].ack, seq_end(fin), "the ACK of the client's FIN")
    c.true(gap(c.sent("A")[-1], ours) > 0.7 - tolerances.NEARER, "the responder's FIN is delayed")
    c.equal(len(fins(c, False)), 1, "FINs of the client, which waits in FIN-WAIT-2")
    c.wait(lambda: c.received()[-1][TCP].ack == seq_end(ours), "the ACK of the responder's FIN")


@check("close-merged")
def close_merged(c):
    sock = c.connect()
    c.echoes(sock)
    c.closes(sock)
    fin = fins(c, False)[0]
    answer = next(p for p in c.sent() if p[TCP].ack == seq_end(fin))
    c.equal(str(answer[TCP].flags), "FA", "the first answer to the FIN")
    c.wait(lambda: c.received()[-1][TCP].ack == seq_end(answer), "the ACK of the responder's FIN")
    sock.close()
    c.wait(lambda: time_waits(c) == 1, "TIME-WAIT")


@check("close-half", ends="the responder never closes")
def close_half(c):
    sock = c.connect(timeout=1)
    c.echoes(sock)
    sock.shutdown(socket.SHUT_WR)
    c.raises(TimeoutError, sock.recv, 1)
    c.equal(c.sent("A")[-1][TCP].ack, seq_end(fins(c, False)[0]), "the ACK of the client's FIN")
    c.equal(fins(c, True), [], "FINs of the responder")


@check("close-sim=700ms")
def close_sim(c):
    sock = c.connect()
    c.echoes(sock)
    sock.shutdown(socket.SHUT_WR)
    c.equal(sock.recv(1), b"", "the end of the stream")
    fin, ours = fins(c, False)[0], fins(c, True)[0]
    c.equal(ours[TCP].ack, fin[TCP].seq, "the responder's FIN does not acknowledge the client's")
    c.equal(c.received()[-1][TCP].ack, seq_end(ours), "the client acknowledges the responder's FIN")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fin),
           "the responder acknowledges the client's FIN")
    c.true(gap(fin, c.sent()[-1]) > tolerances.DATA_AGAIN, "after its retransmission")
    c.linux(len(fins(c, False)) > 1, "it retransmits its FIN")
    sock.close()
    c.wait(lambda: time_waits(c) == 1, "CLOSING, TIME-WAIT")


@check("close-sim-data(time=300ms,text=so long)")
def close_sim_data(c):
    sock = c.connect()
    c.echoes(sock)
    sock.shutdown(socket.SHUT_WR)
    c.equal(c.receive(sock, 7), b"so long", "octets that arrive in FIN-WAIT-1")
    c.equal(sock.recv(1), b"", "the end of the stream")
    fin, ours = fins(c, False)[0], fins(c, True)[0]
    c.equal(bytes(ours[TCP].payload), b"so long", "octets of the responder's FIN")
    c.equal(ours[TCP].ack, fin[TCP].seq, "the responder's FIN does not acknowledge the client's")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fin), "the ACK of the client's FIN")
    sock.close()


@check("close-no-ack", ends="the client's FIN is never acknowledged")
def close_no_ack(c):
    sock = c.connect()
    c.echoes(sock)
    sock.shutdown(socket.SHUT_WR)
    c.wait(lambda: len(fins(c, False)) >= 4, "retransmissions of the FIN")
    again = fins(c, False)
    c.equal({p[TCP].seq for p in again}, {again[0][TCP].seq}, "sequence numbers of the FINs")
    c.equal({p[TCP].ack for p in c.sent("A") + c.sent("PA")} & {seq_end(again[0])}, set(),
            "ACKs of the FIN")
    # Linux 6.18: 0.2, 0.4, 0.8 s and so on (the first may be a tail loss probe, RFC 8985).
    c.true(tolerances.doubled(gap(again[-3], again[-2]), gap(again[-2], again[-1]), most=4),
           f"it backs off: {[round(float(gap(a, b)), 2) for a, b in zip(again, again[1:])]}")
    c.linux(tolerances.DATA_AGAIN < gap(again[-3], again[-2]) < 0.4 + tolerances.LATE,
            "it begins with 0.2 s")


@check("close-fin-again(time=400ms,times=3)")
def close_fin_again(c):
    sock = c.connect()
    closes_first(c, sock)
    c.wait(lambda: len(fins(c, True)) == 4, "three more FINs")
    ours = fins(c, True)
    c.equal({(p[TCP].seq, p[TCP].ack) for p in ours}, {(ours[0][TCP].seq, ours[0][TCP].ack)},
            "sequence and acknowledgment numbers of the FINs")
    c.wait(lambda: len([p for p in c.received("A") if p[TCP].ack == seq_end(ours[0])]) >= 4,
           "an ACK of each")
    c.equal(c.sequence().count("R") + c.sequence().count("RA"), 0, "resets")
    c.true(gap(ours[1], ours[3]) > 2 * 0.4 - tolerances.NEARER, "the FINs are sent in intervals")
    c.equal(time_waits(c), 1, "connections in TIME-WAIT")


@check("close-fin-data")
def close_fin_data(c):
    sock = c.connect()
    text = random.randbytes(random.randrange(10, 400))
    sock.sendall(text)
    c.equal(c.receive(sock, len(text)), text)
    c.equal(sock.recv(1), b"", "the end of the stream")
    fin = fins(c, True)[0]
    c.equal(bytes(fin[TCP].payload), text, "the octets of the FIN")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fins(c, False)[0]),
           "the ACK of the client's FIN")


@check("close-fin-data=last words", service="discard")
def close_fin_data_unanswered(c):
    sock = c.connect()
    sock.sendall(b"hello")
    c.equal(c.receive(sock, 10), b"last words")
    c.equal(sock.recv(1), b"", "the end of the stream")
    c.equal(bytes(fins(c, True)[0][TCP].payload), b"last words", "the octets of the FIN")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")


@check("close-fin-early=400ms")
def close_fin_early(c):
    sock = c.connect()
    text = random.randbytes(random.randrange(10, 400))
    sock.sendall(text)
    c.equal(c.receive(sock, len(text)), text)
    c.equal(sock.recv(1), b"", "the end of the stream after the octets")
    early, whole = fins(c, True)[:2]
    c.equal(len(early[TCP].payload), 0, "octets of the early FIN")
    c.equal(bytes(whole[TCP].payload), text)
    c.equal(seq_end(early), seq_end(whole), "the FIN's place")
    c.true(gap(early, whole) > 0.4 - tolerances.NEARER, "the octets are delayed")
    between = [p for p in c.received("A") if early.time < p.time < whole.time]
    c.true(between and between[-1][TCP].ack == whole[TCP].seq,
           "the client acknowledges up to the missing octets")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")


@check("fin-beyond=300ms")
def fin_beyond(c):
    sock = c.connect()
    c.wait(lambda: fins(c, True), "the FIN")
    fin = fins(c, True)[0]
    c.wait(lambda: [p for p in c.received("A") if p.time > fin.time], "the client's answer")
    answer = [p for p in c.received("A") if p.time > fin.time][0]
    c.equal(answer[TCP].ack, seq_end(c.sent("SA")[0]), "the number that the client expects")
    c.true((fin[TCP].seq - answer[TCP].ack) % NEXT >= 1000000, "the FIN is far beyond")
    c.echoes(sock)
    c.closes(sock)


@check("fin-no-ack-flag=300ms")
def fin_no_ack_flag(c):
    sock = c.connect()
    c.wait(lambda: c.sent("F"), "the FIN")
    c.equal(c.sent("F")[0][TCP].seq, seq_end(c.sent("SA")[0]), "sequence number of the FIN")
    sock.settimeout(0.4)
    c.raises(TimeoutError, sock.recv, 1)
    sock.settimeout(c.patience)
    c.equal([p for p in c.received() if p.time > c.sent("F")[0].time], [], "answers to the FIN")
    c.echoes(sock)
    c.closes(sock)


@check("fin-syn-sent")
def fin_syn_sent(c):
    sock = c.connect()
    c.equal(c.sequence()[:4], ["S", "FA", "S", "SA"], "the FIN draws nothing")
    c.equal(c.sent("FA")[0][TCP].ack, seq_end(c.received("S")[0]))
    c.equal(len({p[TCP].seq for p in c.received("S")}), 1, "ISNs")
    c.true(gap(*c.received("S")[:2]) > tolerances.SYN_AGAIN,
           "the SYN is retransmitted after its timeout")
    c.echoes(sock)
    c.closes(sock)


@check("close-data-after(time=500ms,text=boo)")
def close_data_after(c):
    sock = c.connect()
    c.echoes(sock)
    c.equal(sock.recv(10), b"", "the end of the stream")
    fin, ghost = fins(c, True)[0], c.wait(lambda: c.sent("PA")[1:], "octets after the FIN")[0]
    c.equal((bytes(ghost[TCP].payload), ghost[TCP].seq), (b"boo", seq_end(fin)))
    c.equal(sock.recv(10), b"", "nothing after the end")
    sock.sendall(b"still here")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")
    c.equal({p[TCP].ack for p in c.received() if p.time > ghost.time}, {seq_end(fin)},
            "acknowledgment numbers of the client")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fins(c, False)[0]),
           "the ACK of the client's FIN")
    c.equal(c.sequence().count("R"), 0, "resets")


@check("close-rst", ends="the connection is reset")
def close_rst(c):
    sock = c.connect()
    c.echoes(sock)
    sock.shutdown(socket.SHUT_WR)
    c.raises(ConnectionResetError, sock.recv, 1)
    c.equal((fins(c, True), len(c.sent("RA"))), ([], 1), "FINs and RSTs of the responder")


@check("close-fin-rst", ends="the connection is reset")
def close_fin_rst(c):
    sock = c.connect()
    sock.sendall(b"hello")
    c.wait(lambda: c.sent("RA"), "the reset")
    fin, reset = fins(c, True)[0], c.sent("RA")[0]
    c.equal((bytes(fin[TCP].payload), reset[TCP].seq), (b"hello", seq_end(fin)))
    # Linux reports EPIPE if a FIN arrived before the RST, and may have discarded the octets.
    error = c.wait(lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "an error")
    c.true(error in (errno.EPIPE, errno.ECONNRESET), os.strerror(error))


@check("close-rst-on-data", ends="the connection is reset")
def close_rst_on_data(c):
    sock = c.connect()
    sock.sendall(b"hello")
    c.raises(ConnectionResetError, sock.recv, 1)
    reset = c.sent("RA")[0]
    c.equal((reset[TCP].seq, reset[TCP].ack),
            (seq_end(c.sent("SA")[0]), seq_end(c.received("PA")[0])))
    c.equal(len(c.sent()), 2, "segments of the responder: SYN-ACK and RST")


@check("close-idle=600ms")
def close_idle(c):
    sock = c.connect()
    c.echoes(sock)
    c.echoes(sock)
    last = [p for p in c.sent() if p[TCP].payload][-1]
    c.equal(sock.recv(1), b"", "the end of the stream")
    c.true(gap(last, fins(c, True)[0]) > 0.6 - tolerances.NEARER,
           "the responder's FIN follows an idle time")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fins(c, False)[0]),
           "the ACK of the client's FIN")
    sock = c.connect()  # the next behaviour needs a connection of its own
    c.echoes(sock)


@check("close-idle=300ms")
def close_idle_and_a_late_request(c):
    sock = c.connect()
    c.echoes(sock)
    c.wait(lambda: fins(c, True), "the FIN")
    sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    c.wait(lambda: "R" in str(c.sent()[-1][TCP].flags), "a reset of the late request")
    error = c.wait(lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "an error")
    c.true(error in (errno.EPIPE, errno.ECONNRESET), os.strerror(error))


@check("close-leave=400ms")
def close_leave(c):
    sock = c.connect()
    c.echoes(sock)
    c.equal(sock.recv(1), b"", "the end of the stream")
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")
    c.wait(lambda: c.sent()[-1][TCP].ack == seq_end(fins(c, False)[0]),
           "the ACK of the client's FIN")
    c.equal(c.sequence().count("R") + c.sequence().count("RA"), 0, "resets")
    sock = c.connect()
    c.wait(lambda: len(fins(c, True)) == 2, "the next FIN")
    sock.sendall(b"too late")
    c.wait(lambda: "R" in str(c.sent()[-1][TCP].flags), "a reset of the late octets")


def post(sock, octets):
    """Sends the head of a request with a body of this many octets."""
    sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % octets)


@check("answer-early-rst", service="http")
def answer_early_rst(c):
    sock = c.connect()
    sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
    c.equal(c.receive(sock, 15)[:15], b"HTTP/1.1 200 OK", "for a request without a body")
    while sock.recv(1000):
        pass
    sock.close()
    c.wait(lambda: fins(c, False), "the client's FIN")
    sock = c.connect()
    post(sock, 100000)
    c.equal(c.receive(sock, 12)[:12], b"HTTP/1.1 413", "the answer, before the body")
    c.equal(len(fins(c, True)), 2, "FINs of the responder")
    sock.sendall(b"x" * 1000)
    c.wait(lambda: "R" in str(c.sent()[-1][TCP].flags), "a reset of the body")
    c.raises((ConnectionResetError, BrokenPipeError), sock.sendall, b"x" * 1000)


@check("answer-early-rst=503", service="http")
def answer_early_with_octets_unread(c):
    sock = c.connect()
    sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nfour")
    c.wait(lambda: c.sent("RA"), "the reset")
    flags = [str(p[TCP].flags) for p in c.sent()]
    answer, reset = c.sent()[flags.index("RA") - 1:][:2]
    c.true(bytes(answer[TCP].payload).startswith(b"HTTP/1.1 503 "), "the answer precedes the reset")
    c.equal(reset[TCP].seq, seq_end(answer))


@check("timewait-rst=300ms")
def timewait_rst(c):
    sock = c.connect()
    closes_first(c, sock, lasts=False)
    c.wait(lambda: c.sent("R"), "the reset")
    c.equal(c.sent("R")[0][TCP].seq, seq_end(fins(c, True)[0]), "sequence number of the reset")
    if pathlib.Path("/proc/sys/net/ipv4/tcp_rfc1337").read_text() == "0\n":
        c.wait(lambda: time_waits(c) == 0, "the end of TIME-WAIT by assassination")
    c.equal(c.received()[-1].time < c.sent("R")[0].time, True, "the client sends no answer")


@check("timewait-syn=300ms")
def timewait_syn(c):
    sock = c.connect()
    closes_first(c, sock)
    syn = c.wait(lambda: c.sent("S"), "the SYN")[0]
    end = seq_end(fins(c, True)[0])
    c.equal((syn[TCP].seq - end) % NEXT, 1000000)
    answer = c.wait(lambda: [p for p in c.received() if p.time > syn.time], "an answer")[0]
    c.equal((str(answer[TCP].flags), answer[TCP].ack), ("A", end),
            "the client acknowledges its position")
    c.equal(time_waits(c), 1, "connections in TIME-WAIT")


@check("timewait-rst=300ms+timewait-syn=600ms")
def timewait_syn_after_reset(c):
    sock = c.connect()
    closes_first(c, sock, lasts=False)
    syn = c.wait(lambda: c.sent("S"), "the SYN")[0]
    answer = c.wait(lambda: [p for p in c.received() if p.time > syn.time], "an answer")[0]
    c.equal(str(answer[TCP].flags), "RA", "the answer to a SYN without a connection")


if __name__ == "__main__":
    main("teardown")
