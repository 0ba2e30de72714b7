#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""packaging/release: the tree agrees on its version; sources from a tag are reproducible; a
disagreement is an error. test_reproducible builds the Debian packages by it."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

from repository import Repository

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
NEWS = (SOURCE / "packaging/NEWS").read_text(encoding="utf-8")
VERSION = re.search(r"^Version (\S+),", NEWS, re.M)[1]
TAG = f"v{VERSION}"
OTHER = "99.1.2"


def restores():
    """(item, setting) of each changed default."""
    for items in re.findall(r"^Changed defaults\n-+\n(.*?)(?=^[A-Z][^\n]*\n-+$|^Version |\Z)",
                            NEWS, re.M | re.S):
        for item in re.split(r"^\* ", items, flags=re.M)[1:]:
            text, _, setting = item.partition("\n  Restore: ")
            yield " ".join(text.split()), " ".join(setting.split())


class News(unittest.TestCase):
    def test_the_tree_agrees(self):
        done = subprocess.run([SOURCE / "packaging/release", "--check"], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_versions_descend(self):
        versions = [tuple(map(int, version.split(".")))
                    for version in re.findall(r"^Version (\S+), \d{4}-\d\d-\d\d\n=+$", NEWS, re.M)]
        self.assertGreater(len(versions), 1)
        self.assertEqual(versions, sorted(versions, reverse=True))

    def test_lines_fit_100_columns(self):
        self.assertEqual([line for line in NEWS.splitlines() if len(line) > 100], [])

    def test_each_changed_default_can_be_restored(self):
        items = list(restores())
        self.assertGreater(len(items), 10)
        self.assertEqual([text for text, setting in items if not setting], [])

    def test_settings_that_restore_are_valid(self):
        """Keys pass --check-config, options are in the help, files are installed."""
        kinds = set()
        for text, setting in restores():
            word = setting.split()[0]
            kinds.add(word)
            if re.fullmatch(r"[a-z_]+", word) and " = " in setting:
                self.check_config(text, setting)
            elif word == "synackctl":
                command, option = setting.split()[1:3]
                said = subprocess.run([BUILD / "cli/synackctl", command, "--help"],
                                      capture_output=True, text=True, check=True).stdout
                self.assertIn(f"  {option} ", said)
            elif word == "[Service]":
                unit = (SOURCE / "packaging/systemd/synackd.service.in").read_text()
                key, _, value = setting.removeprefix("[Service] ").partition("=")
                self.assertRegex(unit, rf"(?m)^{key}=(?!{value}$)")
            else:
                self.assertIn(word, ("ln", "none:"), text)
        self.assertLess({"[Service]", "synackctl", "ln", "probe"}, kinds)

    def check_config(self, text, setting):
        # A key of an endpoint is valid in one only.
        if re.match(r"options ", setting):
            setting = f'endpoints = ( {{ name = "e"; address = "::1"; ports = 1; {setting} }} );'
        with tempfile.TemporaryDirectory() as place:
            config = pathlib.Path(place) / "test.conf"
            for folder in ("behaviours", "suites", "profiles"):
                (config.parent / folder).symlink_to(SOURCE / "conf" / folder)
            config.write_text(setting + "\n", encoding="utf-8")
            done = subprocess.run([BUILD / "daemon/synackd", "--config", config, "--check-config"],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"{text}\n{setting}\n{done.stderr}")


class Release(unittest.TestCase):
    """In a repository of its own with the files of this tree."""

    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="synackd-test-release-"))
        cls.addClassCleanup(shutil.rmtree, cls.place)
        cls.tree = Repository(cls.place / "tree", SOURCE)
        cls.tree.git("tag", TAG)

    def setUp(self):
        self.addCleanup(self.tree.git, "reset", "--quiet", "--hard", TAG)
        self.out = self.place / self.id().rpartition(".")[2]

    def refuses(self, *words, status=1):
        """The errors, without the name of the program."""
        done = self.tree.release(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertFalse(self.out.exists())
        lines = done.stderr.splitlines()
        for line in lines:
            self.assertTrue(line.startswith("packaging/release: "), line)
        return [line.removeprefix("packaging/release: ") for line in lines]

    def edit(self, name, old, new):
        path = self.tree.path / name
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def test_sources_are_reproducible(self):
        made = []
        for number, more in enumerate(({}, {"TZ": "Asia/Kolkata", "LC_ALL": "C"})):
            out = self.place / f"out {number}"
            done = self.tree.release("--source", TAG, out, LINT="no", **more)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            made.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                         for path in out.iterdir()})
        self.assertEqual(set(made[0]), {"SHA256SUMS", f"synackd-{VERSION}.tar.gz",
                                        f"synackd-{VERSION}-1.src.rpm"})
        self.assertEqual(made[0], made[1])
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=out,
                       check=True)
        with tarfile.open(out / f"synackd-{VERSION}.tar.gz") as tar:
            packed = {name.partition("/")[2] for name in tar.getnames()}
        self.assertEqual(packed, self.tree.files())

    def test_the_tag_is_built_and_not_the_branch(self):
        self.edit("README.md", "synackd", "synackd, later")
        self.tree.commit()
        done = self.tree.release("--source", TAG, self.out, LINT="no")
        self.assertEqual(done.returncode, 0, done.stderr)
        with tarfile.open(self.out / f"synackd-{VERSION}.tar.gz") as tar:
            text = tar.extractfile(f"synackd-{VERSION}/README.md").read().decode()
        self.assertNotIn("synackd, later", text)

    def test_refuses_a_changed_work_tree(self):
        self.edit("README.md", "synackd", "Synackd")
        self.assertEqual(self.refuses(TAG, self.out),
                         ["work tree: changes in README.md: commit or remove them"])
        self.tree.git("reset", "--quiet", "--hard")
        (self.tree.path / "daemon/new.c").touch()
        self.assertEqual(self.refuses(TAG, self.out),
                         ["work tree: changes in daemon/new.c: commit or remove them"])
        (self.tree.path / "daemon/new.c").unlink()

    def test_refuses_an_unknown_tag_and_one_of_another_version(self):
        self.assertEqual(self.refuses("v0.0.1", self.out),
                         ["unknown tag 'v0.0.1': create it with 'git tag v0.0.1'"])
        self.tree.git("tag", f"v{OTHER}")
        self.addCleanup(self.tree.git, "tag", "--delete", f"v{OTHER}")
        self.assertEqual(self.refuses(f"v{OTHER}", self.out),
                         [f"tag 'v{OTHER}': unexpected name: expected '{TAG}', as in "
                          "packaging/NEWS"])

    def test_refuses_each_file_that_disagrees(self):
        date = re.search(r"^Version \S+, (\S+)$", NEWS, re.M)[1]
        versions = {"CMakeLists.txt": f"VERSION {VERSION}",
                    "packaging/debian/changelog": f"synackd ({VERSION}-",
                    "packaging/rpm/synackd.spec": f"Version:        {VERSION}",
                    "packaging/kubernetes/synackd.yaml": f"synackd:{VERSION}"}
        for name, old in versions.items():
            with self.subTest(name):
                self.edit(name, old, old.replace(VERSION, OTHER))
                self.tree.commit()
                self.tree.git("tag", "--force", "trial")
                expected = f"{name}: version {OTHER}: expected {VERSION}, as in packaging/NEWS"
                self.assertEqual(self.refuses("trial", self.out), [expected])
                self.assertEqual(self.refuses("--check"), [expected])
                self.tree.git("reset", "--quiet", "--hard", TAG)
        pages = sorted((self.tree.path / "packaging/man").glob("*.[1-8]*"))
        self.assertGreater(len(pages), 3)
        page = str(pages[0].relative_to(self.tree.path))
        for name, old in ((page, ".Dd "), ("packaging/debian/changelog", "+0000")):
            with self.subTest(name):
                text = (self.tree.path / name).read_text(encoding="utf-8")
                line = next(line for line in text.splitlines() if old in line)
                self.edit(name, line, re.sub(r"20\d\d", "2001", line))
                error, = self.refuses("--check")
                self.assertRegex(error, rf"^{re.escape(name)}: date 2001-\d\d-\d\d: "
                                        rf"expected {date}, as in packaging/NEWS$")
                self.tree.git("reset", "--quiet", "--hard", TAG)

    def test_refuses_news_without_the_version(self):
        self.edit("packaging/NEWS", f"Version {VERSION}, ", f"Version {OTHER}, ")
        errors = self.refuses("--check")
        self.assertIn(f"CMakeLists.txt: version {VERSION}: expected {OTHER}, as in packaging/NEWS",
                      errors)
        self.assertEqual(len(errors), 5)

    def test_refuses_a_date_that_does_not_exist(self):
        for name, pattern, date in (
                ("packaging/NEWS", r"(?m)^Version \S+, (\S+)$", "2026-02-30"),
                ("packaging/debian/changelog", r"(?m)^ -- .*>  (.*)$", "Mon, 31 Foo 2026"),
                ("packaging/man/synackd.8", r"(?m)^\.Dd (.*)$", "Foober 30, 2026")):
            with self.subTest(name):
                text = (self.tree.path / name).read_text(encoding="utf-8")
                self.edit(name, re.search(pattern, text)[1], date)
                self.assertEqual(self.refuses("--check"), [f"{name}: invalid date '{date}'"])
                self.tree.git("reset", "--quiet", "--hard", TAG)

    def test_refuses_files_that_it_cannot_read_or_write(self):
        (self.tree.path / "packaging/NEWS").unlink()
        self.assertEqual(self.refuses("--check"), [f"{self.tree.path.resolve()}/packaging/NEWS: "
                                                   "No such file or directory"])
        self.tree.git("reset", "--quiet", "--hard", TAG)
        # Not even root can create a directory there.
        self.assertEqual(self.refuses("--source", TAG, "/proc/none"),
                         ["/proc/none: No such file or directory"])
        file = self.place / "file"
        file.touch()
        self.assertEqual(self.refuses("--source", TAG, file / "out"),
                         [f"{file}/out: Not a directory"])

    def test_refuses_a_directory_with_files(self):
        full = self.place / "full"
        full.mkdir()
        (full / "file").touch()
        self.assertEqual(self.refuses(TAG, full),
                         [f"{full}: not an empty directory: choose another one"])

    def test_command_line(self):
        for words in ((), (TAG,), (TAG, "a", "b"), ("--chek",), ("--check", TAG)):
            error, = self.refuses(*words, status=2)
            self.assertTrue(error.endswith(": see 'packaging/release --help'"), error)
        done = self.tree.release("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("usage: packaging/release TAG DIRECTORY\n", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
