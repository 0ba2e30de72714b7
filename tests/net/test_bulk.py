#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bulk transfers in which the sequence numbers of both sides wrap, and windows from one octet to a
gigabyte, of which clients see neither more nor much less than the setting."""
import os
import pathlib
import random
import socket
import struct
import threading
import time
import unittest

from lib import capture, frames, lab, tolerances

MB = 1024 * 1024
# Under ASan the daemon is many times slower, and its rate is not significant.
BULK = 64 * MB if lab.SANITIZED else 1024 * MB
FLOOR = 0 if lab.SANITIZED else tolerances.BULK_RATE
HALF_WAY = 2**32 - BULK // 2  # ISN with which sequence numbers wrap half-way

PERIOD = 1000003  # a prime: no buffer or window is a multiple
PATTERN = random.Random(1).randbytes(PERIOD)
TWICE = memoryview(PATTERN * 2)

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
SEND_QUEUE = 2


def piece(at, count):
    """Returns `count` octets (at most PERIOD) of the endless stream, from offset `at` on."""
    return TWICE[at % PERIOD:at % PERIOD + count]


def client_with_isn(isn):
    """Returns a kernel socket with the given ISN."""
    sock = socket.socket()
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, SEND_QUEUE)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, struct.pack("I", isn))
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
    return sock


def send_all(sock, count):
    sent = 0
    while sent < count:
        sent += sock.send(piece(sent, min(count - sent, 256 * 1024)))
    sock.shutdown(socket.SHUT_WR)


def receive_all(sock):
    """Returns the number of octets until the end, each of which is checked."""
    buffer = memoryview(bytearray(512 * 1024))
    got = 0
    while True:
        n = sock.recv_into(buffer)
        if not n:
            return got
        if buffer[:n] != piece(got, n):
            raise AssertionError(f"wrong octets at offset {got}")
        got += n


def echo(sock, count):
    """Sends octets and reads their echo at the same time. Returns the number of octets read, and
    the time that it took."""
    begun = time.monotonic()
    sender = threading.Thread(target=send_all, args=(sock, count))
    sender.start()
    got = receive_all(sock)
    sender.join()
    return got, time.monotonic() - begun


def waits(*pids):
    """Returns the seconds that each thread of the processes waited for a CPU."""
    return {path: int(path.read_text().split()[1]) / 1e9 for pid in pids
            for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")}


class Bulk:
    """One bulk transfer over a link; subclasses set `veth`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, sample=8 << 20, veth=cls.veth)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(f'''
endpoints = (
  {{ name = "bulk"; address = "{cls.lab.v4}"; ports = "7000"; service = "echo";
     window = {4 * MB}; isn = "{HALF_WAY}"; }}
);
''', bound=0))

    def test_rate_and_wrap(self):
        sock = client_with_isn(HALF_WAY)
        self.addCleanup(sock.close)
        sock.settimeout(60)
        sock.connect((self.lab.v4, 7000))
        trace = self.lab.ctl("trace", "last")
        self.assertEqual((trace["iss"], trace["irs"]), (HALF_WAY, HALF_WAY))
        pids = self.lab.pid(), os.getpid()
        before = waits(*pids)
        got, took = echo(sock, BULK)
        self.assertEqual(got, BULK)
        waited = max(waited - before.get(thread, 0) for thread, waited in waits(*pids).items())
        rate = BULK / MB / (took - waited)
        print(f"{self.lab.interface}: {BULK // MB} MB each way in {took:.1f} s; a thread "
              f"waited {waited:.1f} s for a CPU: {rate:.0f} MB/s each way", flush=True)
        self.assertGreater(rate, FLOOR)


class Veth(Bulk, unittest.TestCase):
    veth = True


class Loopback(Bulk, unittest.TestCase):
    veth = False


class Header:
    """The fields of a frame with TCP over IPv4, of which only the first octets were kept."""

    def __init__(self, ours, frame):
        length, = struct.unpack_from("!H", frame, 16)
        start = 14 + (frame[14] & 15) * 4
        self.ours = ours
        self.sport, self.dport, self.seq, self.ack, offset, self.flags, self.window = \
            struct.unpack_from("!HHIIBBH", frame, start)
        offset = (offset >> 4) * 4
        self.options = frame[start + 20:start + offset]
        self.len = length - (start - 14) - offset

    def wscale(self):
        """Returns the shift that the options offer, or None."""
        at = 0
        while at < len(self.options) and self.options[at]:
            if self.options[at] == 3:
                return self.options[at + 2]
            at += 1 if self.options[at] == 1 else self.options[at + 1]
        return None


