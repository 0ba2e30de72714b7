# SPDX-License-Identifier: MIT
"""The server's kernel, which is to have no part in what the responder does: its interface, and what
it says on the wire all the same."""
import json
import socket
import subprocess
import threading

import frames
import lab


def link(namespace, interface="eth0"):
    done = subprocess.run(["ip", "-n", namespace, "-d", "-j", "link", "show", interface],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def mac_of(text):
    return bytes.fromhex(text.replace(":", ""))


class Watch(threading.Thread):
    """Every frame that comes in at one interface of this namespace: (source, tag, packet type,
    packet)."""

    def __init__(self, interface="eth0"):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((interface, 0))
        self.socket.settimeout(0.05)
        self.frames = []
        self.ended = False
        self.start()

    def run(self):
        while True:
            last = self.ended  # what came in until then is still read
            try:
                frame, address = self.socket.recvfrom(70000)
            except TimeoutError:
                if last:
                    return
                continue
            if address[2] != 4:  # PACKET_OUTGOING
                self.frames.append((frame[6:12], frame[12:14], frame[14:]))

    def stop(self):
        self.ended = True
        self.join()
        self.socket.close()
        return self.frames


def from_kernel(watched, mac, own):
    """What the kernel with this MAC, which owns these addresses, said that only an owner of the
    address, or a router, would."""
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
    """0: it is a host. 1: a router, as any with Docker."""
    for path in "ipv4/ip_forward", "ipv6/conf/all/forwarding":
        lab.run("ip", "netns", "exec", namespace, "sh", "-c",
                f"echo {forwarding} >/proc/sys/net/{path}")
