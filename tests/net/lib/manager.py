# SPDX-License-Identifier: MIT
"""A service manager for sd_notify(3)."""
import socket
import time

from . import lab


class Manager:
    """The receiving end of sd_notify(3)."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))

    def next(self, seconds=lab.PATIENCE):
        """Returns the next message as {name: value}, or None after the timeout."""
        self.socket.settimeout(seconds)
        try:
            return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
        except TimeoutError:
            return None

    def until(self, what, wanted, seconds=lab.PATIENCE):
        """Returns the first message for which wanted(message) is true."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self.next(left)
            if message and wanted(message):
                return message
        raise AssertionError(f"{what}: not within {seconds} s")

    def clear(self):
        while self.next(0.01):
            pass
