# SPDX-License-Identifier: MIT
"""The result of a unittest program, as an exit status for CTest."""
import sys
import unittest

SKIPPED = 77


def skip(why):
    """Ends a program that cannot run on this machine."""
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(SKIPPED)


def main():
    """Runs the tests of the program. The program counts as skipped if any of its tests was skipped,
    so that tests/run lists it and requires a reason in tests/skips."""
    result = unittest.main(verbosity=2, exit=False).result
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}", file=sys.stderr)
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped else 0)
