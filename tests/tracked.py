# SPDX-License-Identifier: MIT
"""The files of a tree."""
import os
import pathlib
import subprocess


def files(tree):
    """Returns the sorted names of the files that git tracks or would add; without git, of all files
    outside build/."""
    tree = pathlib.Path(tree).resolve()
    if (tree / ".git").exists():
        # In a tree of another user, git requires this setting.
        done = subprocess.run(["git", "-c", f"safe.directory={tree}", "-C", tree, "ls-files", "-z",
                               "--cached", "--others", "--exclude-standard"],
                              stdout=subprocess.PIPE, check=True)
        names = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    else:
        names = {str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir()}
        names = {name for name in names
                 if not name.startswith("build/") and "__pycache__" not in name}
    # Git also lists removed files, until the removal is staged.
    return sorted(name for name in names if os.path.lexists(tree / name))
