# SPDX-License-Identifier: MIT
"""All rows, in the order of the table, and their measurement."""
import fnmatch

from . import bulk, conversations, flood, instructions, lateness, standing, timers

GROUPS = (flood, lateness, conversations, bulk, standing, timers, instructions)
ROWS = [row for group in GROUPS for row in group.ROWS]


def choose(patterns):
    """Returns the names of the rows that match a pattern, or of all rows. Raises KeyError if a
    pattern matches none."""
    names = [row.name for row in ROWS]
    chosen = set() if patterns else set(names)
    for pattern in patterns:
        matching = fnmatch.filter(names, pattern)
        if not matching:
            raise KeyError(pattern)
        chosen.update(matching)
    return chosen


def measure_group(bench, group, failures):
    """Measures the wanted rows of a group. If this fails, the other groups are still measured."""
    if not bench.wants(*(row.name for row in group.ROWS)):
        return
    try:
        group.measure(bench)
    except failures as failure:
        name = group.__name__.rpartition(".")[2]
        bench.problems.append(f"{name}: {failure}")


def measure(bench):
    """Measures the rows that `bench` wants."""
    from .site import FAILURES, Site  # requires a build
    bench.site = Site(bench.realtime)
    try:
        for group in GROUPS:
            measure_group(bench, group, FAILURES)
    finally:
        bench.site.close()
