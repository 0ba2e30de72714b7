# SPDX-License-Identifier: MIT
"""The ceilings of the rows of tests/bench/instructions, in the file `ceilings`."""
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().with_suffix("")
MARGIN = 1.03  # of a new ceiling, above the measured number
STALE = 0.9    # a number below this part of its ceiling requires a lower ceiling
HOW = "tests/bench/instructions"


def read(file=FILE):
    """Returns the ceilings by row."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {name: int(number) for name, number in
            (line.split() for line in lines if not line.startswith("#"))}


def lower(numbers, order, file=FILE):
    """Lowers the ceilings of the rows in `numbers` to the number and the margin. Never raises one.
    `order` has the names of all rows; ceilings of other rows are removed."""
    ceilings = read(file)
    for name, number in numbers.items():
        ceilings[name] = min(round(number * MARGIN), ceilings.get(name, sys.maxsize))
    lines = [line for line in file.read_text(encoding="utf-8").splitlines()
             if line.startswith("#")]
    lines += [f"{name:18}{ceilings[name]:9}" for name in order if name in ceilings]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def faults(numbers, ceilings):
    """Returns the rows above their ceiling or far below it, a sentence each."""
    for name, number in numbers.items():
        ceiling = ceilings.get(name)
        if ceiling is None:
            yield f"{name}: no ceiling: add one with '{HOW} --lower --row {name}'"
        elif number > ceiling:
            yield (f"{name}: {number:,} instructions, {number - ceiling:,} "
                   f"({number / ceiling - 1:.1%}) above the ceiling {ceiling:,}: find them with "
                   f"'{HOW} --profile --row {name}'")
        elif number < ceiling * STALE:
            yield (f"{name}: {number:,} instructions, far below the ceiling {ceiling:,}: lower it "
                   f"with '{HOW} --lower --row {name}'")
