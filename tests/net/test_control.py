#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""synackctl and its messages, hostile control clients, and reload, with a running daemon."""
import json
import os
import re
import socket
import subprocess
import unittest

from lib import lab
from lib.users import as_nobody

ENDPOINTS = '''
endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7100"; service = "echo"; },
              { name = "b"; address = "127.0.0.1"; ports = "7101"; behaviour = "refuse"; } );
'''


# Their members are listed elsewhere: by the keys of the config, and in COUNTERS of synackd(8).
LISTED_ELSEWHERE = "counters", "limits"


def members(value):
    """The names of all members in a JSON value."""
    if isinstance(value, list):
        return {name for element in value for name in members(element)}
    if not isinstance(value, dict):
        return set()
    return {*value, *(name for key, element in value.items() if key not in LISTED_ELSEWHERE
                      for name in members(element))}


class Running(unittest.TestCase):
    """Tests with a daemon."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)
        cls.config = cls.lab.config(ENDPOINTS)
        cls.lab.start(cls.config)

    def connect(self, port, timeout=lab.PATIENCE):
        sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.addCleanup(sock.close)
        return sock

    def raw(self):
        sock = self.lab.connect_control()
        self.addCleanup(sock.close)
        return sock

    def refused(self, *words):
        answer = self.lab.ctl_raw(*words)
        self.assertEqual(answer.returncode, 2, answer)
        self.assertEqual(answer.stdout, "")
        return answer.stderr

    # --- commands ---------------------------------------------------------------------------

    def test_json_shapes(self):
        status = self.lab.ctl("status")
        pauses = [worker["longest_pause_ns"] for worker in status["workers"]]
        self.assertEqual(status["longest_pause_ns"], max(pauses))
        self.assertGreater(min(pauses), 0)
        self.assertEqual(status["version"], lab.VERSION)
        self.assertEqual(status["endpoints"], 2)
        by_name = {e["name"]: e for e in self.lab.ctl("endpoints")}
        self.assertLessEqual({"name", "address", "ports", "behaviour", "service"},
                             set(by_name["a"]))
        behaviours = self.lab.ctl("behaviours")
        self.assertGreaterEqual(len(behaviours), 29)
        for b in behaviours:
            self.assertLessEqual({"name", "number", "summary", "reference", "parameters"}, set(b))
        numbers = [b["number"] for b in behaviours if b["number"]]
        self.assertEqual(len(set(numbers)), len(numbers))
        one = self.lab.ctl("behaviours", "synack-delay")
        self.assertEqual(one[0]["parameters"][0]["name"], "time")

    def test_the_manuals_name_each_member_of_the_json(self):
        sock = self.connect(7100)
        sock.sendall(b"x")
        lab.receive(sock, 1)
        sock.close()
        words = [("status",), ("endpoints",), ("behaviours",), ("connections",), ("due",),
                 ("hosts",), ("trace", "last"), ("trace", "all"), ("diff",), ("verdicts",),
                 ("next", "192.0.2.9", "refuse"), ("next",), ("next", "--cancel"), ("set", "a", "2"),
                 ("add", "more", "127.0.0.1", "7105", "--for", "1h"), ("remove", "more"),
                 ("reset",), ("reload",)]
        found = {name for each in words for name in members(self.lab.ctl(*each))}
        self.assertGreater(len(found), 100)
        pages = "".join((lab.BUILD / "packaging/man" / page).read_text()
                        for page in ("synackd-control.7", "synackctl-judge.1"))
        # X_s is the time X or X_ns in seconds, and seed_text is the seed.
        missing = [name for name in found if not re.search(rf"\b{name}\b", pages) and
                   not (name.endswith("_s") and {name[:-2], f"{name[:-2]}_ns"} & found)]
        self.assertEqual(missing, [])

    def test_each_behaviour_has_a_script(self):
        scripts = "".join(p.read_text() for p in (lab.SOURCE / "tests/scripts").glob("*/*.pkt"))
        for b in self.lab.ctl("behaviours"):
            # accept is the default of scripts; behaviours without a number belong to the judge,
            # whose matrix of mutants combines them with others.
            if b["number"] and b["name"] != "accept":
                self.assertRegex(scripts, rf"(?m)^behaviour {b['name']}\b", b["name"])

    def test_a_word_that_is_no_utf8_is_not_left_out(self):
        bad = "\udcff"
        for words in (["next", "127.0.0.1", "refuse", "--endpoint", bad], ["next", "--cancel", bad],
                      ["add", "x", "127.0.0.1", "7102", "--service", bad], ["set", "a", bad],
                      ["connections", "--state", bad], ["verdicts", "--client", bad],
                      ["judge", "--kernel", "--suite", bad],
                      ["judge", "--kernel", "--suite", "connect", "--profile", bad]):
            self.assertIn("expected UTF-8", self.refused(*words))
        self.assertEqual((self.lab.ctl("next"), self.lab.ctl("diff")), ([], []))

    def test_a_trace_as_a_file_in_either_form(self):
        self.connect(7100).close()
        for i, option in enumerate(([], ["--json"])):
            path = self.lab.directory / f"{i}.pcapng"
            answer = self.lab.ctl_raw(*option, "trace", "last", "--pcap", path)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertEqual(path.read_bytes()[:4], bytes.fromhex("0a0d0d0a"))
            nowhere = self.lab.ctl_raw(*option, "trace", "last", "--pcap", path / "x")
            self.assertEqual(nowhere.returncode, 1)
            self.assertIn("cannot write (", nowhere.stderr)
            self.assertEqual(nowhere.stdout[:1], answer.stdout[:1])

    def test_no_file_is_written_through_the_link_of_another_user(self):
        self.connect(7100).close()
        mine = self.lab.directory / "mine"
        mine.write_text("as it was")
        for i, (owner, code) in enumerate(((os.geteuid(), 0), (65534, 1))):
            link = self.lab.directory / f"link{i}"
            link.symlink_to(mine)
            os.lchown(link, owner, -1)
            answer = self.lab.ctl_raw("trace", "last", "--pcap", link)
            self.assertEqual(answer.returncode, code, answer.stderr)
            self.assertEqual("another user" in answer.stderr, bool(code), answer.stderr)
            self.assertEqual(mine.read_bytes() != b"as it was", not code)
            mine.write_text("as it was")

    def test_set_changes_the_behaviour_for_the_next_client(self):
        self.connect(7100).close()
        self.lab.ctl("set", "a", "refuse")
        try:
            with self.assertRaises(ConnectionRefusedError):
                self.connect(7100)
            a = next(e for e in self.lab.ctl("endpoints") if e["name"] == "a")
            self.assertEqual((a["behaviour"], a["configured"]), ("refuse", "accept"))
        finally:
            self.lab.ctl("reset", "a")
        self.connect(7100).close()

    def test_set_by_address(self):
        self.lab.ctl("set", "127.0.0.1:7101", "accept")
        self.connect(7101).close()
        self.lab.ctl("reset")
        with self.assertRaises(ConnectionRefusedError):
            self.connect(7101)

    def test_open_connections_keep_their_rules(self):
        sock = self.connect(7100)
        self.lab.ctl("set", "a", "accept-then-rst")
        try:
            sock.sendall(b"still")
            self.assertEqual(sock.recv(10), b"still")
        finally:
            self.lab.ctl("reset", "a")

    def test_connections_and_trace(self):
        sock = self.connect(7100)
        sock.sendall(b"hello")
        self.assertEqual(sock.recv(10), b"hello")
        client = "127.0.0.1:%d" % sock.getsockname()[1]
        mine = [c for c in self.lab.ctl("connections") if c["client"] == client]
        self.assertEqual(len(mine), 1)
        self.assertLessEqual({"id", "state", "client", "server", "endpoint", "behaviour"},
                             set(mine[0]))
        self.assertEqual((mine[0]["state"], mine[0]["endpoint"]), ("ESTABLISHED", "a"))
        trace = self.lab.ctl("trace", mine[0]["id"])
        self.assertEqual([s["flags"] for s in trace["segments"]][:3], ["S", "S.", "."])
        for s in trace["segments"]:
            self.assertLessEqual({"time", "direction", "flags", "seq", "ack", "window", "options",
                                  "length", "rule"}, set(s))
        ladder = self.lab.ctl_raw("trace", mine[0]["id"]).stdout
        self.assertIn("S. 0:0(0) ack 1", ladder)
        self.assertIn("ESTABLISHED", ladder)

    def due_of(self, client):
        """Returns the output of `due` for one client: its open connections, and its pending
        actions."""
        told = self.lab.ctl("due")
        self.assertEqual(told["left_out"], False)
        return [[part for part in told[key] if part["client"] == client]
                for key in ("open", "due")]

    def test_due_actions(self):
        self.lab.ctl("set", "a", "close-active=1h+accept-then-silence=2h")
        self.addCleanup(self.lab.ctl, "reset", "a")
        client = "127.0.0.1:%d" % self.connect(7100).getsockname()[1]
        lab.wait_for("both", lambda: len(self.due_of(client)[1]) == 2)
        [connection], due = self.due_of(client)
        self.assertEqual((connection["state"], connection["server"]),
                         ("ESTABLISHED", "127.0.0.1:7100"))
        self.assertEqual([(d["id"], d["rule"], d["action"], d["server"], d["repeats"])
                          for d in due],
                         [(connection["id"], *what, "127.0.0.1:7100", False)
                          for what in (("close-active", "close"),
                                       ("accept-then-silence", "the silence ends"))])
        for one, hours in zip(due, (1, 2)):
            self.assertLess(one["left_ns"], hours * 3600 * 10**9)
            self.assertGreater(one["left_ns"], (hours * 3600 - 60) * 10**9)
        table = self.lab.ctl_raw("due", connection["id"]).stdout
        self.assertRegex(table, r"(?s)^ *ID .*close-active +close .*the silence ends")
        self.assertIn("first: invalid connection", self.lab.ctl_raw("due", "first").stderr)
        self.lab.ctl("abort", connection["id"])
        self.assertEqual(self.due_of(client), [[], []])
        self.assertEqual(self.lab.ctl("due", connection["id"]),
                         {"open": [], "due": [], "left_out": False})
        self.assertIn("No action of a rule is due.",
                      self.lab.ctl_raw("due", connection["id"]).stdout)

    def test_half_open_are_shown(self):
        self.lab.ctl("set", "a", "hdr-bad-cksum=9")
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", 7100))
        half = lab.wait_for("a half-open connection",
                            lambda: self.lab.ctl("connections", "--state", "SYN-RECEIVED"))
        self.assertEqual(half[0]["state"], "SYN-RECEIVED")
        self.assertEqual(self.lab.ctl("status")["half_open"], 1)
        self.lab.ctl("reset", "a")

    # --- mistakes of users ------------------------------------------------------------------------

    def test_typos(self):
        self.assertIn("did you mean", self.refused("statsu"))
        self.assertIn("did you mean", self.refused("set", "a", "synack-dealy"))
        self.assertIn("unknown endpoint", self.refused("set", "nowhere", "accept"))
        self.assertIn("did you mean", self.refused("behaviours", "acept"))
        self.assertIn("synackctl set [OPTIONS] ENDPOINT BEHAVIOUR", self.refused("set", "a"))
        for words in ("-xy", "status"), ("status", "-xy"), ("status", "-x"):
            self.assertIn("unknown option '-x'", self.refused(*words))
        self.assertIn("--json: unexpected value '1'", self.refused("status", "--json=1"))

    def test_another_daemon_controls_no_terminal(self):
        """The other daemon sends its version."""
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.lab.directory / "other"))
            other.listen()
            ctl = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.directory / "other",
                                    "status"], stderr=subprocess.PIPE, text=True)
            other.settimeout(lab.PATIENCE)
            other.accept()[0].sendall(b'{"synackd": "\\u001b[31m9", "protocol": 99}\n')
            said = ctl.communicate(timeout=20)[1]
        self.assertEqual(ctl.returncode, 3)
        self.assertIn("synackd ?[31m9 has control protocol 99", said)

    def test_bad_parameter(self):
        answer = self.lab.ctl_raw("set", "a", "synack-delay=abc")
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("duration", answer.stderr)
        self.assertIn("abc", answer.stderr)

    def test_unknown_connection(self):
        answer = self.lab.ctl_raw("trace", "999999")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("999999", answer.stderr)

    def test_the_error_for_another_user_states_the_reason(self):
        answer = subprocess.run([lab.SYNACKCTL, "--control", self.lab.control, "status"], text=True,
                                capture_output=True, preexec_fn=as_nobody)
        self.assertEqual(answer.returncode, 3, answer)
        self.assertIn("permission denied (only root ", answer.stderr)

    def test_many_verdicts_are_cut(self):
        self.lab.ctl("set", "b", "synack-never")
        try:
            for _ in range(10):  # a slow daemon may not have read some, or lost them
                for _ in range(2000):
                    with socket.socket() as sock:
                        sock.setblocking(False)
                        sock.connect_ex(("127.0.0.1", 7101))
                told = self.lab.ctl("verdicts", "--endpoint", "b")
                if "cut" in told:
                    break
            self.assertIs(told["cut"], True)
            count = sum(1 + len(c["verdicts"]) for c in told["connections"])
            self.assertTrue(49900 < count <= 50000, count)
            self.assertIn("Only the newest connections were judged",
                          self.lab.ctl_raw("verdicts").stdout)
            self.assertNotIn("cut", self.lab.ctl("verdicts", "--client", "127.0.0.9"))
        finally:
            self.lab.ctl("reset", "b")

    # --- hostile clients --------------------------------------------------------------------------

    def test_garbage(self):
        sock = self.raw()
        stream = sock.makefile("rw", encoding="utf-8", errors="replace", newline="\n")
        self.assertEqual(json.loads(stream.readline())["protocol"], 1)
        for line in ('nonsense', '[]', '{}', '42', '{"jsonrpc":"2.0","id":1}', '\0\1\2\xff',
                     '{"jsonrpc":"2.0","id":1,"method":"set","params":[1]}',
                     '{"jsonrpc":"2.0","id":1,"method":"set","params":{"endpoint":7}}',
                     '{"jsonrpc":"2.0","id":1,"method":"trace","params":{"id":{}}}',
                     '[' * 5000):
            stream.write(line + "\n")
            stream.flush()
            answer = json.loads(stream.readline())
            self.assertIn("message", answer["error"], line)
        stream.write('{"jsonrpc":"2.0","id":7,"method":"status"}\n')
        stream.flush()
        self.assertEqual(json.loads(stream.readline())["id"], 7)

    def test_ten_megabytes_without_a_newline(self):
        sock = self.raw()
        try:
            for _ in range(160):
                sock.sendall(b"x" * 65536)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
        self.lab.ctl("status")

    def test_text_of_a_client_begins_no_line_of_the_log(self):
        sock = self.raw()
        sock.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "set", "params": {
            "endpoint": "x\nsynackd: all is well\x1b[2K", "behaviour": "accept"}}).encode() + b"\n")
        lab.wait_for("its answer", lambda: b"unknown endpoint" in sock.recv(65536))
        lines = self.lab.logged().splitlines()
        self.assertNotIn("synackd: all is well", [line[:20] for line in lines])
        self.assertTrue(any("'x?synackd: all is well?[2K'" in line for line in lines), lines)

    def test_clients_that_vanish(self):
        for _ in range(200):
            sock = self.lab.connect_control()
            sock.sendall(b'{"jsonrpc":"2.0","id":1,"method":"endpoints"}\n{"half')
            sock.close()
        self.lab.ctl("status")

    def test_many_requests_at_once(self):
        sock = self.raw()
        sock.sendall(b'{"jsonrpc":"2.0","id":1,"method":"status"}\n' * 200)
        stream = sock.makefile("r")
        stream.readline()
        for _ in range(200):
            self.assertIn("result", json.loads(stream.readline()))

    # --- reload -----------------------------------------------------------------------------------

    def test_reload(self):
        good = self.config.read_text()
        try:
            self.lab.config(ENDPOINTS.replace('behaviour = "refuse"', 'behaviour = "accept"'))
            self.lab.ctl("reload")
            self.connect(7101).close()
            self.lab.config(ENDPOINTS.replace("refuse", "refsue").replace("7100", "0x"))
            bad = self.lab.ctl_raw("reload")
            self.assertEqual(bad.returncode, 1, bad)
            self.assertIn("refuse", bad.stderr)
            self.assertIn("7100".replace("7100", "ports"), bad.stderr)
            self.connect(7101).close()  # the previous config is in force
            self.connect(7100).close()
        finally:
            self.config.write_text(good)
            self.lab.ctl("reload")
        with self.assertRaises(ConnectionRefusedError):
            self.connect(7101)


if __name__ == "__main__":
    lab.main()
