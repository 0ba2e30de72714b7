# SPDX-License-Identifier: MIT
"""Other users, for what a program may do that is not root's."""
import grp
import os
import pwd
import subprocess

from . import outcome

NOBODY = 65534


def as_nobody():
    """For preexec_fn."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def become(user, groups=()):
    """For preexec_fn: that user, whose effective group is nogroup, in these groups beside."""
    uid, nogroup = pwd.getpwnam(user).pw_uid, grp.getgrnam("nogroup").gr_gid

    def now():
        os.setgroups([grp.getgrnam(g).gr_gid for g in groups])
        os.setgid(nogroup)
        os.setuid(uid)
    return now


def need_user_namespaces():
    """Skip the program where users cannot make them."""
    if subprocess.run(["unshare", "--user", "--net", "--mount", "true"], preexec_fn=as_nobody,
                      capture_output=True).returncode:
        outcome.skip("users cannot make user namespaces")
