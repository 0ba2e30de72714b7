#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The documents agree with each other, with the tree and with the programs: links, references,
counts and tables."""
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import unittest

import yaml

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import tracked  # noqa: E402, pylint: disable=wrong-import-position

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
MAN = BUILD / "packaging/man"
README_LINES_MAX = 150
# Manuals of other projects that ours refer to.
FOREIGN = {"close(2)", "connect(2)", "getrandom(2)", "sd_notify(3)", "ssh(1)"}
TOPS = {"daemon", "cli", "conf", "packaging", "tests", ".ci", ".github"}
TESTS = {"judge/matrix"}  # a name of CTest that looks like a path of daemon/


def output(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True,
                          text=True).stdout


TRACKED = set(tracked.files(SOURCE))


def files(*patterns):
    """Files of the source tree."""
    for pattern in patterns:
        for path in sorted(SOURCE.glob(pattern)):
            if name_of(path) in TRACKED:
                yield path


def name_of(path):
    return str(path.relative_to(SOURCE))


DOCUMENTS = list(files("**/*.md"))
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(MAN.iterdir())}
LISTED = [line.split("\t") for line in output(
    BUILD / "packaging/pages", "--list", SOURCE / "conf/synackd.conf").splitlines()]


def listed(kind):
    return [words[1] for words in LISTED if words[0] == kind]


def without_code(text):
    """Markdown, with its code replaced by blanks of the same number of lines."""
    text = re.sub(r"^(```|~~~).*?^\1", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
    text = re.sub(r"(?m)^(    |\t).*$", "", text)
    return re.sub(r"`[^`\n]+`", "", text)


def anchors(text):
    """The anchors of headings, as GitHub makes them."""
    found, text = {}, re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)
    for heading in re.findall(r"(?m)^#{1,6} +(.*?) *#*$", text):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)


def entries(page, section=None):
    """The first words of the tags (.It Cm) of a page, or of one of its sections."""
    text = PAGES[page]
    if section:
        text = re.search(rf"(?ms)^\.S[hs] {section}$(.*?)(?=^\.S[hs] |\Z)", text)[1]
    return re.findall(r"(?m)^\.It Cm (\S+)", text)


class Links(unittest.TestCase):
    def test_relative_links_and_anchors_resolve(self):
        wrong, count = [], 0
        for document in DOCUMENTS:
            text = without_code(document.read_text(encoding="utf-8"))
            targets = re.findall(r"\[[^][]*\]\(([^)\s]+)\)", text)
            targets += re.findall(r"(?m)^\[[^]]+\]: +(\S+)", text)
            for target in targets:
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, anchor = target.partition("#")
                path = document.parent / path if path else document
                if not path.exists() or SOURCE not in path.resolve().parents:
                    wrong.append(f"{name_of(document)}: {target}: missing file")
                elif anchor and anchor not in anchors(path.read_text(encoding="utf-8")):
                    wrong.append(f"{name_of(document)}: {target}: missing heading")
        self.assertGreater(count, 5)
        self.assertEqual(wrong, [])

    def test_reference_links_are_defined(self):
        for document in DOCUMENTS:
            text = without_code(document.read_text(encoding="utf-8"))
            used = set(re.findall(r"\[[^][]+\]\[([^][]+)\]", text))
            defined = set(re.findall(r"(?m)^\[([^]]+)\]: ", text))
            self.assertEqual(used - defined, set(), f"{name_of(document)}: undefined link")

    def test_paths_of_the_tree_exist(self):
        """Also in examples. A word in capitals, as in conf/behaviours/THEME.conf, matches any name,
        and a layer stands for its folder."""
        wrong, count = [], 0
        for document in DOCUMENTS:
            bases = SOURCE, document.parent
            tops = TOPS | {path.name for path in (SOURCE / "daemon").iterdir() if path.is_dir()}
            for word in re.findall(r"(?<![\w./-])([\w.-]+/[\w./*-]*[\w*/])", document.read_text(
                    encoding="utf-8")):
                if word.partition("/")[0] not in tops or word in TESTS:
                    continue
                count += 1
                pattern = re.sub(r"[A-Z]{3,}", "*", word.rstrip("/"))
                if not any(any(base.glob(pattern)) for base in (*bases, SOURCE / "daemon")):
                    wrong.append(f"{name_of(document)}: {word}: missing file")
        self.assertGreater(count, 50)
        self.assertEqual(wrong, [])

    def test_names_of_files_exist(self):
        """Names without a folder, in code."""
        names = {path.name for path in files("**/*")}
        wrong = [f"{name_of(document)}: {word}: missing file" for document in DOCUMENTS
                 for word in re.findall(r"`([\w.@-]+\.(?:c|h|py|conf|md|pkt|pcap|yaml))`",
                                        document.read_text(encoding="utf-8"))
                 if word not in names]
        self.assertEqual(wrong, [])

    def test_keys_and_counters_exist(self):
        """Names with an underscore, in code, occur in the programs, the config or the scripts."""
        texts = "".join(path.read_text(encoding="utf-8", errors="replace") for path in files(
            "daemon/**/*.[ch]", "cli/*.[ch]", "conf/**/*.conf", "tests/**/*.[chp]*", "CMake*",
            "packaging/*", "packaging/container/*") if path not in DOCUMENTS)
        wrong = [f"{name_of(document)}: {word}: unknown name" for document in DOCUMENTS
                 for word in re.findall(r"`([a-z]+_[a-z_]+)(?:\(\))?`",
                                        document.read_text(encoding="utf-8"))
                 if not re.search(rf"\b{word}\b", texts)]
        self.assertEqual(wrong, [])

    def test_manuals_that_pages_refer_to_exist(self):
        ours = {re.sub(r"(.*)\.(\d)", r"\1(\2)", page) for page in PAGES}
        wrong = []
        for page, text in PAGES.items():
            for name, section in re.findall(r"(?m)^\.(?:Xr|.* Xr) (\S+) (\d)", text):
                if f"{name}({section})" not in ours | FOREIGN:
                    wrong.append(f"{page}: {name}({section}): unknown manual: correct it, or add "
                                 "it to FOREIGN")
        self.assertEqual(wrong, [])

    def test_sections_that_pages_refer_to_exist(self):
        for page, text in PAGES.items():
            sections = {line.strip('"') for line in re.findall(r"(?m)^\.S[hs] (.*)$", text)}
            named = {re.sub(r' [.,;:)].*$', "", line).strip('"')
                     for line in re.findall(r"(?m)^\.Sx (.*)$", text)}
            self.assertEqual(named - sections, set(), f"{page}: missing section")

    def test_our_manuals_that_any_text_names_exist(self):
        wrong = []
        texts = DOCUMENTS + list(files("conf/**/*.conf", "conf/**/README", "cli/*.[ch]",
                                       "daemon/**/*.[ch]", "packaging/**/*", ".github/**/*.yml"))
        for path in texts:
            text = path.read_text(encoding="utf-8", errors="replace")
            for name, section in re.findall(r"\b(synack[a-z.-]*)\((\d)\)", text):
                if f"{name}.{section}" not in PAGES:
                    wrong.append(f"{name_of(path)}: {name}({section}): unknown manual")
        self.assertEqual(wrong, [])

    def test_headings_that_texts_quote_exist(self):
        """As in README.md, "JSON"."""
        texts = DOCUMENTS + list(files("conf/**/*", "daemon/**/*.[ch]", "cli/*.[ch]",
                                       "packaging/**/*"))
        headings = {}
        wrong = []
        for path in texts:
            text = path.read_text(encoding="utf-8", errors="replace")
            for name, heading in re.findall(r"([\w./]*README\.md), \"([^\"\n]+)\"", text):
                if name not in headings:
                    headings[name] = anchors((SOURCE / name).read_text(encoding="utf-8"))
                if not anchors(f"# {heading}") <= headings[name]:
                    wrong.append(f"{name_of(path)}: {name}, \"{heading}\": missing heading")
        self.assertEqual(wrong, [])


class Counts(unittest.TestCase):
    def facts(self):
        """The numbers that a document may give of each noun."""
        endpoints, behaviours = re.search(
            r"\((\d+) endpoints, (\d+) behaviours\)",
            output(BUILD / "daemon/synackd", "--config", SOURCE / "conf/synackd.conf",
                   "--check-config")).groups()
        self.assertEqual(int(behaviours), len(listed("behaviour")))
        numbered = sum(1 for line in (SOURCE / "tests/numbers").read_text().splitlines()
                       if line and not line.startswith("#"))
        layers = re.findall(r"(?m)^layer\((\w+)",
                            (SOURCE / "CMakeLists.txt").read_text())
        return {"behaviours": {int(behaviours), numbered}, "suites": {len(listed("suite"))},
                "profiles": {len(listed("profile"))}, "clauses": {len(clauses())},
                "layers": {len(layers), len(layers) + 1}, "ports": {int(endpoints)},
                "commands": {len(commands())}}

    def test_numbers_in_documents(self):
        facts = self.facts()
        texts = {name_of(path): without_code(path.read_text(encoding="utf-8"))
                 for path in DOCUMENTS}
        texts.update(PAGES)
        wrong = []
        for name, text in texts.items():
            for some, number, noun in re.findall(
                    r"\b(some |about |almost |over )?(\d[\d,]*) (?:named |shipped )?(\w+)", text):
                if noun not in facts or noun == "ports" and not some:
                    continue
                number = int(number.replace(",", ""))
                margin = number // 10 if some else 0
                # A number that is far off counts something else, such as a limit.
                if any(fact < 2 * number and number < 2 * fact for fact in facts[noun]) and all(
                        abs(fact - number) > margin for fact in facts[noun]):
                    wrong.append(f"{name}: {number} {noun}: expected {facts[noun]}")
        self.assertEqual(wrong, [])

    def test_the_card_in_the_readme(self):
        """It has each clause once, and one row for each reason."""
        text = (SOURCE / "README.md").read_text(encoding="utf-8")
        counts, reasons = re.search(r"(?m)^    (\d+ FAIL, .* INCONCLUSIVE) \((.*)\)\.$",
                                    text).groups()
        numbers = [int(number) for number in re.findall(r"(\d+) [A-Z]", counts)]
        self.assertEqual(sum(numbers), len(clauses()))
        self.assertEqual(sum(int(number) for number in re.findall(r"(\d+) [a-z]", reasons)),
                         numbers[-1])

    def test_behaviours_of_the_quickstart(self):
        shown = re.findall(r"(?m)^show ", (SOURCE / "packaging/quickstart").read_text())
        words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
        for name in "README.md", "packaging/quickstart":
            number, = re.findall(r"clients (?:and|against) (\w+) behaviours",
                                 (SOURCE / name).read_text(encoding="utf-8"))
            self.assertEqual(number, words[len(shown)], name)

    def test_the_readme_is_short(self):
        lines = (SOURCE / "README.md").read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len(lines), README_LINES_MAX)


def commands():
    overview = output(BUILD / "cli/synackctl", "--help")
    return re.findall(r"(?m)^  ([a-z]+) ", overview)


def clauses():
    """The clauses that judge/ has rows for."""
    rows = []
    for path in files("daemon/judge/*.c"):
        rows += re.findall(r'(?m)^\t\{"([A-Z][\w.-]+)", \d{4}, ', path.read_text(encoding="utf-8"))
    return [row for row in rows if row not in unjudged()]


def unjudged():
    text = (SOURCE / "daemon/judge/unjudged.c").read_text(encoding="utf-8")
    return set(re.findall(r'(?m)^\t+\{"([A-Z][\w.-]+)"', text))


def stages_of_tests():
    """The stages of tests/run."""
    return set(re.findall(r"(?m)^  (\w+) ", output("/usr/bin/python3", SOURCE / "tests/stages.py",
                                                   "--help")))


class Tables(unittest.TestCase):
    def same(self, there, here, place):
        self.assertEqual(sorted(there), sorted(here), f"{place}: expected each name once")

    def test_commands(self):
        names = entries("synackctl.1", "COMMANDS")
        self.same([name for name in names if re.fullmatch(r"[a-z]+", name)], commands(),
                  "synackctl.1, COMMANDS")

    def test_suites_and_profiles(self):
        tags = entries("synackctl-judge.1")
        for name in listed("suite") + listed("profile"):
            self.assertEqual(tags.count(name), 1, f"synackctl-judge.1: entries of '{name}'")

    def test_clauses(self):
        self.assertGreater(len(clauses()), 100)
        tags = [tag for tag in entries("synackctl-judge.1")
                if re.match(r"(MUST|SHLD|MAY|R\d+)-", tag)]
        self.assertEqual(set(clauses()) - set(tags), set(), "missing entry in synackctl-judge.1")

    def test_clauses_of_the_judged_stacks(self):
        rows = []
        for path in DOCUMENTS:
            text = path.read_text(encoding="utf-8")
            table = re.search(r"(?m)^<!-- matrix-of-stacks -->\n(?:[^|].*\n|\n)*((?:\|.*\n)+)",
                              text)
            rows += re.findall(r"\b(?:MUST|SHLD|MAY|R\d+)-[\w.-]+", table[1]) if table else []
        self.same(rows, clauses(), "the table after <!-- matrix-of-stacks --> in a document")

    def test_config_keys(self):
        """Each key that the shipped config comments is in synackd.conf(5), and the reverse."""
        text = (SOURCE / "conf/synackd.conf").read_text(encoding="utf-8")
        keys = set(re.findall(r"(?m)^(?:#? *)([a-z_0-9]+) = ", text))
        self.assertGreater(len(keys), 60)
        tags = set(re.findall(r"(?m)^\.It Cm ([a-z_0-9]+)$", PAGES["synackd.conf.5"]))
        self.assertEqual(keys - tags, set(), "missing entry in synackd.conf.5")
        self.assertEqual({tag for tag in tags if "_" in tag} - keys, set(),
                         "missing in conf/synackd.conf")

    def test_headers_of_unit_tests(self):
        text = (SOURCE / "tests/README.md").read_text(encoding="utf-8")
        rows = re.findall(r"(?m)^\| (`\w+\.h`.*?) \|", text)
        self.same(re.findall(r"\w+\.h", " ".join(rows)),
                  {path.name for path in files("tests/unit/lib/*.h")}, "tests/README.md")

    def test_rows_of_the_benchmark(self):
        """The document has each live row, by name or by pattern, and no other."""
        text = (SOURCE / "tests/bench/README.md").read_text(encoding="utf-8")
        patterns = [name for cell in re.findall(r"(?m)^\| (`[^|/]+`) \|", text)
                    for name in re.findall(r"`([\w*-]+)`", cell)]
        rows = {line.split()[0] for line in output(SOURCE / "tests/bench/run", "--list").split("\n")
                if line and not line.startswith("instructions-")}
        found = {pattern: set(fnmatch.filter(rows, pattern)) for pattern in patterns}
        self.assertEqual([pattern for pattern in patterns if not found[pattern]], [])
        self.assertEqual(rows - set().union(*found.values()), set())

    def test_captures(self):
        text = (SOURCE / "tests/captures/README.md").read_text(encoding="utf-8")
        pairs = {path.name.split(".")[0] for path in files("tests/captures/*.pcap")}
        self.same(re.findall(r"(?m)^\| ([\w-]+) \|", text)[1:], pairs,
                  "tests/captures/README.md")

    def test_stages(self):
        """`tests/run --help` lists each stage that documents call."""
        stages = stages_of_tests()
        self.assertLess({"asan", "release"}, stages)
        for document in DOCUMENTS:
            text = document.read_text(encoding="utf-8")
            for words in re.findall(r"tests/run((?: [a-z_0-9]+)+)(?= +#|[`\n])", text):
                self.assertEqual(set(words.split()) - stages, set(),
                                 f"{name_of(document)}: unknown stage of tests/run")


class Packages(unittest.TestCase):
    def test_build_installs_each_program_that_cmake_requires(self):
        """Each of these programs has the name of its package."""
        required = {name for path in files("CMakeLists.txt", "*/CMakeLists.txt")
                    for name in re.findall(r"find_program\(\w+ NAMES (\S+) [^)]*\bREQUIRED\)",
                                           path.read_text(encoding="utf-8"))}
        self.assertIn("python3", required)
        script = (SOURCE / "packaging/install-packages").read_text(encoding="utf-8")
        build = re.search(r'\[build\]="([^"]*)"', script)[1].split()
        self.assertEqual(required - set(build), set(),
                         "missing in the group 'build' of packaging/install-packages")

    def test_each_name_in_the_list_for_completions_has_a_summary(self):
        self.assertEqual({kind for kind, *_ in LISTED}, {"behaviour", "suite", "profile"})
        self.assertEqual([words for words in LISTED if len(words) != 3 or not words[2]], [])


class Forge(unittest.TestCase):
    """The files that GitHub reads."""

    def load(self, pattern):
        found = {path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
                 for path in files(f".github/{pattern}")}
        self.assertTrue(found, pattern)
        return found

    def test_workflows_call_commands_of_the_tree(self):
        for name, flow in self.load("workflows/*.yml").items():
            calls = 0
            for job in flow["jobs"].values():
                stages = job.get("strategy", {}).get("matrix", {}).get("stage", [])
                self.assertEqual(set(stages) - stages_of_tests(), set(),
                                 f"{name}: unknown stage of tests/run")
                for word in (step.get("run", "").split()[:1] for step in job["steps"]):
                    if word and word[0].partition("/")[0] in TOPS:
                        calls += 1
                        self.assertTrue(os.access(SOURCE / word[0], os.X_OK),
                                        f"{name}: {word[0]}: not a program")
            self.assertGreater(calls, 0, name)

    def test_issue_forms(self):
        forms = self.load("ISSUE_TEMPLATE/*.yml")
        self.assertEqual(set(forms.pop("config.yml")), {"blank_issues_enabled"})
        self.assertGreater(len(forms), 1)
        for name, form in forms.items():
            with self.subTest(name):
                self.assertLessEqual({"name", "description", "body"}, set(form))
                fields = [part for part in form["body"] if part["type"] != "markdown"]
                self.assertLessEqual({part["type"] for part in fields}, {"input", "textarea"})
                for what in ([part["id"] for part in fields],
                             [part["attributes"]["label"] for part in fields]):
                    self.assertEqual(len(what), len(set(what)))
                self.assertTrue(any(part.get("validations", {}).get("required")
                                    for part in fields))


if __name__ == "__main__":
    unittest.main(verbosity=2)
