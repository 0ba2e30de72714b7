# SPDX-License-Identifier: MIT
"""The Debian packages of a tree."""
import os
import subprocess


def build(tree, out, **environment):
    """What it says; what it made."""
    done = subprocess.run([tree / "packaging/build", "deb", out], capture_output=True, text=True,
                          env={**os.environ, **environment}, check=False)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout, sorted(out.glob("synackd*.deb"))
