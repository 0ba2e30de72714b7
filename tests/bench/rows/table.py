# SPDX-License-Identifier: MIT
"""The table of results, of at most 80 columns. Colours are for terminals."""
import os
import sys

COLOURS = {"yes": "\033[32m", "no": "\033[31m", "": ""}
HEADING = f"{'row':34}{'ours':>9}{'theirs':>9}{'value':>9}{'goal':>11}  met"


def number(value):
    """Returns a number in at most 8 columns, with three digits or more."""
    if value is None:
        return ""
    for bound, form in ((10, ".3f"), (100, ".1f"), (100_000, ",.0f"), (10_000_000, None)):
        if abs(value) < bound:
            return f"{value:{form}}" if form else f"{value / 1000:,.0f} k"
    return f"{value / 1e6:,.0f} M"


def goal_text(row, goal):
    if goal is None:
        return ""
    if row.unit == "share":
        return f"{goal.sign} {goal.bound:.4g}"
    return f"{goal.sign} {goal.bound:,.6g}"


def line_of(result, colour):
    row = result.row
    theirs = result.column(1)
    met = {True: "yes", False: "no", None: ""}[result.met()]
    value = f"{result.value():.2f}" if row.peer else number(result.value())
    text = (f"{row.title[:33]:34}{number(result.column(0)):>9}{number(theirs):>9}{value:>9}"
            f"{goal_text(row, row.goal):>11}  ")
    return text + (f"{COLOURS[met]}{met}\033[0m" if colour and met else met)


def print_results(results):
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(HEADING)
    for result in results:
        print(line_of(result, colour).rstrip())


def print_list(rows):
    name = max(len(row.name) for row in rows)
    title = max(len(row.title) for row in rows)
    for row in rows:
        peer = f" by {row.peer}" if row.peer else ""
        print(f"{row.name:{name}}  {row.title:{title}} {goal_text(row, row.goal):>10}  "
              f"{row.unit}{peer}")
