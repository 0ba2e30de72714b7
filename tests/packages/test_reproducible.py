#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Who builds the Debian package elsewhere, out of its sources, and tests it meanwhile, gets the
same octets."""
import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

from debian import build

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()


def hashes(packages):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in packages}


class Reproducible(unittest.TestCase):
    def test_it(self):
        packages = BUILD / "packages"
        sources, = packages.glob("*.orig.tar.gz")
        here = hashes(packages.glob("synackd*.deb"))
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            subprocess.run(["tar", "-C", place, "-xzf", sources], check=True)
            tree, = place.iterdir()
            tree = tree.rename(place / "another directory")
            _, made = build(tree, place / "out", LINT="no", TZ="Asia/Kolkata", LC_ALL="C",
                            USER="somebody", DEB_BUILD_OPTIONS="")
            self.assertEqual(here, hashes(made))


if __name__ == "__main__":
    unittest.main(verbosity=2)
