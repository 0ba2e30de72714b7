# SPDX-License-Identifier: MIT
"""Other users, for the tests of unprivileged operation."""
import ctypes
import errno
import grp
import os
import pwd
import struct
import subprocess

from . import outcome

NOBODY = 65534


def as_nobody():
    """For preexec_fn: switches to the user `nobody`."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def become(user, groups=()):
    """For preexec_fn: switches to this user, with the effective group nogroup and these
    supplementary groups."""
    uid, nogroup = pwd.getpwnam(user).pw_uid, grp.getgrnam("nogroup").gr_gid

    def now():
        os.setgroups([grp.getgrnam(g).gr_gid for g in groups])
        os.setgid(nogroup)
        os.setuid(uid)
    return now


def without(rights):
    """Returns a command that runs another command without these capabilities: `sys_admin,-net_raw`,
    `all`."""
    return ["setpriv", "--bounding-set", f"-{rights}", "--inh-caps", f"-{rights}"]


class Filter(ctypes.Structure):
    """struct sock_fprog, with its program."""
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_char_p)]


def deny_unshare(before=lambda: None):
    """For preexec_fn: calls `before`, then installs a seccomp filter like that of a container, with
    which unshare(2) fails with EPERM."""
    number = {"x86_64": 272}.get(os.uname().machine, 97)
    program = b"".join(struct.pack("=HBBI", *op) for op in (
        (0x20, 0, 0, 0),                   # load the number of the system call
        (0x15, 0, 1, number),              # skip one instruction unless it is unshare(2)
        (0x06, 0, 0, 0x00050000 | errno.EPERM),  # SECCOMP_RET_ERRNO
        (0x06, 0, 0, 0x7fff0000)))         # SECCOMP_RET_ALLOW
    libc = ctypes.CDLL(None, use_errno=True)

    def now():
        before()
        prog = Filter(len(program) // 8, program)
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        if libc.prctl(22, 2, ctypes.byref(prog), 0, 0):  # PR_SET_SECCOMP
            raise OSError(ctypes.get_errno(), "seccomp")
    return now


def need_user_namespaces():
    """Skips the program if users cannot create user namespaces."""
    if subprocess.run(["unshare", "--user", "--net", "--mount", "true"], preexec_fn=as_nobody,
                      capture_output=True).returncode:
        outcome.skip("users cannot create user namespaces")
