#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The .rpm, as far as Debian can check it: rpmlint is silent, it has the files of the .deb, and in
a root of its own it installs, runs, keeps an edited config, and leaves nothing behind."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
PACKAGES = BUILD / "packages"
CONF = "etc/synackd/synackd.conf"
# Files that only one package has, or has elsewhere.
OWN = re.compile(r"/usr/share/(doc|lintian|licenses)/|/usr/lib/\.build-id")
# Runs a command in the root `$1`, with this machine's libraries.
INSIDE = ('cd "$1" && shift && mkdir -p lib lib64 proc && mount --bind /lib lib && '
          'mount --bind /lib64 lib64 && mount -t proc proc proc && exec chroot . "$@"')


def output(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Rpm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.said = output(SOURCE / "packaging/build", "rpm", PACKAGES)
        cls.package, = (p for p in PACKAGES.glob("synackd-*.rpm") if ".src." not in p.name)
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.root = pathlib.Path(place.name)
        cls.rpm("--initdb")
        # There, rpm itself would create the user from the file of the package.
        (cls.root / "etc").mkdir()
        output("systemd-sysusers", f"--root={cls.root}",
               SOURCE / "packaging/systemd/synackd.sysusers")
        cls.before = cls.files()

    @classmethod
    def rpm(cls, *words):
        # Names of dependencies are Fedora's, and the root has no shell for scripts.
        return output("rpm", "--root", cls.root, *words)

    @classmethod
    def files(cls):
        return {p for p in cls.root.rglob("*")
                if not {"rpm", "rpm-db"} & set(p.relative_to(cls.root).parts)}

    def inside(self, *command):
        return output("unshare", "--mount", "sh", "-c", INSIDE, "sh", self.root, *command)

    def test_1_rpmlint(self):
        self.assertRegex(self.said, r"2 packages and 1 specfiles checked; 0 errors, 0 warnings")
        self.assertEqual(len(list(PACKAGES.glob("*.src.rpm"))), 1)

    def test_2_files(self):
        deb, = PACKAGES.glob("synackd_*.deb")
        listed = output("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -t', "sh", deb)
        there = {name[1:] for name in listed.splitlines() if not name.endswith("/")}
        there = {re.sub("^/lib/", "/usr/lib/", name).replace("vendor-completions", "site-functions")
                 for name in there}
        dump = output("rpm", "-qp", "--dump", self.package)
        dumped = (line.split() for line in dump.splitlines())
        here = {f[0] for f in dumped if not f[4].startswith("04")}
        self.assertEqual({f for f in here if not OWN.match(f)},
                         {f for f in there if not OWN.match(f)})

    def test_3_scripts(self):
        said = output("rpm", "-qp", "--scripts", self.package)
        for what in ("install-system-units synackd.service",
                     r"remove-system-units synackd.service synackd@\*.service",
                     r"mark-restart-system-units synackd.service synackd@\*.service"):
            self.assertIn(what, said)
        self.assertNotIn("%", said)

    def test_4_install(self):
        self.rpm("--nodeps", "--noscripts", "-U", self.package)
        self.rpm("--nodeps", "-V", "synackd")
        self.assertRegex(self.inside("/usr/sbin/synackd", "--version"), r"^synackd [0-9.]+\n$")
        self.assertIn("(0 endpoints, ", self.inside("/usr/sbin/synackd", "--check-config"))
        link = self.root / "etc/synackd/conf.d/catalogue.conf"
        link.symlink_to("/usr/share/synackd/examples/catalogue.conf")
        self.assertRegex(self.inside("/usr/sbin/synackd", "--check-config"), r"\(\d{3} endpoints, ")
        link.unlink()
        self.assertIn("BEHAVIOUR", self.inside("/usr/bin/synackctl", "try", "--help"))
        # Completion finds the installed programs.
        self.assertIn("synack-delay\t",
                      self.inside("/usr/bin/synackctl", "__complete", "try", "synack-d"))

    def test_5_upgrade_and_remove(self):
        conf = self.root / CONF
        conf.write_text(conf.read_text() + "# edited\n")
        self.rpm("--nodeps", "--noscripts", "-U", "--force", self.package)
        self.assertTrue(conf.read_text().endswith("# edited\n"))
        self.rpm("--noscripts", "-e", "synackd")
        # A copy of the edited config remains.
        left = {str(p.relative_to(self.root)) for p in self.files() - self.before if p.is_file()}
        self.assertEqual(left, {CONF + ".rpmsave"})


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: requires root to install into another root", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=2)
