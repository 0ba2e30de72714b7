# SPDX-License-Identifier: MIT
"""A git repository of the test's own, with the files of a tree."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import tracked  # noqa: E402, pylint: disable=wrong-import-position

IDENTITY = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "test"), ("EMAIL", "test@example.org"),
                                ("DATE", "2020-01-02T03:04:05Z"))}


class Repository:
    """Its first commit has the files of `source` as they are, committed there or not."""

    def __init__(self, path, source):
        self.path = pathlib.Path(path)
        for name in tracked.files(source):
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, self.path / name, follow_symlinks=False)
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
        return set(tracked.files(self.path))

    def release(self, *words, **environment):
        return subprocess.run([self.path / "packaging/release", *words], capture_output=True,
                              text=True, check=False, env={**os.environ, **environment})
