# SPDX-License-Identifier: MIT
"""Installs the programs of this build tree where every user can run them and read their files.

The tree may be in a directory, or have modes, that only its owner can enter. Tests run programs as
other users, and as a root without the capability to override modes."""
import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .users import as_nobody

# Uses the first directory in which another user can run a program: $TMPDIR may be private, /tmp may
# be mounted noexec.
PLACES = (None, "/tmp", "/var/tmp", "/opt")


def runs_for_everyone(program):
    try:
        return subprocess.run([program, "--version"], capture_output=True, cwd="/",
                              preexec_fn=as_nobody if os.geteuid() == 0 else None).returncode == 0
    except OSError:
        return False


def remove(directory, owner):
    """Removes the directory at the end of the process that made it, not in its forked children."""
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


def install(build):
    """Returns the directory of an installed copy of `build`, with bin/, sbin/ and share/. The copy
    is removed at the end of this process."""
    os.umask(0o022)
    for place in PLACES:
        top = pathlib.Path(tempfile.mkdtemp(prefix="synackd-programs-", dir=place))
        atexit.register(remove, top, os.getpid())
        top.chmod(0o755)
        done = subprocess.run(["cmake", "--install", build], capture_output=True, text=True,
                              env={**os.environ, "DESTDIR": str(top)})
        if done.returncode:
            sys.exit(f"{build}: cannot install: build all targets first\n{done.stderr}")
        program = next(top.glob("**/bin/synackctl"))
        if runs_for_everyone(program):
            tempfile.tempdir = str(top.parent)
            return program.parent.parent
        shutil.rmtree(top)
    sys.exit("no directory in which another user can run a program: " +
             ", ".join(filter(None, PLACES)))
