#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Counts turns of phrase that .github/CONTRIBUTING.md asks to avoid, or lists them.

usage: tests/prose.py [--list [HABIT]] [--json] [--tree DIRECTORY] [PATH ...]

Prose is: comments and string literals of C files, comments and docstrings of Python files,
comments of shell scripts, CMake files and config files, with the texts of config files, and the
text of man pages and Markdown files. A table has a row for each habit and a column for each kind of
prose. HABITS gives each habit a ceiling for its total over the whole tree: the program fails above
it. A ceiling may only go down. PATH limits the count to some files or folders of the tree; no
ceiling applies then."""
import argparse
import collections
import io
import json
import pathlib
import re
import sys
import tokenize

import tracked

Piece = collections.namedtuple("Piece", "file line kind text")  # one comment, string or paragraph
Habit = collections.namedtuple("Habit", "name kinds pattern ceiling")

KINDS = ("comment", "string", "manual", "document")
EVERY = set(KINDS)

# Quoted text is an example, not prose: `who`, 'those'.
QUOTED = re.compile(r"(?<!\w)'[^'\n]{1,40}'(?!\w)")
CODE = re.compile(r"`[^`\n]*`")

# The user "nobody" of expected texts, and "those" where it is an ordinary pronoun, remain.
HABITS = [
    Habit("opens with What, Who, Whom, Whose", {"comment", "manual", "document"},
          re.compile(r"^\W*(What|Who|Whom|Whose)\b"), 0),
    Habit("opens with Of, Those, Likewise", {"comment", "manual", "document"},
          re.compile(r"^\W*(Of|Those|Likewise)\b"), 0),
    Habit("nobody, somebody, anybody, whoever, whom", EVERY,
          re.compile(r"\b(no|some|any|every)body\b|\bwho(so)?ever\b|\bwhom\b", re.I), 4),
    Habit("who", EVERY, re.compile(r"\bwho\b", re.I), 0),
    Habit("those that, of those", EVERY,
          re.compile(r"\bthose (that|who|which|of|in|to|with)\b|\b(of|and|but|for) those\b", re.I),
          7),
    Habit("sentence that begins with What", EVERY,
          re.compile(r"(?<=[.:;] )What\b(?![^.]*\?)"), 0),
    Habit("what is, what it, what a", EVERY,
          re.compile(r"\bwhat (is|are|was|were|it|they|has|have|had|does|can|comes|came|goes|"
                     r"stands|belongs|follows|the|a|an|no|each|this|we|our)\b(?![^.]*\?)", re.I),
          1),
    Habit("for good, for ever", EVERY, re.compile(r"\bfor (good|ever)\b", re.I), 0),
    Habit("is to be, to be had", EVERY,
          re.compile(r"\bto be (had|told|said|seen)\b|\b(is|are) to be (a|an|the)\b", re.I), 0),
    Habit("says so, says nothing, is told", EVERY,
          re.compile(r"\b(says?|said|tells?|told) (so|nothing|otherwise|of)\b|"
                     r"\b(is|are|was|be) told\b", re.I), 0),
    Habit("one too many, lacks a word", EVERY,
          re.compile(r"\bone too many\b|\blacks? (a|the|its) word\b|\bthere is no (such )?"
                     r"(key|suite|profile|behaviour|parameter)\b", re.I), 0),
    Habit("`backquotes` in a message", {"string"}, re.compile(r"`[^`\n]{0,60}`"), 0),
]


# --- prose of a file ------------------------------------------------------------------------------

C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)


def c_pieces(text):
    """Comments, and string literals; adjacent literals are one piece."""
    last_end, pending = None, None
    for match in C_TOKEN.finditer(text):
        token = match[0]
        line = text.count("\n", 0, match.start()) + 1
        if token[0] == '"':
            if pending and not text[last_end:match.start()].strip():
                pending = (pending[0], pending[1] + token[1:-1])
            else:
                if pending:
                    yield pending[0], "string", pending[1]
                pending = (line, token[1:-1])
            last_end = match.end()
        elif token[0] == "/":
            yield line, "comment", re.sub(r"(?m)^\s*(/\*+|//|\*(?!/))|\*/$", " ", token)
    if pending:
        yield pending[0], "string", pending[1]


def python_pieces(text):
    """Comments and docstrings."""
    block, start = [], 0
    begins = True  # of a statement
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            if block and token.start[0] == start + len(block):
                block.append(token.string.lstrip("# "))
            else:
                if block:
                    yield start, "comment", " ".join(block)
                block, start = [token.string.lstrip("# ")], token.start[0]
        elif token.type == tokenize.STRING and begins and '"""' in token.string:
            yield token.start[0], "comment", token.string.strip('"rf')
        begins = token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL,
                                tokenize.COMMENT) or begins and token.type == tokenize.ENCODING
    if block:
        yield start, "comment", " ".join(block)


CONFIG_TEXT = re.compile(r'\b(?:summary|client|help|text|note)\s*=\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')


def hash_pieces(text):
    """Blocks of # comments; of config files, the texts that programs print, too."""
    block, start = [], 0
    for number, line in enumerate(text.splitlines() + [""], 1):
        match = re.match(r"\s*#(?!!)(.*)", line) or re.match(r"[^\"']*\s#\s(.*)", line)
        whole = re.match(r"\s*#", line)
        if match and whole and block and number == start + len(block):
            block.append(match[1].strip())
            continue
        if block:
            yield start, "comment", " ".join(block)
            block = []
        if match:
            block, start = [match[1].strip()], number
    for match in CONFIG_TEXT.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield line, "string", " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]))


