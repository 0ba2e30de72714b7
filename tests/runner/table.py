#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The table of states and segments: each class of cell.h, in each state, has a cell in a script.

    table.py [--emulator COMMAND] RUNNER [--long] [SCRIPT ...]

Runs the scripts (tests/scripts/tcp/state-*.pkt) and prints the number of cells that prove each
square, or with --long each cell: state, class, clause, script:line. Fails if a script fails, and if
a square has no cell over IPv4 or none over IPv6."""
import argparse
import collections
import pathlib
import re
import subprocess
import sys

top = pathlib.Path(__file__).resolve().parents[2]


def names_in(source, enum):
    """Returns the names that a source file gives to the values of an enum, in order."""
    return re.findall(rf'\[{enum}_\w+\] = "([^"]+)"', (top / source).read_text())


def prove(runner, script):
    """Runs a script. Returns its cells as (state, class, place, family, clause), and the error."""
    run = subprocess.run([*runner, "--table", script], capture_output=True, text=True)
    # A place begins with the path of the script, which may contain spaces.
    cells = re.findall(r"(?m)^cell (\S+) (\S+) (.+?:\d+) (IPv[46]) (.*)$", run.stdout)
    if run.returncode:
        # The last cell failed. The script's own test prints the segments on the wire.
        return cells[:-1], run.stderr.split("packets on the wire:")[0]
    return cells, ""


def table(states, classes, proof):
    """Returns the table, classes by states. State names take two lines to fit 100 columns."""
    heads = [re.match(r"(\w+-)?(.*)", state).groups("") for state in states]
    first = max(map(len, classes))
    widths = [max(map(len, head)) for head in heads]
    rows = [["", *(head[i] for head in heads)] for i in (0, 1)]
    for cls in classes:
        squares = (proof[state, cls] for state in states)
        rows.append([cls, *(str(min(map(len, s.values()))) if len(s) == 2 else "-"
                            for s in squares)])
    for name, *marks in rows:
        print(name.ljust(first), *(m.rjust(w) for m, w in zip(marks, widths)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner", nargs="?", default=top / "build/tests/script_runner")
    parser.add_argument("scripts", nargs="*",
                        default=sorted((top / "tests/scripts/tcp").glob("state-*.pkt")))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--emulator", default="", help="command that runs RUNNER")
    args = parser.parse_args()
    states = names_in("daemon/tcp/state.c", "STATE")
    classes = names_in("tests/runner/cell.c", "CELL")
    proof = collections.defaultdict(dict)  # (state, class) -> family -> {place: clause}
    wrong = []

    for script in args.scripts:
        cells, error = prove([*args.emulator.split(), args.runner], script)
        if error:
            wrong.append(f"{pathlib.Path(script).name} failed:\n{error}")
        for state, cls, place, family, clause in cells:
            proof[state, cls].setdefault(family, {})[place] = clause
    for state in states:
        for cls in classes:
            square = proof[state, cls]
            missing = [family for family in ("IPv4", "IPv6") if family not in square]
            if missing:
                wrong.append(f"{state}, {cls}: no cell over {' and '.join(missing)}")
            for place, clause in square.get("IPv4", {}).items() if args.long else ():
                print(f"{state:12} {cls:17} {clause}  [{pathlib.Path(place).name}]")
    if not args.long:
        table(states, classes, proof)
    sys.stdout.flush()
    for line in wrong:
        print(line, file=sys.stderr)
    return bool(wrong)


sys.exit(main())
