#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/layers.py finds each kind of violation, in small synthetic trees."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

LAYERS = pathlib.Path(__file__).resolve().parent / "layers.py"
# A valid tree: engine/ uses base/, the program uses both, and the CLI uses base/.
GOOD = {
    "CMakeLists.txt": "layer(base m)\nlayer(wire base)\nlayer(config wire PkgConfig::CONFIG)\n"
                      "layer(engine wire)\nlayer(control engine config)\n",
    "daemon/base/text.h": "int text(void);\n",
    "daemon/base/text.c": '#include "base/text.h"\nint text(void) { return 1; }\n',
    "daemon/wire/octets.h": "int octets(void);\n",
    "daemon/wire/octets.c": '#include "wire/octets.h"\n#include "base/text.h"\n'
                            "int octets(void) { return text(); }\n",
    "daemon/config/file.h": "int file(void);\n",
    "daemon/config/file.c": '#include "config/file.h"\nint config_read(void);\n'
                            "int file(void) { return config_read(); }\n",
    "daemon/engine/engine.h": "struct responder { int links; };\n",
    "daemon/engine/turn.h": "int turn(void);\n",
    "daemon/engine/turn.c": '#include "engine/turn.h"\n#include "engine/engine.h"\n'
                            '#include "wire/octets.h"\nint turn(void) { return octets(); }\n',
    "daemon/control/protocol.h": "#define PROTOCOL 1\n",
    "daemon/control/verbs.h": "extern const int verb_turn;\n",
    "daemon/control/turn_verb.c": '#include "control/verbs.h"\nconst int verb_turn = 1;\n',
    "daemon/main.c": '#include "engine/turn.h"\n#include "config/file.h"\n'
                     "int main(void) { return turn() + file(); }\n",
    "cli/place.h": "int place(void);\n",
    "cli/place.c": '#include "place.h"\n#include "base/text.h"\n#include "control/protocol.h"\n'
                   "int place(void) { return text(); }\n",
    "cli/main.c": '#include "place.h"\nint main(void) { return place(); }\n',
}


