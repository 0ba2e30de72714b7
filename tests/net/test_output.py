#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The output of synackctl: width, colours, verbosity, filters, and errors as JSON."""
import json
import os
import pty
import re
import socket
import subprocess
import unittest

from lib import lab

LONG = "v6/an-endpoint-with-quite-a-long-name-never-shortened"
ENDPOINTS = f'''
endpoints = (
  {{ name = "a"; address = "127.0.0.1"; ports = "7100"; service = "echo"; }},
  {{ name = "b"; address = "127.0.0.1"; ports = "7101"; behaviour = "6"; }},
  {{ name = "{LONG}"; address = "::1"; ports = "7102";
    behaviour = "synack-delay=100ms+opt-none+hdr-reserved+ip-ttl=9"; service = "banner:hello"; }},
  {{ name = "gone"; address = "198.51.100.7"; ports = "7103"; }} );
'''
# Commands with long output, and with output on any screen.
COMMANDS = [["status"], ["endpoints"], ["behaviours"], ["behaviours", "flaky"], ["diff"], ["next"],
            ["connections"], ["trace", "last"], ["trace", "all"], ["verdicts"],
            ["verdicts", "--all"], ["set", LONG, "synack-delay=90ms+opt-none+hdr-reserved"],
            ["add", "x" * 60, "127.0.0.1", "7110", "icmp-toobig"], ["endpoints", "--nothing"],
            ["set", LONG, "flaky(behaviours=\"refuse,acept\")"], ["--help"], ["judge", "--help"],
            ["set", "nowhere", "accept"], ["trace", "17", "18"]]
