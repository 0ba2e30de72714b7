# SPDX-License-Identifier: MIT
"""The timer wheel: a near timer beside a million far ones, and the longest step."""
import json
import subprocess

from .row import Row, at_most

NEAR = Row("wheel-near", "near timer beside 1 M far ones", "ns", "", at_most(300))
LONGEST = Row("wheel-longest", "longest step of the timer wheel", "us", "", at_most(1000))
ROWS = (NEAR, LONGEST)


def measure(bench):
    small = ["far=20000"] if bench.quick else []
    for _ in bench.rounds("timer wheel", slow=True):
        done = subprocess.run([bench.site.PROGRAMS / "wheel", *small],
                              check=True, capture_output=True, text=True, timeout=300)
        got = json.loads(done.stdout)
        bench.add(NEAR.name, got["near"])
        bench.add(LONGEST.name, got["longest"] / 1000)
