#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The top level of the tree contains only these names: a capture or a note that was left there must
not be committed with a change."""
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
FIXED = {"daemon", "cli", "conf", "tests", "packaging", "CMakeLists.txt", "CMakePresets.json",
         "README.md", "LICENSE"}


def listed():
    """Returns the names at the top level that git tracks or would add; without git, all but
    build/."""
    git = ["git", "-c", f"safe.directory={TOP}", "-C", TOP, "ls-files", "-z", "--cached",
           "--others", "--exclude-standard"]
    if (TOP / ".git").exists():
        files = subprocess.run(git, capture_output=True, check=True).stdout.split(b"\0")
        return {f.partition(b"/")[0].decode(errors="replace") for f in files if f}
    return {path.name for path in TOP.iterdir()} - {"build"}


names = {name for name in listed() if not name.startswith(".")}
wrong = [f"{name}: unexpected at the top level: remove it, or move it into one of the folders"
         for name in sorted(names - FIXED)]
wrong += [f"{name}: missing at the top level" for name in sorted(FIXED - names)]
print("\n".join(wrong) or f"{len(names)} names at the top level, all of them expected")
sys.exit(bool(wrong))
