#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the dependencies between the files of daemon/ and cli/, or draws them.

usage: tests/layers.py [--graph | --dot] [--tree DIRECTORY] [--build DIRECTORY]

A layer is a folder of daemon/. Each layer() line of CMakeLists.txt names a layer and the layers
that it may use, which must precede it. A file uses another by #include, and by undefined symbols of
its object file. daemon/*.c, the program itself, may use every layer, and no layer may use them. The
functions check_*() below are the rules. Without a build, the rules for object files are skipped.

--graph prints a table of the layers, and the circles of files. --dot prints the layers for
graphviz: the label of an edge is the number of files of a layer that use the other layer; edges
that are not allowed are red."""
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
PROGRAM = "daemon"  # the layer of daemon/*.c
CLI = "cli"
# The command line client shares text, the notation and the numbers of the protocol with the daemon.
CLI_USES = {"base", "wire"}
CLI_USES_FILES = {"daemon/control/protocol.h"}
# Headers that only one layer and the tests may include.
OWN = {"daemon/engine/engine.h": "engine"}
# The engine replays captures and runs in tests without a config file.
WITHOUT_CONFIG = "engine"
CONFIG_LAYERS = {"schema", "catalogue", "judge", "config"}
CONFIG_LIBRARY = "config_"  # prefix of the symbols of libconfig
# Files that need no header of their own, because they define only rows of a table: the files, the
# symbols of the rows, and the header that declares the symbols, or lists their parts that match *.
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


def layer_of(file):
    """Returns the layer of a path such as daemon/LAYER/FILE, daemon/FILE or cli/FILE."""
    parts = file.split("/")
    return parts[1] if parts[0] == "daemon" and len(parts) == 3 else parts[0]


def module_of(file):
    return file.rpartition(".")[0]


class Tree:
    """The files, their includes, and the order of their layers."""

    def __init__(self, top):
        self.top = top
        self.text = {str(path.relative_to(top)): path.read_text()
                     for folder in ("daemon", CLI)
                     for path in sorted((top / folder).rglob("*.[ch]"))}
        self.lines = {file: text.splitlines() for file, text in self.text.items()}
        self.layers = []  # (name, line, names that it may use)
        cmake = (top / "CMakeLists.txt").read_text()
        for match in re.finditer(r"^layer\((\w+)([^)]*)\)", cmake, re.M):
            line = cmake.count("\n", 0, match.start()) + 1
            self.layers.append((match[1], line, match[2].split()))
        self.allowed = {}  # layer: the layers that it may use, including itself
        for name, _, needs in self.layers:
            direct = [need for need in needs if need in self.allowed]
            self.allowed[name] = {name}.union(*(self.allowed[need] for need in direct))
        unlisted = {layer_of(file) for file in self.text} - {*self.allowed, PROGRAM, CLI}
        every = {*self.allowed, *unlisted}
        self.allowed.update({layer: every for layer in unlisted})  # check_order() reports them
        self.allowed[PROGRAM] = {PROGRAM, *every}
        self.allowed[CLI] = {CLI} | CLI_USES
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

    def may_use(self, file, target):
        return (layer_of(target) in self.allowed[layer_of(file)]
                or layer_of(file) == CLI and target in CLI_USES_FILES)

    def line_of(self, file, symbol):
        word = re.compile(rf"\b{re.escape(symbol)}\b")
        return next((n for n, line in enumerate(self.lines[file], 1)
                     if word.search(line) and not line.startswith("#")), 1)


class Objects:
    """The symbols of the object files, by nm(1)."""

    def __init__(self, tree, build):
        self.defined = collections.defaultdict(list)  # file: symbols
        self.undefined = collections.defaultdict(list)
        objects = self.compiled(tree, build)
        missing = [path for path in objects if not pathlib.Path(path).exists()]
        if missing:
            raise SystemExit(f"layers.py: {missing[0]}: missing: build all first")
        listed = subprocess.run(["nm", "-A", "-P", "-g", *objects], capture_output=True, text=True,
                                check=True)
        for row in listed.stdout.splitlines():
            path, _, symbol = row.partition(": ")
            name, kind = symbol.split()[:2]
            (self.undefined if kind in "Uw" else self.defined)[objects[path]].append(name)
        self.uses = list(self.resolved(tree))

    @staticmethod
    def compiled(tree, build):
        """Returns the source file of each object file."""
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
        """Yields each undefined symbol that a file of the same program defines."""
        definer = {(file.startswith(CLI), symbol): file
                   for file, symbols in self.defined.items() for symbol in symbols}
        for file, symbols in sorted(self.undefined.items()):
            for symbol in symbols:
                target = definer.get((file.startswith(CLI), symbol)) or definer.get((False, symbol))
                if target:
                    yield Use(file, tree.line_of(file, symbol), target, symbol)


def circles(uses):
    """Returns the sets of files that all use each other, directly or through others."""
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
    """Returns the uses on the shortest way from a file of a circle back to itself."""
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
    names = [name for name, _, _ in tree.layers]
    for place, (name, line, needs) in enumerate(tree.layers):
        for later in set(needs) & set(names[place:]):
            yield Violation("CMakeLists.txt", line, f"layer {name} names {later}, which "
                            "follows it", f"move the code that {name} needs into an earlier layer")
        if not any(layer_of(file) == name for file in tree.text):
            yield Violation("CMakeLists.txt", line, f"layer {name} has no file", "remove the line")
    for layer in sorted({layer_of(file) for file in tree.text} - {*names, PROGRAM, CLI}):
        yield Violation(f"daemon/{layer}", 1, "missing among the layer() lines of "
                        "CMakeLists.txt", "add a line after the layers that it uses")


def check_readme(tree):
    """The table in daemon/README.md must list the layers in order."""
    readme = tree.top / "daemon/README.md"
    listed = re.findall(r"^\| `(\w+)/` \|", readme.read_text(), re.M) if readme.exists() else []
    names = [name for name, _, _ in tree.layers]
    if readme.exists() and listed != names:
        yield Violation("daemon/README.md", 1, f"layers {' '.join(listed)}, but CMakeLists.txt has "
                        f"{' '.join(names)}", "list the layers in that order")


def check_includes(tree):
    for use in tree.includes:
        if not tree.may_use(use.file, use.target):
            yield Violation(use.file, use.line, f'includes "{use.name}", which '
                            f"{layer_of(use.file)} may not use", remedy_for(use))


def remedy_for(use):
    if layer_of(use.target) == PROGRAM:
        return "only the program may use it: pass a function pointer, or move the code into a layer"
    return "move the code into a later layer, or the code that it needs into an earlier one"


def check_own_headers(tree):
    for use in tree.includes:
        owner = OWN.get(use.target)
        if owner and layer_of(use.file) != owner:
            yield Violation(use.file, use.line, f'includes "{use.name}", which belongs to '
                            f"{owner} only", f"call a function of {owner}")


def check_header_circles(tree):
    yield from circle_violations(header_uses(tree), "includes")


def circle_violations(uses, verb):
    for circle in circles(uses):
        way = way_around(circle, uses)
        steps = ", ".join(f"{use.file} {verb} {use.name}" for use in way)
        yield Violation(way[0].file, way[0].line,
                        f"circle of {len(circle)} files: {steps}",
                        "move the code that both need into a file of its own")


def check_headers(tree):
    for file in tree.text:
        if file.endswith(".c") and not header_of(tree, file) and not rows_of(file):
            yield Violation(file, 1, "missing a header of its own name",
                            "declare in it the functions that other files may call")


def header_of(tree, file):
    header = module_of(file) + ".h"
    return header if header in tree.text else None


def rows_of(file):
    """Returns the symbols of rows that a file may define without a header, and the headers of
    the tables."""
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
            yield Violation(file, length, f"{length} lines, expected at most {LONGEST}",
                            "move a part with a name of its own into another file")


def check_symbols(tree, objects):
    known = {(use.file, layer_of(use.target)) for use in tree.includes}  # by check_includes()
    for use in objects.uses:
        if not tree.may_use(use.file, use.target) and (use.file, layer_of(use.target)) not in known:
            yield Violation(use.file, use.line, f"uses {use.name} of {use.target}, which "
                            f"{layer_of(use.file)} may not use", remedy_for(use))


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
    """The objects that are linked with the engine must not use config files or their library."""
    needs = collections.defaultdict(list)
    for use in objects.uses:
        needs[use.file].append(use)
    way = {file: [] for file in objects.undefined if layer_of(file) == WITHOUT_CONFIG}
    waiting = sorted(way)
    while waiting:
        file = waiting.pop(0)
        library = {symbol for symbol in objects.undefined[file]
                   if symbol.startswith(CONFIG_LIBRARY)}
        for symbol in sorted(library - {use.name for use in needs[file]}):
            yield config_needed(file, tree.line_of(file, symbol), symbol, "libconfig", way[file])
        for use in needs[file]:
            if layer_of(use.target) in CONFIG_LAYERS:
                yield config_needed(file, use.line, use.name, use.target, way[file])
            elif use.target not in way:
                way[use.target] = [*way[file], file]
                waiting.append(use.target)


def config_needed(file, line, name, owner, way):
    through = f" and is linked with {' and '.join(reversed(way))}" if way else ""
    return Violation(file, line, f"uses {name} of {owner}{through}",
                     f"move the code that {WITHOUT_CONFIG} needs into a file without config")


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


def layer_names(tree):
    listed = [name for name, _, _ in tree.layers]
    others = {layer_of(file) for file in tree.text} - {*listed, PROGRAM, CLI}
    return [*listed, *sorted(others), PROGRAM, CLI]


def uses_between(tree, objects):
    """Returns, by pair of layers, the uses of files of the second by files of the first."""
    between = collections.defaultdict(list)
    for use in tree.includes + (objects.uses if objects else []):
        if layer_of(use.file) != layer_of(use.target):
            between[layer_of(use.file), layer_of(use.target)].append(use)
    return between


def all_circles(tree, objects):
    return ([("includes", circle) for circle in circles(header_uses(tree))] +
            [("symbols", circle) for circle in circles(object_uses(objects) if objects else [])])


def graph(tree, objects):
    between = uses_between(tree, objects)
    in_circles = collections.Counter(
        layer_of(file) for file in {f for _, circle in all_circles(tree, objects) for f in circle})
    print("layer       files   lines  in circles  uses (! = may not)")
    for layer in layer_names(tree):
        files = [file for file in tree.text if layer_of(file) == layer]
        names = [("" if all(tree.may_use(use.file, use.target) for use in between[layer, other])
                  else "!") + other for other in layer_names(tree) if between[layer, other]]
        print(f"{layer:<10} {len(files):>5} {sum(len(tree.lines[f]) for f in files):>7} "
              f"{in_circles[layer] or '-':>11}  {' '.join(names) or '-'}")
    found = all_circles(tree, objects)
    print(f"\n{len(found)} circles of files" + (":" if found else ""))
    for kind, circle in found:
        print(f"\n{len(circle)} files, by {kind}:")
        for layer in sorted({layer_of(file) for file in circle}):
            print(f"  {layer}: " + " ".join(file.rpartition("/")[2] for file in circle
                                           if layer_of(file) == layer))


def dot(tree, objects):
    print("digraph layers {\n\trankdir = BT;\n\tnode [shape = box];")
    for (layer, other), uses in sorted(uses_between(tree, objects).items()):
        allowed = all(tree.may_use(use.file, use.target) for use in uses)
        files = len({use.file for use in uses})
        print(f'\t"{layer}" -> "{other}" [label = {files}{"" if allowed else ", color = red"}];')
    print("}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=pathlib.Path, help="default: the tree of this program",
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--build", type=pathlib.Path, help="default: build/ in the tree")
    parser.add_argument("--graph", action="store_true", help="print layers and circles")
    parser.add_argument("--dot", action="store_true", help="print the layers for graphviz")
    options = parser.parse_args()
    tree = Tree(options.tree.resolve())
    build = options.build or tree.top / "build"
    built = (build / "compile_commands.json").exists()
    if options.build and not built:
        raise SystemExit(f"layers.py: {build}/compile_commands.json: missing: build first")
    objects = Objects(tree, build) if built else None
    if options.graph or options.dot:
        (graph if options.graph else dot)(tree, objects)
        return
    found = [v for rule in TREE_RULES for v in rule(tree)]
    found += [v for rule in OBJECT_RULES if objects for v in rule(tree, objects)]
    seen = f"{len(objects.uses)} uses of symbols" if objects else "no object files"
    sys.exit(report(found, f"{len(tree.layers)} layers, {len(tree.text)} files, {seen}: none uses "
                    "a later layer, and there is no circle"))


main()
