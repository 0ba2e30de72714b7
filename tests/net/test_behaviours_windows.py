#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/windows.conf, with the kernel's client."""
import random
import threading

from lib import tolerances

from scapy.layers.inet import TCP

from lib.behaviours import check, main


def number(n):
    return n & 0xffffffff


def windows(c):
    """Returns the window fields of the responder's segments."""
    return [p[TCP].window for p in c.sent()]


def first(c, what, condition):
    """Returns the responder's first segment that satisfies `condition`."""
    found = [p for p in c.sent() if condition(p)]
    c.true(found, what)
    return found[0]


def octets(c):
    """Returns [(offset in the client's stream, length, time)] of its segments with octets."""
    isn = c.received("S")[0][TCP].seq
    return [(number(p[TCP].seq - isn - 1), len(p[TCP].payload), p.time)
            for p in c.received() if p[TCP].payload]


def probes(c):
    """Returns the times of the client's window probes. Linux sends them without octets, with the
    sequence number before the next."""
    isn = c.received("S")[0][TCP].seq
    una = number(c.sent()[-1][TCP].ack - isn)
    return [p.time for p in c.received("A")
            if not p[TCP].payload and number(p[TCP].seq - isn) == una - 1]


def whole_echo(c, sock, text):
    """Sends the text to the service, and expects it back."""
    sender = threading.Thread(target=sock.sendall, args=(text,))
    sender.start()
    c.equal(c.receive(sock, len(text)), text)
    sender.join()


@check("win-zero-synack=1500ms")
def closed_in_the_synack(c):
    sock = c.connect()
    text = random.randbytes(1000)
    sock.sendall(text)
    c.equal(c.receive(sock, len(text)), text)
    c.equal(windows(c)[0], 0, "the window of the SYN-ACK")
    opened = first(c, "an open window", lambda p: p[TCP].window).time
    c.true(opened - c.received("A")[0].time > 1.4, "it opens 1.5 s later")
    c.true(all(when > opened for _, _, when in octets(c)), "no octets before it is open")
    asked = [when for when in probes_of_nothing(c) if when < opened]
    # Linux: after about 0.2, 0.6 and 1.4 s.
    c.true(2 <= len(asked) <= 4, f"{len(asked)} probes")
    c.closes(sock)


def probes_of_nothing(c):
    """Returns the times of the probes of a client that could not send any octet yet."""
    isn = c.received("S")[0][TCP].seq
    return [p.time for p in c.received("A") if p[TCP].seq == isn]


@check("win-zero-hold(octets=1000,time=2s)")
def closed_behind_the_first_octets(c):
    sock = c.connect()
    text = random.randbytes(5000)
    whole_echo(c, sock, text)
    isn = c.received("S")[0][TCP].seq
    closed = [p for p in c.sent() if p[TCP].window == 0]
    c.true(len(closed) >= 4, f"{len(closed)} segments with a closed window")
    c.equal({number(p[TCP].ack - isn - 1) for p in closed}, {1000}, "octets accepted until then")
    opened = first(c, "an open window", lambda p: p.time > closed[-1].time).time
    c.true(opened - c.sent("SA")[0].time > 2 - tolerances.NEARER, "it is closed for two seconds")
    asked = [p.time for p in c.received("A") if number(p[TCP].seq - isn) == 1000]
    gaps = [b - a for a, b in zip(asked, asked[1:])]
    # Linux: after about 0.2 s, then doubling.
    c.true(len(gaps) >= 2, f"{len(asked)} probes")
    c.true(all(map(tolerances.doubled, gaps, gaps[1:])), f"the gaps double: {gaps}")
    c.closes(sock)


