# SPDX-License-Identifier: MIT
"""A minimal Ethernet, IP and TCP for hand-made clients, and pcap files."""
import errno
import ipaddress
import socket
import struct
import threading
import time

# Timeout for expected events, in seconds: a busy machine may delay them. Waits for events that must
# not occur are as short as possible.
PATIENCE = 30

SO_RCVBUFFORCE = 33
PACKET_OUTGOING, SOL_PACKET, PACKET_STATISTICS = 4, 263, 6

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, length, protocol=6):
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if src.version == 4:
        return src.packed + dst.packed + struct.pack("!BBH", 0, protocol, length)
    return src.packed + dst.packed + struct.pack("!IHBB", length, 0, 0, protocol)


def tcp(src, dst, sport, dport, flags, seq, ack=0, window=65535, options=b"", payload=b"",
        ae=False):
    """Returns an IP packet with TCP. AE is the flag before CWR."""
    options += b"\0" * (-len(options) % 4)
    offset = (20 + len(options)) // 4
    header = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                         offset << 4 | ae, flags, window, 0, 0) + options
    sum_ = checksum(pseudo(src, dst, len(header) + len(payload)) + header + payload)
    header = header[:16] + struct.pack("!H", sum_) + header[18:]
    return ip(src, dst, header + payload)


def ip(src, dst, body, protocol=6):
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + a.packed + b.packed + body
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0x4000, 64, protocol, 0,
                         a.packed, b.packed)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body


class Segment:
    """The fields of an IP packet with TCP."""

    def __init__(self, packet):
        if packet[0] >> 4 == 4:
            length, = struct.unpack_from("!H", packet, 2)
            start = (packet[0] & 15) * 4
            self.src, self.dst = packet[12:16], packet[16:20]
            self.id, flags, self.ttl = struct.unpack_from("!HHB", packet, 4)
            self.df = bool(flags & 0x4000)
        else:
            length = 40 + struct.unpack_from("!H", packet, 4)[0]
            start = 40
            self.src, self.dst = packet[8:24], packet[24:40]
            self.id, self.df, self.ttl = None, None, packet[7]
        self.src = str(ipaddress.ip_address(self.src))
        self.dst = str(ipaddress.ip_address(self.dst))
        body = packet[start:length]
        self.sport, self.dport, self.seq, self.ack, offset, self.flags, self.window = \
            struct.unpack_from("!HHIIBBH", body)
        offset = (offset >> 4) * 4
        self.options, self.payload = body[20:offset], body[offset:]
        self.good = checksum(pseudo(self.src, self.dst, len(body)) + body) == 0


def packet_socket(interface):
    """Returns a socket that receives every frame on one interface of this namespace, or on all if
    `interface` is None, with a buffer for a busy machine."""
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    heard.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
    if interface:
        heard.bind((interface, 0))
    lost(heard)  # discards the count from before the filter and the buffer were set
    return heard


def lost(heard):
    """Returns how many frames a packet socket dropped for lack of room since the previous call."""
    return struct.unpack("II", heard.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]


class RawClient:
    """A hand-made TCP client on one interface, with an address that the kernel does not own."""

    def __init__(self, interface, src, dst, dport, sport, isn, gateway):
        self.socket = packet_socket(interface)
        self.socket.settimeout(PATIENCE)
        self.mac = self.socket.getsockname()[4]
        self.gateway = gateway
        self.src, self.dst, self.sport, self.dport = src, dst, sport, dport
        self.isn = isn

    def send(self, flags, seq, ack=0, payload=b"", **more):
        packet = tcp(self.src, self.dst, self.sport, self.dport, flags, self.isn + seq, ack,
                     payload=payload, **more)
        kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
        self.socket.send(self.gateway + self.mac + kind + packet)

    def receive(self):
        """Returns the next segment from the server to this client."""
        while True:
            frame = self.socket.recv(70000)
            if frame[12:14] not in (b"\x08\x00", b"\x86\xdd"):
                continue
            packet = frame[14:]
            if packet[9 if packet[0] >> 4 == 4 else 6] != 6:
                continue
            s = Segment(packet)
            if (s.src, s.sport, s.dport) == (self.dst, self.dport, self.sport):
                return s

    def close(self):
        self.socket.close()


def without_ethernet(frame):
    """Returns the IP packet, without padding of the frame."""
    length, = struct.unpack_from("!H", frame, 16 if frame[14] >> 4 == 4 else 18)
    return frame[14:14 + length + (0 if frame[14] >> 4 == 4 else 40)]


def is_tcp(frame):
    """Returns true for TCP over IPv4, and over IPv6 without extension headers."""
    return (frame[12:14] in (b"\x08\x00", b"\x86\xdd") and
            frame[14 + (9 if frame[14] >> 4 == 4 else 6)] == 6)


class Watch(threading.Thread):
    """Calls `take` with every frame on one interface of this namespace, or on all if `interface` is
    None, from now until stop(), or until take() returns true."""

    def __init__(self, interface, take):
        super().__init__(daemon=True)
        self.take = take
        self.socket = packet_socket(interface)
        self.socket.settimeout(0.1)
        self.ended = self.drained = self.enough = False
        self.start()

    def run(self):
        while True:
            try:
                frame, address = self.socket.recvfrom(70000)
            except TimeoutError:
                if self.ended:
                    self.drained = True
                    return
                continue
            except OSError as error:
                if error.errno != errno.ENETDOWN:  # reported once when the interface is removed
                    raise
                continue
            self.meet(frame, address)
            if self.enough:
                return

    def meet(self, frame, address):
        # On lo each frame is seen twice, outgoing and incoming.
        if address[0] != "lo" or address[2] != PACKET_OUTGOING:
            self.enough = self.take(frame)

    def stop(self):
        """Processes queued frames until there are none for a tenth of a second."""
        self.ended = True
        self.join()
        unseen = lost(self.socket)
        self.socket.close()
        if not self.enough and (unseen or not self.drained):
            raise AssertionError(f"frames were not captured, {unseen} dropped by the kernel")


class Capture:
    """A pcap file with all frames, or with the first `sample` octets of them. Fails if all frames
    exceed LIMIT."""

    LIMIT = 64 << 20

    def __init__(self, path, sample=None, link=1):
        self.sample, self.limit = sample, sample or self.LIMIT
        self.file = open(path, "wb")
        self.file.write(pcap_header(link))

    def add(self, frame):
        """Returns true if the file is full."""
        if self.file.tell() < self.limit:
            self.file.write(pcap_record(time.time_ns(), frame))
        return self.file.tell() >= self.limit

    def close(self):
        full = self.file.tell() >= self.limit
        self.file.close()
        if full and not self.sample:
            raise AssertionError(f"{self.file.name} is full: some frames are missing")


def read_pcap(path):
    """Returns the link type and [(time in ns, frame)] of a classic pcap file."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    nano = data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    link, = struct.unpack_from(order + "I", data, 20)
    frames, at = [], 24
    while at < len(data):
        seconds, part, length, _ = struct.unpack_from(order + "IIII", data, at)
        frames.append((seconds * 10**9 + part * (1 if nano else 1000),
                       data[at + 16:at + 16 + length]))
        at += 16 + length
    return link, frames


def pcap_header(link):
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)


def pcap_record(when, frame):
    return struct.pack("<IIII", when // 10**9, when % 10**9 // 1000, len(frame),
                       len(frame)) + frame


def write_pcap(path, frames, link=1):
    path.write_bytes(pcap_header(link) + b"".join(pcap_record(*f) for f in frames))
