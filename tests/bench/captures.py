# SPDX-License-Identifier: MIT
"""The captures that a replay of synackd answers, and the answers.

A client acknowledges sequence numbers that the responder chooses. The seed of the replay determines
them, so complete() replays the capture until each client knows the answers that it acknowledges."""
import pathlib
import struct
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))
from lib import frames  # noqa: E402

START = 1_700_000_000 * 10**9  # the time of the first frame, in ns
US, MS = 10**3, 10**6
ACK, FIN, PSH, RST, SYN = frames.ACK, frames.FIN, frames.PSH, frames.RST, frames.SYN
FROM, TO = bytes.fromhex("020000000002"), bytes.fromhex("020000000001")
ROUNDS_MAX = 4

# The options of a SYN of Linux: mss, sackOK, TS with the time of the client, nop, wscale.
LINUX = struct.pack("!BBHBBBBIIBBB", 2, 4, 1460, 4, 2, 8, 10, 1000, 0, 1, 3, 3) + b"\7"
MSS = struct.pack("!BBH", 2, 4, 1460)
TIMESTAMPS = b"\1\1\x08\x0a"  # nop, nop, and the kind and length of the option
TSVAL_AT = LINUX.index(TIMESTAMPS[2:]) + 2
UNSCALED = LINUX[:-1] + b"\0"


class MissingAnswers(Exception):
    """The responder did not send a segment that a client acknowledges."""


class Answer(typing.NamedTuple):
    """A segment of the responder. Addresses are octets."""
    client: bytes
    client_port: int
    server: bytes
    port: int
    flags: int
    seq: int
    octets: int  # of data
    tsval: int  # 0 if the segment has no timestamp

    @property
    def end(self):
        """The sequence number after the segment."""
        takes = bool(self.flags & SYN) + bool(self.flags & FIN)
        return (self.seq + self.octets + takes) & 0xffffffff

    @property
    def kind(self):
        """The flags in the notation of scripts, and the number of octets if there are any."""
        letters = "".join(letter for letter, bit in (
            ("S", SYN), ("F", FIN), ("R", RST), ("P", PSH),
            (".", ACK)) if self.flags & bit)
        return f"{letters} {self.octets}" if self.octets else letters


def answer_of(frame):
    """Returns the Answer in an Ethernet frame."""
    if frame[14] >> 4 == 4:
        start, end = 14 + (frame[14] & 15) * 4, 14 + struct.unpack_from("!H", frame, 16)[0]
        server, client = frame[26:30], frame[30:34]
    else:
        start, end = 54, 54 + struct.unpack_from("!H", frame, 18)[0]
        server, client = frame[22:38], frame[38:54]
    port, client_port, seq, _, offset, flags = struct.unpack_from("!HHIIBB", frame, start)
    data = start + (offset >> 4) * 4
    at = frame.find(TIMESTAMPS[2:], start + 20, data)
    tsval = struct.unpack_from("!I", frame, at + 2)[0] if at > 0 else 0
    return Answer(client, client_port, server, port, flags, seq, end - data, tsval)


def read_answers(path):
    """Returns the answers in a capture."""
    return [answer_of(frame) for _, frame in frames.read_pcap(path)[1]]


class Known:
    """The answers of the responder on one connection: the sequence numbers after each segment that
    takes sequence numbers, in order, and the timestamp of the SYN-ACK."""
    __slots__ = "ends", "tsval"

    def __init__(self):
        self.ends, self.tsval = [], 0

    def add(self, answer):
        if answer.end != answer.seq and answer.end not in self.ends:
            self.ends.append(answer.end)
            self.tsval = self.tsval or answer.tsval


class Client:
    """One end of a connection. It makes the frames of the client in order."""
    __slots__ = "capture", "address", "server", "port", "server_port", "next", "options", "known"

    def __init__(self, capture, address, server, port=40000, server_port=7, options=LINUX):
        self.capture, self.address, self.server = capture, address, server
        self.port, self.server_port, self.options = port, server_port, options
        self.next = int.from_bytes(address[-4:], "big") * 65537 + port & 0xffffffff
        self.known = capture.known.get((address, port, server, server_port))

    def add(self, when, flags, options, ack=0, window=64240, payload=b""):
        packet = frames.tcp(self.address, self.server, self.port, self.server_port, flags,
                            self.next, ack, window, options, payload)
        self.capture.add(when, packet)
        takes = len(payload) + bool(flags & SYN) + bool(flags & FIN)
        self.next = (self.next + takes) & 0xffffffff

    def tsval(self, when):
        return 1000 + when // MS & 0xffffffff

    def syn(self, when):
        options = self.options
        if options != MSS:
            options = (options[:TSVAL_AT] + struct.pack("!I", self.tsval(when)) +
                       options[TSVAL_AT + 4:])
        self.add(when, SYN, options)

    def segment(self, when, flags=ACK, answers=1, beyond=0, payload=b"", window=64240):
        """Adds a segment that acknowledges the first `answers` segments of the responder and
        `beyond` further octets. Omits it if a replay must show these answers first."""
        if self.known is None or len(self.known.ends) < answers:
            self.capture.complete = False
            return
        options = b""
        if self.options != MSS:
            options = TIMESTAMPS + struct.pack("!II", self.tsval(when), self.known.tsval)
        self.add(when, flags, options, self.known.ends[answers - 1] + beyond, window, payload)


class Capture:
    """The frames of all clients. Times are in ns since START."""

    def __init__(self, known):
        self.known, self.complete, self.frames = known, True, []

    def add(self, when, packet):
        ethertype = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
        self.frames.append((START + when, TO + FROM + ethertype + packet))

    def write(self, path):
        self.frames.sort(key=lambda frame: frame[0])
        frames.write_pcap(path, self.frames)


def complete(build, path, replay, known):
    """Writes a capture to `path`. build(capture) adds its frames, and replay() returns the answers
    to the written capture, which are added to `known`: the Known of each connection."""
    for _ in range(ROUNDS_MAX):
        capture = Capture(known)
        build(capture)
        capture.write(path)
        if capture.complete:
            return
        for answer in replay():
            key = answer.client, answer.client_port, answer.server, answer.port
            known.setdefault(key, Known()).add(answer)
    raise MissingAnswers(f"{path}: answers are missing after {ROUNDS_MAX} replays")
