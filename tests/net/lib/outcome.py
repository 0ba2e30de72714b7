# SPDX-License-Identifier: MIT
"""What a program of unittest tells CTest."""
import sys
import unittest

SKIPPED = 77


def skip(why):
    """End a program that cannot be run here."""
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(SKIPPED)


def main():
    """Run the tests of the program. One that skipped any of them has been skipped itself, so that
    tests/run shows it and asks for the reason in tests/skips."""
    result = unittest.main(verbosity=2, exit=False).result
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}", file=sys.stderr)
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped else 0)
