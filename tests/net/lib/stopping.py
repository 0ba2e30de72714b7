# SPDX-License-Identifier: MIT
"""Stops one thread of a process."""
import contextlib
import ctypes
import os

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
WALL = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def stopped(thread):
    """Stops this thread while the other threads of its process run."""
    if libc.ptrace(PTRACE_ATTACH, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(thread, WALL)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, thread, None, None)
