# SPDX-License-Identifier: MIT
"""Addresses that the server's kernel does not own, beside one that it owns, and clients of them."""
import ctypes
import fcntl
import socket
import struct
import threading

from . import lab

OWN = {4: "10.77.0.1", 6: "fd77::1"}
VIRTUAL = {4: "10.77.0.100", 6: "fd77::100"}


def set_offload(interface, on):
    """Without offload of checksums, the kernel also disables that of segmentation."""
    SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, on))
    request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCETHTOOL, request)


def without_offload(interface):
    """Each segment leaves as on a physical link: at most of the MTU, with its checksum."""
    set_offload(interface, False)


def connect(address, port=7000, timeout=lab.PATIENCE):
    return socket.create_connection((address, port), timeout=timeout)


def echo_size(sock, size):
    """Expects this many octets back, with both directions busy."""
    text = bytes(i * 7 & 255 for i in range(size))
    got = bytearray()

    def read():
        while len(got) < size:
            part = sock.recv(65536)
            if not part:
                return
            got.extend(part)
    reader = threading.Thread(target=read)
    reader.start()
    sock.sendall(text)
    reader.join(30)
    return bytes(got) == text
