# SPDX-License-Identifier: MIT
"""What crosses one interface of this namespace, recorded while a test runs."""
import select
import socket
import struct
import threading

from . import frames

SO_TIMESTAMPNS = 35


class Capture(threading.Thread):
    """Frames in the order in which the kernel handled them: what a client sends stands behind the
    segment that let it. The first `snap` octets of each are kept."""

    def __init__(self, interface, snap=70000):
        super().__init__(daemon=True)
        self.snap = snap
        self.socket = frames.packet_socket(interface)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setblocking(False)
        self.taken = []  # (time in ns, we sent it, frame)
        self.ended = False
        self.start()

    def take(self):
        """One more frame; False when there is none now."""
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
        """All that was taken until now. Frames that the kernel had no room for fail the test."""
        self.ended = True
        self.join()
        while self.take():
            pass
        unseen = frames.lost(self.socket)
        self.socket.close()
        if unseen:
            raise AssertionError(f"{unseen} frames were not captured")
        return self.taken
