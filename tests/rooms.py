#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks what each file of daemon/ and cli/ knows of the others, or draws it.

usage: tests/rooms.py [--graph | --dot] [--tree DIRECTORY] [--build DIRECTORY]

A room is a folder of daemon/. Each room() line of CMakeLists.txt names a room and the rooms that it
may know, which stand before it. A file knows another one by #include, and by the symbols that its
object file leaves undefined; daemon/*.c, the program itself, may know every room, and no room may
know them. The rules are the functions check_*() below. Without a build, only what #include tells is
checked.

--graph prints a table of the rooms, and the circles of files. --dot prints the rooms for graphviz:
an edge tells how many files of a room know the other one, and is red where they may not."""
import argparse
import collections
import fnmatch
import json
import pathlib
import re
import shlex
import subprocess
import sys

LONGEST = 500  # lines of a file
PROGRAM = "daemon"  # the room of daemon/*.c
CLI = "cli"
# The command line client shares text and the notation with the daemon, and the protocol's numbers.
CLI_KNOWS = {"base", "wire"}
CLI_KNOWS_FILES = {"daemon/control/protocol.h"}
# Headers that only one room, and the tests, may include.
OWN = {"daemon/engine/engine.h": "engine"}
# The engine replays captures and runs in tests without a config file.
WITHOUT_CONFIG = "engine"
CONFIG_ROOMS = {"schema", "catalogue", "judge", "config"}
CONFIG_LIBRARY = "config_"  # how each symbol of libconfig begins
# Files that need no header of their own, as they define rows of a table and nothing else: the
# files, the symbols of their rows, and the header that declares them, or lists the part that * is.
ROWS = [
    ("daemon/service/*.c", "service_*", "daemon/service/service_ops.h"),
    ("daemon/judge/*.c", "judge_*", "daemon/judge/clauses.h"),
    ("daemon/control/*.c", "verb_*", "daemon/control/verbs.h"),
    ("cli/cmd_*.c", "command_*", "cli/commands.h"),
    ("daemon/main.c", "main", None),
    ("cli/main.c", "main", None),
]

Use = collections.namedtuple("Use", "file line target name")  # of a file or of its symbol
Violation = collections.namedtuple("Violation", "file line problem remedy")


def room_of(file):
    """The room of a path such as daemon/ROOM/FILE, daemon/FILE or cli/FILE."""
    parts = file.split("/")
    return parts[1] if parts[0] == "daemon" and len(parts) == 3 else parts[0]


def module_of(file):
    return file.rpartition(".")[0]


class Tree:
    """The files, what they include, and the order of their rooms."""

    def __init__(self, top):
        self.top = top
        self.text = {str(path.relative_to(top)): path.read_text()
                     for folder in ("daemon", CLI)
                     for path in sorted((top / folder).rglob("*.[ch]"))}
        self.lines = {file: text.splitlines() for file, text in self.text.items()}
        self.rooms = []  # (name, line, names that it may know)
        cmake = (top / "CMakeLists.txt").read_text()
        for match in re.finditer(r"^room\((\w+)([^)]*)\)", cmake, re.M):
            line = cmake.count("\n", 0, match.start()) + 1
            self.rooms.append((match[1], line, match[2].split()))
        self.allowed = {}  # room: the rooms that it may know, itself included
        for name, _, needs in self.rooms:
            direct = [need for need in needs if need in self.allowed]
            self.allowed[name] = {name}.union(*(self.allowed[need] for need in direct))
        unlisted = {room_of(file) for file in self.text} - {*self.allowed, PROGRAM, CLI}
        every = {*self.allowed, *unlisted}
        self.allowed.update({room: every for room in unlisted})  # check_order() tells of them
        self.allowed[PROGRAM] = {PROGRAM, *every}
        self.allowed[CLI] = {CLI} | CLI_KNOWS
        self.includes = [use for file in self.text for use in self.included_by(file)]

    def included_by(self, file):
        for number, line in enumerate(self.lines[file], 1):
            match = re.match(r'#\s*include "([^"]+)"', line)
            if not match:
                continue
            beside = file.rpartition("/")[0] + "/" + match[1]
            target = beside if beside in self.text else "daemon/" + match[1]
            if target in self.text:
                yield Use(file, number, target, match[1])

    def may_know(self, file, target):
        return (room_of(target) in self.allowed[room_of(file)]
                or room_of(file) == CLI and target in CLI_KNOWS_FILES)

    def line_of(self, file, symbol):
        word = re.compile(rf"\b{re.escape(symbol)}\b")
        return next((n for n, line in enumerate(self.lines[file], 1)
                     if word.search(line) and not line.startswith("#")), 1)


class Objects:
    """The symbols of the object files, as nm(1) tells them."""

    def __init__(self, tree, build):
        self.defined = collections.defaultdict(list)  # file: symbols
        self.undefined = collections.defaultdict(list)
        objects = self.compiled(tree, build)
        missing = [path for path in objects if not pathlib.Path(path).exists()]
        if missing:
            raise SystemExit(f"rooms.py: {missing[0]}: missing: build all first")
        listed = subprocess.run(["nm", "-A", "-P", "-g", *objects], capture_output=True, text=True,
                                check=True)
        for row in listed.stdout.splitlines():
            path, _, symbol = row.partition(": ")
            name, kind = symbol.split()[:2]
            (self.undefined if kind in "Uw" else self.defined)[objects[path]].append(name)
        self.uses = list(self.resolved(tree))

    @staticmethod
    def compiled(tree, build):
        """The path of each object file, and the source file that it is made of."""
        objects = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            words = shlex.split(entry["command"])
            place = pathlib.Path(entry["directory"])
            source = (place / entry["file"]).resolve()
            if source.is_relative_to(tree.top) and str(source.relative_to(tree.top)) in tree.text:
                objects[str(place / words[words.index("-o") + 1])] = str(
                    source.relative_to(tree.top))
        return objects

    def resolved(self, tree):
        """Each undefined symbol that a file of the same program defines."""
        definer = {(file.startswith(CLI), symbol): file
                   for file, symbols in self.defined.items() for symbol in symbols}
        for file, symbols in sorted(self.undefined.items()):
            for symbol in symbols:
                target = definer.get((file.startswith(CLI), symbol)) or definer.get((False, symbol))
                if target:
                    yield Use(file, tree.line_of(file, symbol), target, symbol)


def circles(uses):
    """The sets of files each of which knows each other one, directly or through others."""
    graph = collections.defaultdict(set)
    for use in uses:
        graph[use.file].add(use.target)
    found, number, low, stack = [], {}, {}, []

    def visit(file):  # Tarjan's algorithm
        number[file] = low[file] = len(number)
        stack.append(file)
        for target in sorted(graph[file]):
            if target not in number:
                visit(target)
            if target in stack:
                low[file] = min(low[file], low[target])
        if low[file] == number[file]:
            place = stack.index(file)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for file in sorted(list(graph)):
        if file not in number:
            visit(file)
    return sorted(found)


def way_around(circle, uses):
    """The uses on the shortest way from a file of a circle back to itself."""
    def way_from(start):
        ways = collections.deque([[]])
        seen = set()
        while ways:
            way = ways.popleft()
            here = way[-1].target if way else start
            if way and here == start:
                return way
            for use in uses:
                if use.file == here and use.target in circle and use.target not in seen:
                    seen.add(use.target)
                    ways.append(way + [use])
    return min((way_from(file) for file in circle), key=len)


def header_uses(tree):
    return [use for use in tree.includes if use.file.endswith(".h") and use.target.endswith(".h")]


def object_uses(objects):
    return [use for use in objects.uses if use.file != use.target]


# --- rules: of the tree, and of the tree with its object files ------------------------------------

def check_order(tree):
    names = [name for name, _, _ in tree.rooms]
    for place, (name, line, needs) in enumerate(tree.rooms):
        for later in set(needs) & set(names[place:]):
            yield Violation("CMakeLists.txt", line, f"room {name} names {later}, which "
                            "stands behind it", f"move what {name} needs into an earlier room")
        if not any(room_of(file) == name for file in tree.text):
            yield Violation("CMakeLists.txt", line, f"room {name} has no file",
                            "remove the line")
    for room in sorted({room_of(file) for file in tree.text} - {*names, PROGRAM, CLI}):
        yield Violation(f"daemon/{room}", 1, "missing among the room() lines of "
                        "CMakeLists.txt", "add a line, behind the rooms that it knows")


def check_readme(tree):
    """The table of rooms in daemon/README.md has the rooms in their order."""
    readme = tree.top / "daemon/README.md"
    listed = re.findall(r"^\| `(\w+)/` \|", readme.read_text(), re.M) if readme.exists() else []
    names = [name for name, _, _ in tree.rooms]
    if readme.exists() and listed != names:
        yield Violation("daemon/README.md", 1, f"rooms {' '.join(listed)}, but CMakeLists.txt has "
                        f"{' '.join(names)}", "list the rooms in that order")


def check_includes(tree):
    for use in tree.includes:
        if not tree.may_know(use.file, use.target):
            yield Violation(use.file, use.line, f'includes "{use.name}", which '
                            f"{room_of(use.file)} may not know", remedy_for(use))


def remedy_for(use):
    if room_of(use.target) == PROGRAM:
        return "only the program may: pass in a function pointer, or move the code into a room"
    return "move the code into a later room, or what it needs into an earlier one"


def check_own_headers(tree):
    for use in tree.includes:
        owner = OWN.get(use.target)
        if owner and room_of(use.file) != owner:
            yield Violation(use.file, use.line, f'includes "{use.name}", which belongs to '
                            f"{owner} alone", f"call a function of {owner}")


def check_header_circles(tree):
    yield from circle_violations(header_uses(tree), "includes")


def circle_violations(uses, verb):
    for circle in circles(uses):
        way = way_around(circle, uses)
        steps = ", ".join(f"{use.file} {verb} {use.name}" for use in way)
        yield Violation(way[0].file, way[0].line,
                        f"circle of {len(circle)} files: {steps}",
                        "move what both need into a file of its own")


def check_headers(tree):
    for file in tree.text:
        if file.endswith(".c") and not header_of(tree, file) and not rows_of(file):
            yield Violation(file, 1, "missing a header of its own name",
                            "declare there what other files may call")


def header_of(tree, file):
    header = module_of(file) + ".h"
    return header if header in tree.text else None


def rows_of(file):
    """The symbols of rows that a file may define without a header, and the headers of the
    tables."""
    return [(names, header) for files, names, header in ROWS if fnmatch.fnmatch(file, files)]


def check_names(tree):
    places = collections.defaultdict(set)
    for file in tree.text:
        places[module_of(file).rpartition("/")[2]].add(module_of(file))
    for name, modules in sorted(places.items()):
        if name != "main":
            for module in sorted(modules)[1:]:
                yield Violation(next(f for f in tree.text if module_of(f) == module), 1,
                                f"name in use: {sorted(modules)[0]}", "choose another name")


def check_lengths(tree):
    lengths = {file: len(lines) for file, lines in tree.lines.items()}
    for folder in "tests", "packaging":
        lengths.update({str(path.relative_to(tree.top)): len(path.read_text().splitlines())
                        for path in sorted((tree.top / folder).rglob("*"))
                        if path.suffix in (".c", ".h", ".py")})
    for file, length in lengths.items():
        if length > LONGEST:
            yield Violation(file, length, f"{length} lines, at most {LONGEST} expected",
                            "move a part with a name of its own into another file")


def check_symbols(tree, objects):
    told = {(use.file, room_of(use.target)) for use in tree.includes}  # by check_includes()
    for use in objects.uses:
        if not tree.may_know(use.file, use.target) and (use.file, room_of(use.target)) not in told:
            yield Violation(use.file, use.line, f"uses {use.name} of {use.target}, which "
                            f"{room_of(use.file)} may not know", remedy_for(use))


def check_object_circles(tree, objects):
    yield from circle_violations(object_uses(objects), "uses")


def check_declarations(tree, objects):
    for file, symbols in sorted(objects.defined.items()):
        header = header_of(tree, file)
        for symbol in symbols:
            rows = [(names, table) for names, table in rows_of(file)
                    if fnmatch.fnmatch(symbol, names)]
            tables = [table for _, table in rows]
            if (tables == [None] or header and declares(tree, header, symbol)
                    or any(declares(tree, table, symbol)
                           or declares(tree, table, symbol.removeprefix(names.rstrip("*")))
                           for names, table in rows)):
                continue
            if header or tables:
                yield Violation(file, tree.line_of(file, symbol),
                                f"{symbol} is missing in {header or tables[0]}",
                                "declare it there, or make it static")
            elif rows_of(file):
                yield Violation(file, tree.line_of(file, symbol),
                                f"{symbol} is no row of a table, and the file has no header of its "
                                "own name", "declare it in one, or make it static")


def declares(tree, header, symbol):
    return bool(re.search(rf"\b{re.escape(symbol)}\b", tree.text.get(header, "")))


def check_engine_alone(tree, objects):
    """The objects that are linked with the engine need neither config files nor their library."""
    needs = collections.defaultdict(list)
    for use in objects.uses:
        needs[use.file].append(use)
    way = {file: [] for file in objects.undefined if room_of(file) == WITHOUT_CONFIG}
    waiting = sorted(way)
    while waiting:
        file = waiting.pop(0)
        library = {symbol for symbol in objects.undefined[file]
                   if symbol.startswith(CONFIG_LIBRARY)}
        for symbol in sorted(library - {use.name for use in needs[file]}):
            yield config_needed(file, tree.line_of(file, symbol), symbol, "libconfig", way[file])
        for use in needs[file]:
            if room_of(use.target) in CONFIG_ROOMS:
                yield config_needed(file, use.line, use.name, use.target, way[file])
            elif use.target not in way:
                way[use.target] = [*way[file], file]
                waiting.append(use.target)


def config_needed(file, line, name, owner, way):
    through = f" and is linked with {' and '.join(reversed(way))}" if way else ""
    return Violation(file, line, f"uses {name} of {owner}{through}",
                     f"move what {WITHOUT_CONFIG} needs into a file without config")


TREE_RULES = [check_order, check_readme, check_includes, check_own_headers, check_header_circles,
              check_headers, check_names, check_lengths]
OBJECT_RULES = [check_symbols, check_object_circles, check_declarations, check_engine_alone]


# --- output ---------------------------------------------------------------------------------------

def report(found, summary):
    """Prints the violations, or the summary if there are none. Returns the exit status."""
    width = max((len(f"{v.file}:{v.line}:") for v in found), default=0)
    for v in found:
        print(f"{f'{v.file}:{v.line}:':{width}} {v.problem}: {v.remedy}")
    if not found:
        print(summary)
    return bool(found)


def room_names(tree):
    listed = [name for name, _, _ in tree.rooms]
    others = {room_of(file) for file in tree.text} - {*listed, PROGRAM, CLI}
    return [*listed, *sorted(others), PROGRAM, CLI]


def uses_between(tree, objects):
    """By pair of rooms, the uses of files of the one by files of the other."""
    between = collections.defaultdict(list)
    for use in tree.includes + (objects.uses if objects else []):
        if room_of(use.file) != room_of(use.target):
            between[room_of(use.file), room_of(use.target)].append(use)
    return between


def all_circles(tree, objects):
    return ([("includes", circle) for circle in circles(header_uses(tree))] +
            [("symbols", circle) for circle in circles(object_uses(objects) if objects else [])])


def graph(tree, objects):
    between = uses_between(tree, objects)
    in_circles = collections.Counter(
        room_of(file) for file in {f for _, circle in all_circles(tree, objects) for f in circle})
    print("room       files   lines  in circles  knows (! = may not)")
    for room in room_names(tree):
        files = [file for file in tree.text if room_of(file) == room]
        names = [("" if all(tree.may_know(use.file, use.target) for use in between[room, other])
                  else "!") + other for other in room_names(tree) if between[room, other]]
        print(f"{room:<10} {len(files):>5} {sum(len(tree.lines[f]) for f in files):>7} "
              f"{in_circles[room] or '-':>11}  {' '.join(names) or '-'}")
    found = all_circles(tree, objects)
    print(f"\n{len(found)} circles of files" + (":" if found else ""))
    for kind, circle in found:
        print(f"\n{len(circle)} files, by {kind}:")
        for room in sorted({room_of(file) for file in circle}):
            print(f"  {room}: " + " ".join(file.rpartition("/")[2] for file in circle
                                           if room_of(file) == room))


def dot(tree, objects):
    print("digraph rooms {\n\trankdir = BT;\n\tnode [shape = box];")
    for (room, other), uses in sorted(uses_between(tree, objects).items()):
        allowed = all(tree.may_know(use.file, use.target) for use in uses)
        files = len({use.file for use in uses})
        print(f'\t"{room}" -> "{other}" [label = {files}{"" if allowed else ", color = red"}];')
    print("}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=pathlib.Path, help="default: where this program lies",
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--build", type=pathlib.Path, help="default: build/ in the tree")
    parser.add_argument("--graph", action="store_true", help="print rooms and circles")
    parser.add_argument("--dot", action="store_true", help="print the rooms for graphviz")
    options = parser.parse_args()
    tree = Tree(options.tree.resolve())
    build = options.build or tree.top / "build"
    built = (build / "compile_commands.json").exists()
    if options.build and not built:
        raise SystemExit(f"rooms.py: {build}/compile_commands.json: missing: build first")
    objects = Objects(tree, build) if built else None
    if options.graph or options.dot:
        (graph if options.graph else dot)(tree, objects)
        return
    found = [v for rule in TREE_RULES for v in rule(tree)]
    found += [v for rule in OBJECT_RULES if objects for v in rule(tree, objects)]
    seen = f"{len(objects.uses)} uses of symbols" if objects else "no object files"
    sys.exit(report(found, f"{len(tree.rooms)} rooms, {len(tree.text)} files, {seen}: none knows "
                    "a later one, and there is no circle"))


main()
