# SPDX-License-Identifier: MIT
"""A git repository of the test's own, with the files of a tree."""
import os
import pathlib
import shutil
import subprocess

IDENTITY = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "test"), ("EMAIL", "test@example.org"),
                                ("DATE", "2020-01-02T03:04:05Z"))}


def listed(tree):
    """The files of a tree that git has or would add; without git, all but build/."""
    if (tree / ".git").exists():
        done = subprocess.run(["git", "-c", f"safe.directory={tree}", "-C", tree, "ls-files", "-z",
                               "--cached", "--others", "--exclude-standard"], capture_output=True,
                              check=True, text=True)
        names = [name for name in done.stdout.split("\0") if name]
    else:
        names = [str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()]
        names = [name for name in names
                 if not name.startswith("build/") and "__pycache__" not in name]
    return {name for name in names if (tree / name).is_file()}


class Repository:
    """Its first commit has the files of `source` as they are, committed there or not."""

    def __init__(self, path, source):
        self.path = pathlib.Path(path)
        for name in listed(source):
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, self.path / name)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "core.excludesFile", "/dev/null")
        self.commit()

    def git(self, *words):
        subprocess.run(["git", "-C", self.path, *words], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, **IDENTITY})

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message=test")

    def files(self):
        return listed(self.path)

    def release(self, *words, **environment):
        return subprocess.run([self.path / "packaging/release", *words], capture_output=True,
                              text=True, check=False, env={**os.environ, **environment})
