#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The man pages: valid mdoc, and complete with respect to the programs."""
import os
import pathlib
import re
import subprocess
import unittest

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
MAN = BUILD / "packaging/man"
PAGES = sorted(path.name for path in MAN.iterdir())


def output(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True,
                          text=True).stdout


class Man(unittest.TestCase):
    def text(self, page):
        """Returns the text of a page in one line."""
        shown = output("mandoc", "-Tutf8", "-Owidth=100", MAN / page)
        return re.sub(r"\s+", " ", re.sub(".\b", "", shown))

    def test_mandoc_is_silent(self):
        done = subprocess.run(["mandoc", "-Tlint", *(MAN / p for p in PAGES)], text=True,
                              capture_output=True, check=False)
        # synackd's pages are not installed, and the pages of libsystemd may be missing, too.
        said = [line for line in done.stdout.splitlines()
                if "referenced manual not found" not in line]
        self.assertEqual(said, [])

    def test_options_of_the_daemon(self):
        page = self.text("synackd.8")
        options = re.findall(r"--[a-z-]+", output(BUILD / "daemon/synackd", "--help"))
        self.assertGreater(len(options), 10)
        self.assertEqual([o for o in options if o not in page], [])

    def test_options_and_commands_of_the_cli(self):
        page = self.text("synackctl.1")
        overview = output(BUILD / "cli/synackctl", "--help")
        verbs = re.findall(r"^  ([a-z]+)", overview, re.M)
        self.assertIn("trace", verbs)
        said = [o for verb in ([], *([v] for v in verbs)) for o in
                re.findall(r"--[a-z-]+", output(BUILD / "cli/synackctl", *verb, "--help"))]
        self.assertEqual([word for word in {*verbs, *said} if word not in page], [])

    def test_methods_of_the_control_socket(self):
        page = self.text("synackd-control.7")
        header = (SOURCE / "daemon/control/protocol.h").read_text()
        methods = re.findall(r'#define METHOD_\w+ +"(\w+)"', header)
        self.assertGreater(len(methods), 20)
        self.assertEqual([m for m in methods if not re.search(rf"\b{m}\b", page)], [])

    def test_behaviours(self):
        page = (MAN / "synackd-behaviours.7").read_text()
        names = [line.split("\t")[1] for line in
                 output(BUILD / "packaging/pages", "--list", SOURCE / "conf/synackd.conf")
                 .splitlines() if line.startswith("behaviour\t")]
        self.assertGreater(len(names), 50)
        tags = set(re.findall(r"^\.It Cm (\S+)", page, re.M))
        self.assertEqual([name for name in names if name not in tags], [])

    def test_words_and_bounds_of_the_rule_language_and_counters(self):
        """Each is the tag of an entry in the page that describes it, or in its text."""
        words = [line.split("\t") for line in
                 output(BUILD / "packaging/pages", "--words", SOURCE / "conf/synackd.conf")
                 .splitlines()]
        self.assertGreater(len(words), 80)
        tags = {page: "\n".join(re.findall(r"^\.It (.*)", (MAN / page).read_text(), re.M))
                for page in ("synackd-behaviours.5", "synackd.8")}
        missing = []
        for kind, word in words:
            page = "synackd.8" if kind == "counter" else "synackd-behaviours.5"
            where = (MAN / page).read_text() if kind in ("order", "bound") else tags[page]
            if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", where):
                missing.append((kind, word))
        self.assertEqual(missing, [])

    def test_keys_of_the_tcp_in_the_standards(self):
        """synackd(8) names each key of an endpoint's TCP beside its standard."""
        keys = re.findall(r"(?m)^\.It Cm (\w+)", (MAN / "synackd.conf.5").read_text()
                          .split("\n.Ss TCP\n")[1].split("\n.Sh ")[0])
        self.assertGreater(len(keys), 30)
        standards = (MAN / "synackd.8").read_text().split("\n.Sh STANDARDS\n")[1]
        self.assertEqual([k for k in keys if not re.search(rf"\b{k}\b", standards)], [])

    def test_sources_have_80_columns(self):
        sources = sorted((SOURCE / "packaging/man").glob("*.[1-8]*"))
        self.assertGreater(len(sources), 5)
        self.assertEqual([(source.name, line) for source in sources
                          for line in source.read_text().splitlines() if len(line) > 80], [])

    def test_pages_fit_80_columns(self):
        for page in PAGES:
            shown = re.sub(".\b", "", output("mandoc", "-Tutf8", "-Owidth=78", MAN / page))
            self.assertEqual([line for line in shown.splitlines() if len(line) > 80], [], page)

    def test_sentences_have_one_full_stop(self):
        """Also generated ones, which may end in a full stop within parentheses."""
        for page in PAGES:
            self.assertNotRegex((MAN / page).read_text(), r"(?m)\.\)\.( |$)", page)

    def test_special_characters_are_no_macros(self):
        for page in PAGES:
            self.assertNotRegex(self.text(page), r"\.(It|Pp|Bl|Cm) |\\\[")


if __name__ == "__main__":
    unittest.main(verbosity=2)
