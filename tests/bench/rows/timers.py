# SPDX-License-Identifier: MIT
"""The timer tree: a near timer beside a million far ones, and the longest step."""
import json
import subprocess

from .row import Row, at_most

NEAR = Row("timer-near", "near timer beside 1 M far ones", "ns", "", at_most(300))
LONGEST = Row("timer-longest", "longest step of the timer tree", "us", "", at_most(1000))
ROWS = (NEAR, LONGEST)


def measure(bench):
    small = ["far=20000"] if bench.quick else []
    for _ in bench.rounds("timer tree", slow=True):
        done = subprocess.run([bench.site.PROGRAMS / "timers", *small],
                              check=True, capture_output=True, text=True, timeout=300)
        got = json.loads(done.stdout)
        bench.add(NEAR.name, got["near"])
        bench.add(LONGEST.name, got["longest"] / 1000)
