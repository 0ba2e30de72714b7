# SPDX-License-Identifier: MIT
"""The rows of tests/bench/instructions."""
import json
import pathlib
import subprocess

import instruction_rows

from .row import Result, Row, at_most

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "instructions"
PREFIX = "instructions-"
SKIPPED = 77
ROWS = tuple(Row(PREFIX + row.name, row.text, f"instructions per {row.unit}",
                 goal=None if row.goal is None else at_most(row.goal))
             for row in instruction_rows.ROWS)


def chosen(bench):
    """Returns the names of the wanted rows, and of the rows that their goals refer to."""
    rows = [row for row in instruction_rows.ROWS if bench.wants(PREFIX + row.name)]
    return sorted({name for row in rows for name in (row.name, row.beside) if name})


def result_of(got):
    row = Row(PREFIX + got["name"], got["name"], got["unit"],
              goal=None if got["goal"] is None else at_most(got["goal"]))
    result = Result(row)
    result.add(got["ours"])
    return result


def measure(bench):
    """Counts once: the load of the machine changes nothing. Without valgrind, the rows are
    missing."""
    if bench.quick:
        return
    bench.progress.show("instructions")
    words = [word for name in chosen(bench) for word in ("--row", name)]
    done = subprocess.run([PROGRAM, bench.site.BUILD, "--json", "-", *words],
                          capture_output=True, text=True, check=False)
    if done.returncode == SKIPPED:
        return
    if done.returncode:
        bench.problems.append(done.stderr.strip())
        return
    for got in json.loads(done.stdout):
        bench.put(result_of(got))