@check("win-update-lost=300ms")
def opening_is_lost(c):
    sock = c.connect()
    c.equal(windows(c)[0], 0, "the window of the SYN-ACK")
    text = random.randbytes(1000)
    whole_echo(c, sock, text)
    opened = first(c, "an open window", lambda p: p[TCP].window)
    before = [p for p in c.packets if TCP in p and p.time < opened.time]
    c.true(not before[-1].ours and opened.time > before[0].time + 0.3,
           "only the answer to the client's probe opens the window")
    c.closes(sock)


@check("win-one")
def one_octet(c):
    sock = c.connect(timeout=c.patience * 2)
    text = random.randbytes(4)
    whole_echo(c, sock, text)
    c.equal(set(windows(c)), {1}, "windows")
    c.equal({length for _, length, _ in octets(c)}, {1}, "octets of a segment")
    # Linux: one octet every 0.2 s, about.
    c.true(octets(c)[-1][2] - octets(c)[0][2] > 0.3, "the client does not send continuously")
    c.closes(sock)


@check("win-shrink(octets=100,time=1s)")
def shrunk(c):
    sock = c.connect()
    text = random.randbytes(20000)
    whole_echo(c, sock, text)
    isn = c.received("S")[0][TCP].seq
    small = [p for p in c.sent() if p[TCP].window == 100]
    c.true(small, "a window of 100")
    shrinks = small[0]
    edge = number(shrinks[TCP].ack - isn - 1) + 100
    earlier = number(max(p[TCP].ack + p[TCP].window - isn - 1 for p in c.sent()
                         if p.time < shrinks.time))
    c.true(edge < earlier, f"its right edge moves from {earlier} to {edge}")
    wide = first(c, "a wide window",
                 lambda p: p.time > shrinks.time and p[TCP].window > 1000).time
    c.true(wide - octets(c)[0][2] > 1 - tolerances.NEARER, "a second after the first octets")
    highest = 0
    for offset, length, when in octets(c):
        # The client may retransmit octets that it sent before the window shrank.
        if shrinks.time + tolerances.STALL < when < wide and offset + length > highest:
            known = [number(p[TCP].ack + p[TCP].window - isn - 1) for p in c.sent()
                     if shrinks.time <= p.time < when]
            c.true(offset + length <= max(known),
                   f"new octets {offset}+{length} exceed the windows {known}")
        highest = max(highest, offset + length)
    c.closes(sock)


@check("win-silly(octets=10,steps=20,time=20ms)")
def silly_steps(c):
    sock = c.connect()
    whole_echo(c, sock, random.randbytes(20000))
    isn = c.received("S")[0][TCP].seq
    closed = first(c, "a closed window", lambda p: p[TCP].window == 0)
    c.equal(number(closed[TCP].ack - isn - 1), 8192, "octets that fill the window")
    steps = [p for p in c.sent("A") if 0 < p[TCP].window <= 200]
    c.true(len(steps) >= 20, f"{len(steps)} steps")
    c.true(all(number(b[TCP].ack + b[TCP].window - a[TCP].ack - a[TCP].window) == 10
               for a, b in zip(steps, steps[1:])), "each step is 10 octets")
    opened = first(c, "a wide window", lambda p: p[TCP].window > 10000).time
    small = [n for o, n, when in octets(c) if closed.time < when < opened]
    # Linux waits for more room, but not forever: its timer then sends as much as fits.
    c.true(len(small) <= 4, f"segments before the window is wide: {small}")
    c.closes(sock)


def is_large(c, window):
    sock = c.connect()
    text = random.randbytes(300000)
    whole_echo(c, sock, text)
    synack = c.sent("SA")[0][TCP]
    c.true("WScale" not in dict(synack.options), "no scaling")
    c.equal(synack.window, window, "the window of the SYN-ACK")
    c.true(all(w <= window for w in windows(c)), "no larger window")
    c.closes(sock)


@check("win-big")
def large_window(c):
    is_large(c, 65535)


@check("win-big=32768")
def just_the_highest_bit(c):
    is_large(c, 32768)


if __name__ == "__main__":
    main("windows")