def since(start, number):
    """Returns a sequence number relative to another one."""
    return (number - start + 2**31) % 2**32 - 2**31


class Windows(unittest.TestCase):
    """Echoes through an endpoint for each window; every segment is checked."""

    SET = 1, 2, 10, 100, 536, 1460, 65535, 65536, MB, 64 * MB, 1024 * MB
    SHIFTED = 1000000  # with a shift of 14, of which it is not a multiple

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, sample=8 << 20)
        cls.addClassCleanup(cls.lab.close)
        cls.ports = {}
        cls.shifted = len(cls.SET) + 7000
        endpoints = [f'''{{ name = "shifted"; address = "{cls.lab.v4}"; ports = "{cls.shifted}";
            service = "echo"; window = {cls.SHIFTED}; wscale = "14"; }}''']
        for i, window in enumerate(cls.SET):
            cls.ports[window] = 7000 + i
            endpoints.append(f'''{{ name = "w{window}"; address = "{cls.lab.v4}";
                ports = "{7000 + i}"; service = "echo"; window = {window}; }}''')
        cls.lab.start(cls.lab.config(f"endpoints = ( {','.join(endpoints)} );"))

    def connect(self, port, buffer=None):
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.settimeout(60)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.connect((self.lab.v4, port))
        return sock

    def segments(self, watch, port):
        taken = [Header(ours, frame) for _, ours, frame in watch.stop()
                 if frame[12:14] == b"\x08\x00" and frame[23] == 6]
        return [h for h in taken if port in (h.sport, h.dport)]

    def check(self, segments, window, shift):
        """Checks each segment that the client received against the setting."""
        synack = next(h for h in segments if not h.ours)
        self.assertEqual((synack.flags, synack.window, synack.wscale()),
                         (frames.SYN | frames.ACK, min(window, 65535), shift))
        # RFC 7323 2.4: an edge that the shift cannot express may move back, by less than one unit.
        first, unit = synack.ack, 1 << shift
        acked, edge, widest, most = 0, synack.window, 0, 0
        for h in segments:
            if h.flags & frames.SYN:
                continue
            if h.ours:
                end = since(first, h.seq) + h.len
                self.assertLessEqual(end, edge, "the client sent beyond the window")
                most = max(most, end - acked)
                continue
            offered = h.window << shift
            self.assertLess(offered, window + unit)
            self.assertGreater(since(first, h.ack) + offered, edge - unit, "the window shrank")
            acked, edge = since(first, h.ack), max(edge, since(first, h.ack) + offered)
            widest = max(widest, offered)
        self.assertGreaterEqual(widest, min(window // unit, 65535) * unit)
        self.assertLessEqual(most, window + unit - 1)
        return most

    def transfer(self, port, window, shift):
        # With less than 36 octets of window, Linux sends only when its persist timer expires.
        count = min((10 if window < 36 else 200) * window, 8 * MB)
        watch = capture.Capture("eth0", 128)
        got, took = echo(self.connect(port), count)
        segments = self.segments(watch, port)
        self.assertEqual(got, count)
        most = self.check(segments, window, shift)
        print(f"window {window}: {count} octets in {took:.2f} s, {len(segments)} segments, at most "
              f"{most} octets unacknowledged", flush=True)

    def test_transfers(self):
        for window in self.SET:
            with self.subTest(window=window):
                shift = 0
                while shift < 14 and window >> shift > 65535:
                    shift += 1
                self.transfer(self.ports[window], window, shift)

    def test_shift_of_fourteen(self):
        self.transfer(self.shifted, self.SHIFTED, 14)

    def stall(self, window, shift):
        """A client that does not read until the window is closed, and then reads everything."""
        count = window + MB  # exceeds the window, the queue of the echo, and the client's buffer
        watch = capture.Capture("eth0", 128)
        sock = self.connect(self.ports[window], 64 * 1024)
        sender = threading.Thread(target=send_all, args=(sock, count))
        sender.start()

        def closed():
            last = [h for h in (Header(ours, frame) for _, ours, frame in watch.taken[-20:])
                    if not h.ours]
            return last and not last[-1].window

        lab.wait_for("a closed window", closed, 60)
        got = receive_all(sock)
        sender.join()
        self.assertEqual(got, count)
        self.check(self.segments(watch, self.ports[window]), window, shift)

    def test_window_closes_and_opens(self):
        for window, shift in (536, 0), (65535, 0), (MB, 5), (64 * MB, 11):
            with self.subTest(window=window):
                self.stall(window, shift)


if __name__ == "__main__":
    lab.main()
