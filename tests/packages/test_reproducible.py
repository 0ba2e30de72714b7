#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""packaging/release builds a tag elsewhere, runs the tests of the package meanwhile, and gives the
octets that test_deb has built from this tree."""
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from repository import Repository

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()


def hashes(packages):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in packages}


class Reproducible(unittest.TestCase):
    def test_it(self):
        packages = BUILD / "packages"
        sources, = packages.glob("*.orig.tar.gz")
        here = hashes(packages.glob("synackd*.deb"))
        self.assertEqual(len(here), 2)
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place) / "another directory"
            place.mkdir()
            subprocess.run(["tar", "-C", place, "-xzf", sources], check=True)
            unpacked, = place.iterdir()
            repository = Repository(place / "tree", unpacked)
            news = (unpacked / "packaging/NEWS").read_text(encoding="utf-8")
            version = re.search(r"^Version (\S+),", news, re.M)[1]
            repository.git("tag", f"v{version}")
            out = place / "out"
            done = repository.release(f"v{version}", out, LINT="no", TZ="Asia/Kolkata", LC_ALL="C",
                                      USER="test", DEB_BUILD_OPTIONS="")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(here, hashes(out.glob("synackd*.deb")))
            self.assertEqual(sources.read_bytes(),
                             (out / f"synackd-{version}.tar.gz").read_bytes())
            self.assertLess({f"synackd-{version}-1.src.rpm", f"synackd_{version}-1.dsc",
                             sources.name, "SHA256SUMS"}, {path.name for path in out.iterdir()})


if __name__ == "__main__":
    unittest.main(verbosity=2)
