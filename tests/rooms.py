#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rooms of daemon/ know only those that stand before them in CMakeLists.txt.

Reads the order from the room() lines there, and every #include "ROOM/..." in the sources."""
import pathlib
import re
import sys

top = pathlib.Path(__file__).resolve().parent.parent
allowed = {}
for name, needs in re.findall(r"^room\((\w+)([^)]*)\)", (top / "CMakeLists.txt").read_text(), re.M):
    direct = [n for n in needs.split() if n in allowed]
    allowed[name] = {name, *direct, *(far for n in direct for far in allowed[n])}

wrong = []
for source in sorted((top / "daemon").glob("*/*.[ch]")):
    room = source.parent.name
    for number, line in enumerate(source.read_text().splitlines(), 1):
        included = re.match(r'#include "(\w+)/', line)
        if included and included[1] in allowed and room in allowed:
            if included[1] not in allowed[room] and room != "control":
                wrong.append(f"{source.relative_to(top)}:{number}: {room}/ must not know "
                             f"{included[1]}/")
        elif room in allowed and room != "control" and re.match(r'#include "\w+\.h"', line):
            name = line.split('"')[1]
            if not (source.parent / name).exists() and (top / "daemon" / name).exists():
                wrong.append(f"{source.relative_to(top)}:{number}: {room}/ must not know {name}")

for source in sorted((top / "cli").glob("*.[ch]")):
    for number, line in enumerate(source.read_text().splitlines(), 1):
        included = re.match(r'#include "(\w+)/', line)
        if included and included[1] not in ("wire", "base"):
            wrong.append(f"{source.relative_to(top)}:{number}: cli/ must not know {included[1]}/")

print("\n".join(wrong) or f"{len(allowed)} rooms, each knows only those before it")
sys.exit(bool(wrong))