def manual_pieces(text):
    """Paragraphs of mdoc(7), without macros."""
    block, start, literal = [], 0, False
    for number, line in enumerate(text.splitlines() + [".Pp"], 1):
        if line.startswith((".Bd -literal", ".Bd -unfilled")):
            literal = True
        elif line.startswith(".Ed"):
            literal = False
        breaks = line.startswith((".Pp", ".Sh", ".Ss", ".It", ".Bl", ".El", ".Bd", ".Ed", '.\\"'))
        if breaks or literal:
            if block:
                yield start, "manual", " ".join(block)
            block = []
        elif not line.startswith("@"):
            if not block:
                start = number
            block.append(re.sub(r"^\.\w\w |(?<= )(Cm|Ar|Xr|Ql|Fl|Pa|Ic|Dq|Ns|Po|Pc) ", "", line))


def document_pieces(text):
    """Paragraphs, items and rows of Markdown, without code blocks."""
    block, start, fenced = [], 0, False
    for number, line in enumerate(text.splitlines() + [""], 1):
        fenced ^= line.startswith("```")
        if fenced or line.startswith(("```", "    ")) or not line.strip():
            if block:
                yield start, "document", " ".join(block)
            block = []
            continue
        if line.startswith(("|", "#", "* ", "- ")) and block:
            yield start, "document", " ".join(block)
            block = []
        if not block:
            start = number
        block.append(line.strip("|#*- "))
    if block:
        yield start, "document", " ".join(block)


def reader_of(path):
    name = path.name
    if path.suffix in (".c", ".h"):
        return c_pieces
    if path.suffix == ".py":
        return python_pieces
    if path.suffix == ".md":
        return document_pieces
    if re.search(r"\.[1578](\.in)?$", name):
        return manual_pieces
    if path.suffix in (".conf", ".cmake", ".yml", ".sh") or name in ("CMakeLists.txt", "skips"):
        return hash_pieces
    if not path.suffix:
        first = path.open(errors="replace").readline()
        if first.startswith("#!") and "python" in first:
            return python_pieces
        if first.startswith("#"):
            return hash_pieces
    return None


def pieces(top, file):
    path = top / file
    reader = reader_of(path)
    if not reader or file in ("tests/prose.py", "tests/test_prose.py"):
        return
    for line, kind, text in reader(path.read_text(errors="replace")):
        yield Piece(file, line, kind, " ".join(text.split()))


def files_of(top, paths):
    """Returns the regular files of the tree, or those at `paths`, which are relative to it."""
    wanted = [pathlib.PurePath(path) for path in paths]
    return [name for name in tracked.files(top) if not (top / name).is_symlink() and
            (not wanted or any(pathlib.PurePath(name).is_relative_to(path) for path in wanted))]


# --- counts ---------------------------------------------------------------------------------------

def occurrences(top, paths):
    """Yields (habit, piece, text found)."""
    for file in files_of(top, paths):
        for piece in pieces(top, file):
            plain = QUOTED.sub("''", piece.text)
            if piece.kind != "string":
                plain = CODE.sub("``", plain)
            for habit in HABITS:
                if piece.kind in habit.kinds:
                    for match in habit.pattern.finditer(plain):
                        yield habit, piece, plain[max(match.start() - 30, 0):match.end() + 40]


def print_table(counts):
    print(f"{'habit':42}" + "".join(f"{kind:>9}" for kind in KINDS) + f"{'total':>7}")
    for habit in HABITS:
        row = [counts[habit.name, kind] for kind in KINDS]
        print(f"{habit.name:42}" + "".join(f"{n:9}" for n in row) + f"{sum(row):7}")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"tests/prose.py: {message}: see tests/prose.py --help\n")

    def format_help(self):
        return __doc__ + "\n"


def parse():
    parser = Parser(allow_abbrev=False)
    parser.add_argument("--list", nargs="?", const="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tree", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args()
    if options.list and not any(options.list in habit.name for habit in HABITS):
        parser.error(f"unknown habit '{options.list}': a path follows '--list --'")
    for path in options.paths:
        if not (options.tree / path).exists():
            parser.error(f"unknown path '{path}': expected one that is relative to {options.tree}")
    return options


def main():
    options = parse()
    counts = collections.Counter()
    places = collections.defaultdict(list)
    for habit, piece, found in occurrences(options.tree, options.paths):
        counts[habit.name, piece.kind] += 1
        places[habit.name].append(f"{piece.file}:{piece.line}: {habit.name}: {found}")
    totals = {habit.name: len(places[habit.name]) for habit in HABITS}
    if options.json:
        print(json.dumps(totals, indent=1))
    elif options.list is None:
        print_table(counts)
    else:
        for habit in HABITS:
            if options.list in habit.name:
                print("".join(f"{place}\n" for place in places[habit.name]), end="")
    above = [habit for habit in HABITS
             if not options.paths and totals[habit.name] > habit.ceiling]
    for habit in above:
        print(*places[habit.name], f"tests/prose.py: {habit.name}: {totals[habit.name]} found, at "
              f"most {habit.ceiling} expected: rewrite the new text", sep="\n", file=sys.stderr)
    return 1 if above else 0


sys.exit(main())
