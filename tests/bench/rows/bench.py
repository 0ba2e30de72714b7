# SPDX-License-Identifier: MIT
"""A run of the benchmark: its options, the results so far, and the progress on a terminal."""
import sys

from .row import Result

# Rounds without --rounds; the slow groups take the second number.
ROUNDS, ROUNDS_SLOW = 5, 2


class Progress:
    """A line of standard error that changes, on a terminal."""

    def __init__(self, stream=sys.stderr):
        self.stream, self.shown = stream, stream.isatty()

    def show(self, text):
        if self.shown:
            self.stream.write(f"\r\033[K{text[:78]}")
            self.stream.flush()


class Bench:
    def __init__(self, rows, chosen, rounds=None, quick=False, realtime=False):
        self.rows = {row.name: row for row in rows}
        self.chosen, self.count, self.quick = chosen, rounds, quick
        self.results, self.problems, self.progress = {}, [], Progress()
        self.site, self.realtime = None, realtime

    def wants(self, *names):
        return bool(self.chosen & set(names))

    def rounds(self, title, slow=False):
        """Counts the rounds of a group, and shows them."""
        count = self.count or (1 if self.quick else ROUNDS_SLOW if slow else ROUNDS)
        for number in range(1, count + 1):
            self.progress.show(f"{title}: round {number} of {count}")
            yield number
        self.progress.show("")

    def add(self, name, ours, theirs=None, **notes):
        """Adds a round of a row, unless the row is not wanted. The notes of the last round go to
        the JSON. A peer whose value is not positive was not measured: raises AssertionError."""
        if name in self.chosen:
            if self.rows[name].peer and not theirs > 0:
                raise AssertionError(f"{name}: {self.rows[name].peer} has the value {theirs}")
            result = self.results.setdefault(name, Result(self.rows[name]))
            result.add(ours, theirs)
            result.notes.update(notes)

    def put(self, result):
        """Adds all rounds of a row, with a goal of this run."""
        if result.row.name in self.chosen:
            self.results[result.row.name] = result