ESCAPE = re.compile(r"\x1b\[[0-9;]*[mK]")


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False, sample=0)  # the test does not examine packets
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(ENDPOINTS))

    def setUp(self):
        self.addCleanup(self.lab.ctl, "reset")

    def connect(self, port, address="127.0.0.1"):
        sock = socket.create_connection((address, port), timeout=lab.PATIENCE)
        self.addCleanup(sock.close)
        return sock

    def run_ctl(self, *words, **variables):
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        return self.lab.ctl_raw(*words, env={**environment, "LC_ALL": "C.UTF-8", **variables})

    def on_a_terminal(self, *words, **variables):
        """Returns the output on a terminal, both standard output and standard error."""
        ours, its = pty.openpty()
        done = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, *words], stdin=its,
                                stdout=its, stderr=its, env={"PATH": os.environ["PATH"],
                                                             "TERM": "linux", **variables})
        os.close(its)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            said += part
        os.close(ours)
        done.wait(20)
        return said.decode()

    # --- width ------------------------------------------------------------------------------

    def test_no_line_is_too_wide(self):
        with self.connect(7102, "::1") as sock:
            sock.sendall(b"x")
            self.connect(7100)
            self.lab.ctl("next", "192.0.2.0/24", "refuse", "--endpoint", LONG)
            self.addCleanup(self.lab.ctl, "next", "--cancel")
            self.lab.ctl("add", "brief", "127.0.0.1", "7120", "refuse", "--for", "1h")
            for width in 100, 80, 60, 40:
                for words in COMMANDS:
                    answer = self.run_ctl(*words, COLUMNS=str(width))
                    said = answer.stdout + answer.stderr
                    wide = [line for line in said.splitlines() if len(line) > width]
                    self.assertTrue(said, words)
                    self.assertEqual(wide, [], (width, words))

    def test_a_broken_example_is_a_command(self):
        said = self.run_ctl("behaviours", "synack-delay", COLUMNS="40").stdout
        self.assertIn("  $ synackctl set ENDPOINT \\\n      synack-delay=3s\n", said)

    def test_into_a_pipe_lines_are_whole(self):
        said = self.run_ctl("endpoints").stdout.splitlines()
        self.assertEqual(len(said), 5)
        self.assertRegex(said[3], rf"^{LONG} +::1 .*hdr-reserved.*ip-ttl=9")
        self.assertEqual(self.run_ctl("set", "nowhere", "accept").stderr.count("\n"), 1)

    def test_hosts_are_for_a_file(self):
        """A line that is broken would be another entry."""
        lines = self.run_ctl("hosts", "--color=always", COLUMNS="40").stdout.splitlines()
        self.assertEqual([len(line.split()) for line in lines], [2] * len(lines))

    # --- colour -----------------------------------------------------------------------------

    def test_colour(self):
        for words, colours in ((["--color=always"], True), (["--color", "never"], False),
                               (["--color=auto"], False), ([], False)):
            for command in ["endpoints"], ["status"], ["behaviours", "refuse"], ["set", "b", "6"]:
                said = self.run_ctl(*command, *words).stdout
                self.assertEqual(bool(ESCAPE.search(said)), colours, command + words)
        for words, variables, colours in (
                ([], {}, True), (["--color=never"], {}, False), ([], {"NO_COLOR": "1"}, False),
                (["--color=always"], {"NO_COLOR": "1"}, True), (["--color=auto"], {}, True),
                ([], {"TERM": "dumb"}, False)):
            said = self.on_a_terminal("endpoints", *words, **variables)
            self.assertEqual(bool(ESCAPE.search(said)), colours, (words, variables))
        self.assertNotRegex(self.run_ctl("--json", "endpoints", "--color=always").stdout, ESCAPE)
        answer = self.run_ctl("status", "--color=some")
        self.assertEqual((answer.returncode, answer.stderr), (
            2, "synackctl: --color: invalid value 'some': expected auto, always or never\n"))

    # --- quiet, help ------------------------------------------------------------------------

    def test_quiet(self):
        for words in (["status"], ["endpoints"], ["set", "b", "synack-never+refuse"],
                      ["trace", "all"], ["--json", "status"], ["hosts"]):
            answer = self.run_ctl(*words, "-q")
            self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, "", ""), words)
        self.assertIn("warning: ", self.run_ctl("set", "b", "synack-never+refuse").stderr)
        answer = self.run_ctl("--quiet", "set", "nowhere", "accept")
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("unknown endpoint", answer.stderr)

    def test_every_command_has_the_common_options(self):
        overview = self.run_ctl("-h").stdout
        self.assertEqual(overview, self.run_ctl("--help").stdout)
        verbs = re.findall(r"^  ([a-z]+)", overview, re.M)
        self.assertGreater(len(verbs), 15)
        for verb in verbs:
            said = self.run_ctl(verb, "-h").stdout
            self.assertTrue(said.startswith(f"usage: synackctl {verb} [OPTIONS]"), said)
            for option in "-h, --help", "-q, --quiet", "--color WHEN", "-H, --host HOST", "--json":
                self.assertIn(option, said)
            self.assertEqual(said, self.run_ctl(verb, "--help", "-q", "--color=never").stdout)
            self.assertEqual(said, self.run_ctl("help", verb).stdout)

    def test_help_of_the_daemon(self):
        said = {subprocess.run([lab.SYNACKD, option], capture_output=True, text=True, timeout=20,
                               check=True).stdout for option in ("-h", "--help")}
        self.assertEqual(len(said), 1)
        self.assertEqual([line for line in said.pop().splitlines() if len(line) > 80], [])

    # --- errors -----------------------------------------------------------------------------

    def error(self, *words, control=None):
        place = ["--control", control] if control else []
        answer = self.run_ctl("--json", *place, *words)
        self.assertEqual((answer.stdout, answer.stderr.count("\n")), ("", 1), answer)
        error = json.loads(answer.stderr)["error"]
        self.assertEqual(error["exit_code"], answer.returncode)
        for part in "object", "problem", "remedy", "message":
            self.assertTrue(error[part], error)
        self.assertIn(error["message"], error["errors"])
        # The same in words.
        plain = self.run_ctl(*place, *words)
        self.assertEqual(plain.returncode, answer.returncode)
        self.assertIn(f"synackctl: {error['message']}\n", plain.stderr)
        return error

    def test_errors_as_json(self):
        for words, code, error in (
                (["set", "nowhere", "accept"], 2, ("nowhere", "unknown endpoint 'nowhere'",
                                                   "'synackctl endpoints' lists the endpoints")),
                (["reset", "nowhere"], 2, ("nowhere", "unknown endpoint 'nowhere'",
                                           "'synackctl diff' lists the changed endpoints")),
                (["behaviours", "nothing"], 2, ("nothing", "unknown behaviour 'nothing'",
                                                "'synackctl behaviours' lists the behaviours")),
                (["connections", "--state", "foo"], 2, (
                    "FOO", "unknown state 'FOO'",
                    "expected a state of RFC 9293, such as SYN-RECEIVED")),
                (["set", "a", "refsue"], 2, ("refsue", "unknown behaviour 'refsue'",
                                             "did you mean 'refuse'?")),
                (["set", "a"], 2, ("set", "missing argument",
                                   "usage: synackctl set [OPTIONS] ENDPOINT BEHAVIOUR")),
                ([], 2, ("COMMAND", "missing argument", "'synackctl --help' lists the commands")),
                (["statsu"], 2, ("statsu", "unknown command 'statsu'",
                                 "did you mean 'status'?")),
                (["status", "--jsn"], 2, ("--jsn", "unknown option '--jsn'",
                                           "did you mean '--json'?")),
                (["abort", "x"], 2, ("x", "invalid connection")),
                (["trace", "999999"], 2, ()),
                (["next", "127.0.0.1", "refuse", "--times", "0"], 2, ("times",)),
                (["add", "y", "127.0.0.1", "7130", "--for", "soon"], 2, ("for",)),
                (["set", "a", "synack-delay=abc"], 2, ()),
                (["verdicts", "--client", "foo"], 2, ("client",)),
                (["endpoints", "--address", "1.2.3"], 2, ("address",)),
                (["compare", "/no/a", "/no/b"], 2, ("/no/a",)),
                (["try", "refsue", "--", "true"], 2, ()),
                (["judge", "--suite", "conect", "--kernel"], 2, ()),
                (["judge", "--jobs", "0", "--kernel"], 2, ("--jobs", "invalid value '0'"))):
            said = self.error(*words)
            self.assertEqual(said["exit_code"], code, said)
            self.assertEqual((said["object"], said["problem"], said["remedy"])[:len(error)], error)
            self.assertEqual(said["command"], None if words[:1] in ([], ["statsu"]) else words[0])
        said = self.error("status", control="/no/where")
        self.assertEqual((said["object"], said["problem"], said["exit_code"]),
                         ("/no/where", "no synackd is listening", 3))
        self.assertIn("systemctl start synackd", said["remedy"])

    # --- times ------------------------------------------------------------------------------

    def check_times(self, value):
        """Each time, and each number that JavaScript would round, also has another form (RFC 7493
        2.2). Returns their number."""
        count = 0
        if isinstance(value, list):
            return sum(map(self.check_times, value))
        if not isinstance(value, dict):
            return 0
        for key, number in value.items():
            count += self.check_times(number)
            if not isinstance(number, int) or not (key.endswith(("_ns", "seed")) or
                                                    abs(number) >= 2**53):
                continue
            count += 1
            if key == "seed":
                self.assertEqual(value["seed_text"], str(number % 2**64))
            else:
                other = value[key.removesuffix("_ns") + "_s"]
                self.assertIsInstance(other, float)
                self.assertEqual(round(other * 1e6), number // 1000, (key, number, other))
        return count

    def test_times_survive_javascript(self):
        self.lab.ctl("add", "brief", "127.0.0.1", "7121", "accept", "--service", "report", "--for",
                     "1h")
        sock = self.connect(7100)
        sock.sendall(b"x")
        self.assertEqual(sock.recv(1), b"x")
        for words, least in ((["status"], 3), (["endpoints"], 2), (["connections"], 2),
                             (["trace", "last"], 6), (["verdicts"], 3), (["trace", "all"], 6),
                             (["try", "accept", "--", "true"], 2),
                             (["judge", "--kernel", "--scenario", "accept"], 10)):
            answer = self.run_ctl("--json", *words)
            self.assertGreaterEqual(self.check_times(json.loads(answer.stdout)), least, words)
        with self.connect(7121) as report:
            report.sendall(b"GET / HTTP/1.0\r\n\r\n")
            body = b"".join(iter(lambda: report.recv(65536), b"")).split(b"\r\n\r\n", 1)[1]
        self.assertGreater(self.check_times(json.loads(body)), 3)

    # --- filters ----------------------------------------------------------------------------

    def refused(self, *words):
        answer = self.run_ctl(*words)
        self.assertEqual(answer.returncode, 2, answer)
        return answer.stderr

    def test_filters_of_endpoints(self):
        def names(*words):
            return [e["name"] for e in self.lab.ctl("endpoints", *words)]
        self.lab.ctl("set", "a", "synack-delay=1s+5")
        for words, expected in (
                ((), ["a", "b", LONG, "gone"]), (("--endpoint", "b"), ["b"]),
                (("--endpoint", "127.0.0.1:7100"), ["a"]),
                (("--behaviour", "synack-delay"), ["a", LONG]),
                (("--behaviour", "synack-never"), ["a"]), (("--behaviour", "6"), ["b"]),
                (("--behaviour", "accept"), ["gone"]), (("--address", "127.0.0.0/8"), ["a", "b"]),
                (("--address", "127.0.0.2"), []), (("--problem",), ["gone"]),
                (("--problem", "--address", "::1"), [])):
            self.assertEqual(names(*words), expected, words)
        self.assertIn("did you mean", self.refused("endpoints", "--behaviour", "refsue"))
        self.assertIn("unknown endpoint", self.refused("endpoints", "--endpoint", "nowhere"))
        self.assertEqual(self.run_ctl("endpoints", "--address", "x").returncode, 2)

    def test_filters_of_connections(self):
        def address(sock):
            return "127.0.0.1:%d" % sock.getsockname()[1]
        self.lab.ctl("set", "b", "accept")
        sock, other = self.connect(7100), self.connect(7101)
        both = address(sock), address(other)

        def mine(*words):
            return [c["client"] for c in self.lab.ctl("connections", *words) if c["client"] in both]
        for words, expected in (((), [sock, other]), (("--endpoint", "a"), [sock]),
                                (("--endpoint", "127.0.0.1:7101"), [other]),
                                (("--client", "127.0.0.0/8", "--endpoint", "b"), [other]),
                                (("--client", "127.0.0.2"), []),
                                (("--behaviour", "1"), [sock, other]),
                                (("--behaviour", "refuse"), []),
                                (("--state", "established", "--endpoint", "a"), [sock])):
            self.assertEqual(mine(*words), [address(s) for s in expected], words)
        self.assertIn("unknown endpoint", self.refused("connections", "--endpoint", "nowhere"))
        self.assertIn("--behaviour: unexpected",
                      self.refused("connections", "--follow", "--behaviour", "accept"))


if __name__ == "__main__":
    lab.main()
