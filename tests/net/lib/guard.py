# SPDX-License-Identifier: MIT
"""A guard for a port of this host, with which its kernel does not answer segments to the port."""
import contextlib
import ctypes
import socket
import struct

SO_ATTACH_FILTER = 26
DROP = struct.pack("HBBI", 6, 0, 0, 0)  # BPF_RET | BPF_K: accept 0 octets


@contextlib.contextmanager
def guard(address, port):
    program = ctypes.create_string_buffer(DROP)
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
        s.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                     struct.pack("HxxxxxxP", 1, ctypes.addressof(program)))
        s.bind((address, port))
        s.listen(1)
        yield
