# SPDX-License-Identifier: MIT
"""Records the frames on one interface of this namespace while a test runs."""
import select
import socket
import struct
import threading

from . import frames

SO_TIMESTAMPNS = 35


class Capture(threading.Thread):
    """Keeps frames in the order in which the kernel handled them: a segment that a client sends in
    answer follows the segment that caused it. Keeps the first `snap` octets of each frame."""

    def __init__(self, interface, snap=70000):
        super().__init__(daemon=True)
        self.snap = snap
        self.socket = frames.packet_socket(interface)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setblocking(False)
        self.taken = []  # (time in ns, sent by this host, frame)
        self.ended = False
        self.start()

    def take(self):
        """Takes one more frame. Returns false if none is queued."""
        try:
            frame, more, _, address = self.socket.recvmsg(self.snap, 64)
        except BlockingIOError:
            return False
        seconds, ns = struct.unpack("qq", more[0][2][:16])
        self.taken.append((seconds * 10**9 + ns, address[2] == frames.PACKET_OUTGOING, frame))
        return True

    def run(self):
        while not self.ended:
            select.select([self.socket], [], [], 0.05)
            while self.take():
                pass

    def stop(self):
        """Returns all frames until now. Fails if the kernel had no room for some frames."""
        self.ended = True
        self.join()
        while self.take():
            pass
        unseen = frames.lost(self.socket)
        self.socket.close()
        if unseen:
            raise AssertionError(f"{unseen} frames were not captured")
        return self.taken
