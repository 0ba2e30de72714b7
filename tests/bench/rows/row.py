# SPDX-License-Identifier: MIT
"""A row of the table, its goal, and the results of its rounds."""
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound of the value: at most, or at least."""
    sign: str  # "<=" or ">="
    bound: float

    def met(self, value):
        return value <= self.bound if self.sign == "<=" else value >= self.bound


def at_most(bound):
    return Goal("<=", bound)


def at_least(bound):
    return Goal(">=", bound)


@dataclasses.dataclass(frozen=True)
class Row:
    """`unit` is the unit of "ours" and "theirs". The value is their ratio if the row has a peer, or
    ours. The budget is the bound of a later goal."""
    name: str
    title: str
    unit: str
    peer: str = ""  # the other side; empty: none
    goal: Goal | None = None
    budget: Goal | None = None


class Result:
    """The rounds of a row, as pairs (ours, theirs); theirs is None without a peer."""

    def __init__(self, row):
        self.row, self.rounds, self.notes = row, [], {}

    def add(self, ours, theirs=None):
        self.rounds.append((ours, theirs))

    def column(self, number):
        values = [pair[number] for pair in self.rounds if pair[number] is not None]
        return statistics.median(values) if values else None

    def values(self):
        """Returns the value of each round: the ratio, or ours."""
        return [ours if theirs is None else ours / theirs for ours, theirs in self.rounds]

    def value(self):
        return statistics.median(self.values())

    def met(self):
        return self.row.goal.met(self.value()) if self.row.goal else None

    def as_json(self):
        row, values = self.row, self.values()
        return {
            "name": row.name, "title": row.title, "unit": row.unit, "peer": row.peer or None,
            "ours": self.column(0), "theirs": self.column(1), "value": self.value(),
            "least": min(values), "most": max(values), "met": self.met(),
            "rounds": [{"ours": ours, "theirs": theirs, "value": value}
                       for (ours, theirs), value in zip(self.rounds, values)],
            **{name: f"{goal.sign} {goal.bound:g}"
               for name, goal in (("goal", row.goal), ("budget", row.budget)) if goal},
            **self.notes}
