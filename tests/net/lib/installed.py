# SPDX-License-Identifier: MIT
"""The programs of this build tree, installed where every user may run them and read their files.

The tree itself may stand in a directory, or have modes, that only its owner may enter; tests run
programs as other users, and as a root that may not override modes."""
import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .users import as_nobody

# The first one that lets another user run a program: $TMPDIR may be private, /tmp may be noexec.
PLACES = (None, "/tmp", "/var/tmp", "/opt")


def runs_for_everyone(program):
    try:
        return subprocess.run([program, "--version"], capture_output=True, cwd="/",
                              preexec_fn=as_nobody if os.geteuid() == 0 else None).returncode == 0
    except OSError:
        return False


def remove(directory, owner):
    """At the end of the process that made it, not of those that it forked."""
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


def install(build):
    """The directory of an installed copy of `build`, with bin/, sbin/ and share/. It is removed at
    the end of this process."""
    os.umask(0o022)
    for place in PLACES:
        top = pathlib.Path(tempfile.mkdtemp(prefix="synackd-programs-", dir=place))
        atexit.register(remove, top, os.getpid())
        top.chmod(0o755)
        done = subprocess.run(["cmake", "--install", build], capture_output=True, text=True,
                              env={**os.environ, "DESTDIR": str(top)})
        if done.returncode:
            sys.exit(f"{build} cannot be installed: build all of it first\n{done.stderr}")
        program = next(top.glob("**/bin/synackctl"))
        if runs_for_everyone(program):
            tempfile.tempdir = str(top.parent)
            return program.parent.parent
        shutil.rmtree(top)
    sys.exit("no directory lets another user run a program, of " +
             ", ".join(filter(None, PLACES)))
