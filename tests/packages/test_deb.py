#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The Debian package: lintian reports nothing, and its AppArmor profile can be parsed."""
import os
import pathlib
import re
import subprocess
import unittest

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()


class Deb(unittest.TestCase):
    def test_it(self):
        packages = BUILD / "packages"
        done = subprocess.run([SOURCE / "packaging/build", "deb", packages], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([line for line in done.stdout.splitlines()
                          if line[:2] in ("E:", "W:", "I:", "P:")], [])
        self.assertEqual(len(list(packages.glob("synackd*.deb"))), 2)

    def test_apparmor(self):
        profile = (SOURCE / "packaging/apparmor/synackctl").read_text()
        if not pathlib.Path("/etc/apparmor.d/abi/4.0").exists():
            # Older versions do not support these lines.
            profile, count = re.subn(r"^(abi <abi/4.0>|  userns),$", "", profile, flags=re.M)
            self.assertEqual(count, 2)
        done = subprocess.run(["apparmor_parser", "--skip-kernel-load", "--skip-cache"],
                              input=profile, capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
