# SPDX-License-Identifier: MIT
"""The server's kernel, which must take no part in the responder's traffic: its interface, and the
packets that it sends. Also echo requests of the client's kernel."""
import json
import socket
import struct
import subprocess

from . import frames, lab


def link(namespace, interface="eth0"):
    done = subprocess.run(["ip", "-n", namespace, "-d", "-j", "link", "show", interface],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def mac_of(text):
    return bytes.fromhex(text.replace(":", ""))


class Watch(frames.Watch):
    """Records every frame on an interface of this namespace, in both directions."""

    def __init__(self, interface="eth0"):
        self.seen = []
        super().__init__(interface, self.seen.append)

    def sorted(self, start=0):
        """Returns [(source, EtherType, packet)] of the frames until now, from number `start` on."""
        return [(frame[6:12], frame[12:14], frame[14:]) for frame in self.seen[start:]]

    def stop(self):
        super().stop()
        return self.sorted()

    def segments(self):
        """Returns [(source, segment)]."""
        return [(source, frames.Segment(packet)) for source, kind, packet in self.stop()
                if kind == b"\x08\x00" and packet[9] == 6 or
                kind == b"\x86\xdd" and packet[6] == 6]


def from_kernel(watched, mac, own):
    """Returns the packets from `mac`, the kernel's, that only an owner of the responder's addresses,
    or a router, would send. The addresses `own` belong to the kernel."""
    said = []
    for source, kind, packet in watched:
        if source != mac:
            continue
        if kind == b"\x08\x00" and packet[9] == 1:
            said.append(("icmp", packet[20], packet.hex()))
        elif kind == b"\x86\xdd" and packet[6] == 58 and packet[40] in (1, 2, 3, 4, 129, 137):
            said.append(("icmpv6", packet[40], packet.hex()))
        elif kind in (b"\x08\x00", b"\x86\xdd") and packet[9 if kind[0] == 8 else 6] == 6:
            s = frames.Segment(packet)
            if s.flags & frames.RST or s.src not in own:
                said.append(("tcp", s.src, s.flags))
    return said


def set_forwarding(namespace, forwarding):
    """0 makes the namespace a host, 1 a router, as Docker does."""
    for path in "ipv4/ip_forward", "ipv6/conf/all/forwarding":
        lab.set_sysctl(namespace, path, forwarding)


def ping(address, payload, timeout=lab.PATIENCE, source=None):
    """Sends an echo request by the client kernel's IP, to one of its addresses. Returns the payload
    of the reply, or None after the timeout."""
    v4 = "." in address
    family, protocol = (socket.AF_INET, 1) if v4 else (socket.AF_INET6, 58)
    with socket.socket(family, socket.SOCK_RAW, protocol) as s:
        s.settimeout(timeout)
        if source:
            s.bind((source, 0))
        head = struct.pack("!BBHHH", 8 if v4 else 128, 0, 0, 0x1234, 7)
        if v4:
            head = head[:2] + struct.pack("!H", frames.checksum(head + payload)) + head[4:]
        s.sendto(head + payload, (address, 0))
        try:
            while True:
                got, source = s.recvfrom(70000)
                got = got[(got[0] & 15) * 4:] if v4 else got
                if got[0] == (0 if v4 else 129) and source[0] == address:
                    return got[8:] if got[4:8] == head[4:8] else None
        except TimeoutError:
            return None
