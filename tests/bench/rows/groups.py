# SPDX-License-Identifier: MIT
"""All rows, in the order of the table, and their measurement."""
import fnmatch

from . import flood, lateness

GROUPS = (flood, lateness)
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


def measure(bench):
    """Measures the rows that `bench` wants."""
    from .site import Site  # requires a build
    bench.site = Site()
    try:
        for group in GROUPS:
            if bench.wants(*(row.name for row in group.ROWS)):
                group.measure(bench)
    finally:
        bench.site.close()