def check(changes, *options, build=True):
    """Runs layers.py on the good tree with changes to it. Returns its status and its output."""
    with tempfile.TemporaryDirectory() as scratch:
        top = pathlib.Path(scratch)
        files = {**GOOD, **changes}
        commands = []
        for name, text in files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if build and name.endswith(".c"):
                command = f"cc -I{top}/daemon -o {name.replace('/', '_')}.o -c {path}"
                commands.append({"directory": str(top / "build"), "file": str(path),
                                 "command": command})
        if build:
            (top / "build").mkdir()
            for command in commands:
                subprocess.run(command["command"].split(), cwd=top / "build", check=True)
            (top / "build/compile_commands.json").write_text(json.dumps(commands))
        done = subprocess.run([sys.executable, LAYERS, "--tree", top, *options],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def added(name, text):
    """Returns a change that appends text to a file."""
    return {name: GOOD[name] + text}


class Layers(unittest.TestCase):
    def finds(self, changes, *expected, build=True):
        status, output = check(changes, build=build)
        self.assertEqual(status, 1, output)
        for text in expected:
            self.assertIn(text, output)
        return output

    def test_good(self):
        for build in False, True:
            status, output = check({}, build=build)
            self.assertEqual(status, 0, output)

    def test_include_of_a_later_layer(self):
        output = self.finds({"daemon/base/text.c": '#include "base/text.h"\n'
                             '#include "engine/turn.h"\n'
                             "int text(void) { return turn(); }\n"},
                            "daemon/base/text.c:2:", 'includes "engine/turn.h", which base may not')
        self.assertEqual(output.count("which base may not"), 1)  # its symbol is not reported again

    def test_include_of_an_unlisted_layer(self):
        self.finds({"daemon/engine/turn.c": '#include "config/file.h"\n'
                    + GOOD["daemon/engine/turn.c"]},
                   "daemon/engine/turn.c:1:", 'includes "config/file.h", which engine may not',
                   build=False)

    def test_symbol_of_a_later_layer(self):
        self.finds(added("daemon/base/text.c",
                         "int turn(void);\nint more(void) { return turn(); }\n")
                   | added("daemon/base/text.h", "int more(void);\n"),
                   "daemon/base/text.c:3:", "uses turn of daemon/engine/turn.c, which base may not")

    def test_symbol_that_only_the_program_supplies(self):
        self.finds(added("daemon/main.c", "int version(void) { return 1; }\n")
                   | added("daemon/base/text.c",
                           "int version(void);\nint (*called)(void) = version;\n")
                   | added("daemon/base/text.h", "extern int (*called)(void);\n"),
                   "uses version of daemon/main.c", "only the program may")

    def test_order_of_layers(self):
        self.finds({"CMakeLists.txt": GOOD["CMakeLists.txt"].replace("(base m", "(base engine m")},
                   "CMakeLists.txt:1:", "layer base names engine, which follows it",
                   build=False)
        self.finds({"CMakeLists.txt": GOOD["CMakeLists.txt"] + "layer(empty base)\n"},
                   "CMakeLists.txt:6:", "layer empty has no file", build=False)
        self.finds({"daemon/new/thing.h": "\n"}, "daemon/new:1:", "missing among the layer() lines",
                   build=False)

    def test_layers_of_the_readme(self):
        table = "".join(f"| `{layer}/` | |\n" for layer in ("base", "wire", "config", "engine"))
        self.finds({"daemon/README.md": table}, "daemon/README.md:1:",
                   "base wire config engine, but", build=False)
        status, output = check({"daemon/README.md": table + "| `control/` | |\n"}, build=False)
        self.assertEqual(status, 0, output)

    def test_circle_of_headers(self):
        self.finds({"daemon/base/text.h": '#pragma once\n#include "base/more.h"\nint text(void);\n',
                    "daemon/base/more.h": '#pragma once\n#include "base/text.h"\n'},
                   "circle of 2 files: daemon/base/more.h includes base/text.h, "
                   "daemon/base/text.h includes base/more.h", build=False)

    def test_circle_of_objects(self):
        self.finds({"daemon/base/a.h": "int a(void);\n", "daemon/base/b.h": "int b(void);\n",
                    "daemon/base/c.h": "int c(void);\n",
                    "daemon/base/a.c": '#include "base/b.h"\nint a(void) { return b(); }\n',
                    "daemon/base/b.c": '#include "base/c.h"\nint b(void) { return c(); }\n',
                    "daemon/base/c.c": '#include "base/a.h"\nint c(void) { return a(); }\n'},
                   "daemon/base/a.c:2:", "circle of 3 files: daemon/base/a.c uses b, "
                   "daemon/base/b.c uses c, daemon/base/c.c uses a")

    def test_header_of_its_own(self):
        self.finds({"daemon/base/more.c": "int none;\n"},
                   "daemon/base/more.c:1:", "missing a header of its own name", build=False)
        self.finds(added("daemon/control/turn_verb.c", "int helper(void) { return 1; }\n"),
                   "daemon/control/turn_verb.c:3:", "helper is no row of a table")
        self.finds(added("daemon/control/turn_verb.c", "const int verb_other = 1;\n"),
                   "verb_other is missing in daemon/control/verbs.h")
        self.finds(added("daemon/base/text.c", "int other(void) { return 1; }\n"),
                   "daemon/base/text.c:3:", "other is missing in daemon/base/text.h")

    def test_names(self):
        self.finds({"daemon/wire/text.h": "\n"}, "daemon/wire/text.h:1:",
                   "name in use: daemon/base/text", build=False)

    def test_length(self):
        self.finds(added("daemon/base/text.c", "\n" * 500), "daemon/base/text.c:502:",
                   "502 lines, expected at most 500", build=False)
        self.finds({"tests/net/test_long.py": "\n" * 501}, "tests/net/test_long.py:501:",
                   build=False)

    def test_engine_without_config(self):
        layers = GOOD["CMakeLists.txt"].replace("(engine wire", "(engine config")
        self.finds({"CMakeLists.txt": layers,
                    **added("daemon/engine/turn.c", "int file(void);\nint (*f)(void) = file;\n"),
                    **added("daemon/engine/turn.h", "extern int (*f)(void);\n")},
                   "uses file of daemon/config/file.c")
        self.finds(added("daemon/wire/octets.c", "int config_read(void);\n"
                         "int (*f)(void) = config_read;\n")
                   | added("daemon/wire/octets.h", "extern int (*f)(void);\n"),
                   "uses config_read of libconfig and is linked with daemon/engine/turn.c")

    def test_engine_header(self):
        self.finds(added("daemon/main.c", '#include "engine/engine.h"\n'), "daemon/main.c:4:",
                   'includes "engine/engine.h", which belongs to engine only', build=False)

    def test_cli(self):
        self.finds(added("cli/place.c", '#include "control/verbs.h"\n'), "cli/place.c:5:",
                   'includes "control/verbs.h", which cli may not use', build=False)
        self.finds(added("cli/place.c", "int turn(void);\nint go(void) { return turn(); }\n")
                   | added("cli/place.h", "int go(void);\n"),
                   "uses turn of daemon/engine/turn.c, which cli may not use")

    def test_missing_build(self):
        status, output = check({}, "--build", "/nonexistent", build=False)
        self.assertEqual(status, 1)
        self.assertIn("/nonexistent/compile_commands.json: missing", output)

    def test_graph(self):
        status, output = check(added("daemon/base/text.c", '#include "engine/turn.h"\n'), "--graph")
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"base +2 +4 +- +!engine\n")
        self.assertRegex(output, r"engine +3 +6 +- +wire\n")
        self.assertIn("0 circles of files", output)
        status, output = check({}, "--dot")
        self.assertIn('"engine" -> "wire" [label = 1];', output)


unittest.main()
