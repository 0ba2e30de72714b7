#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The top level of the tree contains only these names: a capture or a note that was left there must
not be committed with a change."""
import pathlib
import sys

import tracked

TOP = pathlib.Path(__file__).resolve().parent.parent
FIXED = {"daemon", "cli", "conf", "tests", "packaging", "CMakeLists.txt", "CMakePresets.json",
         "README.md", "LICENSE"}

names = {name.partition("/")[0] for name in tracked.files(TOP) if not name.startswith(".")}
wrong = [f"{name}: unexpected at the top level: remove it, or move it into one of the folders"
         for name in sorted(names - FIXED)]
wrong += [f"{name}: missing at the top level" for name in sorted(FIXED - names)]
print("\n".join(wrong) or f"{len(names)} names at the top level, all of them expected")
sys.exit(bool(wrong))
