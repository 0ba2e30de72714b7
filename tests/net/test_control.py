#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The operator's side: synackctl and its messages, hostile control clients, config errors, reload,
what is missing on the host."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from lib import lab
from lib.users import as_nobody

ENDPOINTS = '''
endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7100"; service = "echo"; },
              { name = "b"; address = "127.0.0.1"; ports = "7101"; behaviour = "refuse"; } );
'''


class Running(unittest.TestCase):
    """With a daemon."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.config = cls.lab.config(ENDPOINTS)
        cls.lab.start(cls.config)

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

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
        self.assertEqual(status["version"], "0.1.0")
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

    def test_each_behaviour_has_a_script(self):
        scripts = "".join(p.read_text() for p in (lab.SOURCE / "tests/scripts").glob("*/*.pkt"))
        for b in self.lab.ctl("behaviours"):
            # accept is what scripts have that name none; those without a number are the judge's,
            # whose matrix of mutants joins them to others.
            if b["number"] and b["name"] != "accept":
                self.assertRegex(scripts, rf"(?m)^behaviour {b['name']}\b", b["name"])

    def test_the_readme_has_the_table(self):
        table = subprocess.run([lab.SOURCE / "packaging/behaviours-table"], text=True,
                               input=json.dumps(self.lab.ctl("behaviours")), check=True,
                               capture_output=True).stdout
        readme = (lab.SOURCE / "README.md").read_text().splitlines()
        missing = [line for line in table.splitlines() if line not in readme]
        self.assertEqual(missing, [], "put what packaging/behaviours-table prints into README.md")

    def test_a_word_that_is_no_utf8_is_not_left_out(self):
        bad = "\udcff"
        for words in (["next", "127.0.0.1", "refuse", "--endpoint", bad], ["next", "--cancel", bad],
                      ["add", "x", "127.0.0.1", "7102", "--service", bad], ["set", "a", bad],
                      ["connections", "--state", bad], ["verdicts", "--client", bad],
                      ["judge", "--kernel", "--suite", bad],
                      ["judge", "--kernel", "--suite", "connect", "--profile", bad]):
            self.assertIn("not UTF-8", self.refused(*words))
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
            self.assertIn("cannot be written", nowhere.stderr)
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

    def test_set_changes_what_the_next_client_meets(self):
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
        """What `due` tells of one client: its open connections, and what is due."""
        told = self.lab.ctl("due")
        self.assertEqual(told["left_out"], False)
        return [[part for part in told[key] if part["client"] == client]
                for key in ("open", "due")]

    def test_what_is_due(self):
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
        self.assertIn("is no connection", self.lab.ctl_raw("due", "first").stderr)
        self.lab.ctl("abort", connection["id"])
        self.assertEqual(self.due_of(client), [[], []])
        self.assertEqual(self.lab.ctl("due", connection["id"]),
                         {"open": [], "due": [], "left_out": False})
        self.assertIn("No rule has anything to do later.",
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

    # --- people make mistakes -------------------------------------------------------------------

    def test_typos(self):
        self.assertIn("did you mean", self.refused("statsu"))
        self.assertIn("did you mean", self.refused("set", "a", "synack-dealy"))
        self.assertIn("there is no endpoint", self.refused("set", "nowhere", "accept"))
        self.assertIn("did you mean", self.refused("behaviours", "acept"))
        self.assertIn("synackctl set [OPTIONS] ENDPOINT BEHAVIOUR", self.refused("set", "a"))
        for words in ("-xy", "status"), ("status", "-xy"), ("status", "-x"):
            self.assertIn("-x: unknown option:", self.refused(*words))
        self.assertIn("--json takes no value", self.refused("status", "--json=1"))

    def test_another_daemon_controls_no_terminal(self):
        """By the version that it says it is."""
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.lab.directory / "other"))
            other.listen()
            ctl = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.directory / "other",
                                    "status"], stderr=subprocess.PIPE, text=True)
            other.settimeout(lab.PATIENCE)
            other.accept()[0].sendall(b'{"synackd": "\\u001b[31m9", "protocol": 99}\n')
            said = ctl.communicate(timeout=20)[1]
        self.assertEqual(ctl.returncode, 3)
        self.assertIn("is version ?[31m9 and speaks protocol 99", said)

    def test_bad_parameter(self):
        answer = self.lab.ctl_raw("set", "a", "synack-delay=abc")
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("duration", answer.stderr)
        self.assertIn("abc", answer.stderr)

    def test_unknown_connection(self):
        answer = self.lab.ctl_raw("trace", "999999")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("999999", answer.stderr)

    def test_another_user_is_told_why(self):
        answer = subprocess.run([lab.SYNACKCTL, "--control", self.lab.control, "status"], text=True,
                                capture_output=True, preexec_fn=as_nobody)
        self.assertEqual(answer.returncode, 3, answer)
        self.assertIn("you may not talk to this synackd", answer.stderr)

    def test_many_verdicts_are_cut(self):
        self.lab.ctl("set", "b", "synack-never")
        try:
            for _ in range(10):  # what a slow daemon has not heard yet, or has lost, does not count
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
            self.assertIn("the newest connections only", self.lab.ctl_raw("verdicts").stdout)
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

    def test_what_a_client_says_begins_no_line_of_the_log(self):
        sock = self.raw()
        sock.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "set", "params": {
            "endpoint": "x\nsynackd: all is well\x1b[2K", "behaviour": "accept"}}).encode() + b"\n")
        lab.wait_for("its answer", lambda: b"there is no endpoint" in sock.recv(65536))
        lines = self.lab.logged().splitlines()
        self.assertNotIn("synackd: all is well", [line[:20] for line in lines])
        self.assertTrue(any("`x?synackd: all is well?[2K`" in line for line in lines), lines)

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
            self.connect(7101).close()  # the old one goes on
            self.connect(7100).close()
        finally:
            self.config.write_text(good)
            self.lab.ctl("reload")
        with self.assertRaises(ConnectionRefusedError):
            self.connect(7101)


class Reloading(unittest.TestCase):
    """Nobody answers: a reset would be the kernel's, at a port that was without its guard."""

    def config(self, name):
        return self.lab.config(f'endpoints = ( {{ name = "{name}"; address = "{self.lab.v4}"; '
                               'ports = "7000-10999"; behaviour = "synack-never"; } );')

    def test_a_port_that_stays_is_never_the_kernels(self):
        self.lab = lab.Lab(type(self).__name__, sample=0)  # there is nothing of ours
        self.addCleanup(self.lab.close)
        self.lab.start(self.config("one"))
        clients = []
        for name in "other", "one":
            self.config(name)
            reload = threading.Thread(target=self.lab.ctl, args=("reload",))
            reload.start()
            while reload.is_alive() and len(clients) < 800:
                client = socket.socket()
                self.addCleanup(client.close)
                client.setblocking(False)
                client.connect_ex((self.lab.v4, (7000, 9000, 10999)[len(clients) % 3]))
                clients.append(client)
                time.sleep(0.0005)
            reload.join()
            self.assertEqual(self.lab.ctl("endpoints")[0]["name"], name)
        self.assertTrue(clients)
        self.assertEqual({c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for c in clients}, {0})


class Starting(unittest.TestCase):
    """Without one: what is said when it cannot run."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def daemon(self, *options, **more):
        return subprocess.run(["ip", "netns", "exec", self.lab.server, lab.SYNACKD, *options],
                              capture_output=True, text=True, timeout=30, **more)

    def test_no_daemon(self):
        answer = self.lab.ctl_raw("status")
        self.assertEqual(answer.returncode, 3)
        self.assertIn("no synackd is listening", answer.stderr)

    def test_all_errors_of_meaning_at_once(self):
        path = self.lab.config('''
clinets = ( "10.0.0.0/8" );
endpoints = (
  { name = "a"; address = "127.0.0.300"; ports = "7100"; },
  { name = "b"; address = "127.0.0.1"; ports = "70000"; },
  { name = "c"; address = "127.0.0.1"; ports = "7102"; behaviour = "synack-delay=soon"; },
  { name = "c"; address = "127.0.0.1"; ports = "7103"; rto_min = "fast"; isn = 3000000000; }
);
''', "bad.conf")
        done = self.daemon("--config", path, "--control", self.lab.control)
        self.assertEqual(done.returncode, 78)
        lines = [line for line in done.stderr.splitlines() if str(path) in line]
        self.assertGreaterEqual(len(lines), 6, done.stderr)
        for line in lines:
            self.assertRegex(line, r":\d+: \S+.*: ")
        for word in "clients", "address", "ports", "duration", "isn":
            self.assertIn(word, done.stderr)
        self.assertFalse(self.lab.control.exists())
        check = self.daemon("--config", path, "--check-config")
        self.assertEqual((check.returncode, check.stderr), (78, done.stderr))

    def test_syntax_error_and_missing_file(self):
        path = self.lab.write("syntax.conf", "endpoints = ( { name = ;\n")
        done = self.daemon("--config", path, "--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"{path}:1:", done.stderr)
        done = self.daemon("--config", "/nonexistent/x.conf", "--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nonexistent/x.conf", done.stderr)

    def test_what_the_host_lacks(self):
        path = self.lab.config('''user = "nowhere-user";
control = { group = "nowhere-group"; };
interfaces = ( "lo", "nope0" );
endpoints = ( { name = "a"; address = "192.0.2.1"; ports = "80"; interface = "nope1"; },
  { name = "b"; address = "192.0.2.1"; ports = "81"; interface = "lo"; } );
''', "host.conf")
        def lines(*options):
            done = self.daemon("--config", path, "--check-config", *options)
            return done.returncode, [re.sub(r"^\S+host.conf:\d+: ", "", line)
                                     for line in done.stderr.splitlines()]
        code, said = lines()
        self.assertEqual(code, 78)
        self.assertRegex(said[0], "^user: unknown user `nowhere-user`")
        self.assertRegex(said[1], "^control.group: unknown group `nowhere-group`")
        path.write_text(re.sub(r"(?m)^(user|control) .*$", "", path.read_text()))
        code, said = lines()
        self.assertEqual((code, len(said)), (0, 2))
        self.assertRegex(said[0], "^interfaces: warning: missing interface nope0")
        self.assertRegex(said[1], "^a: warning: missing interface nope1")
        self.assertEqual(lines("--strict"), (78, [s.replace("warning: ", "") for s in said]))
        path.write_text(path.read_text().replace("nope0", "lo").replace("nope1", "lo"))
        self.assertEqual(lines("--strict"), (0, []))
        self.assertEqual(self.daemon("--strict").returncode, 64)

    def test_a_reload_refuses_an_unknown_user(self):
        self.lab.start(self.lab.config(ENDPOINTS, "host.conf"))
        try:
            self.lab.config('user = "nowhere-user";' + ENDPOINTS, "host.conf")
            self.assertIn("unknown user", self.lab.ctl_raw("reload").stderr)
        finally:
            self.lab.stop()

    def test_shipped_configs_are_right(self):
        for path in [lab.SOURCE / "conf/synackd.conf",
                     *sorted((lab.SOURCE / "conf/examples").glob("*.conf"))]:
            done = self.daemon("--config", path, "--check-config")
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)
            self.assertIn("ok", done.stdout)

    def test_files_beside_the_main_one(self):
        """They add clients and endpoints; without `load` the shipped behaviours are there."""
        added = self.lab.directory / "conf.d"
        added.mkdir()
        (added / "mine.conf").write_text('clients = ( "192.0.2.0/24" );\n' + ENDPOINTS)
        load = f'load = ( "{lab.CONF}/behaviours/*.conf", "conf.d/*.conf" );\n'
        self.lab.start(self.lab.write("main.conf", load))
        try:
            # Loopback is a client still, as the main file has no `clients`.
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
            self.lab.write("main.conf", load + 'clients = ( "127.0.0.2" );\n')
            self.lab.ctl("reload")
            with self.assertRaises(TimeoutError):
                socket.create_connection(("127.0.0.1", 7100), timeout=0.5)
            path = self.lab.write("main.conf", ENDPOINTS)
            self.lab.ctl("reload")
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
            self.lab.ctl("set", "a", "synack-never")
        finally:
            self.lab.stop()
        done = self.daemon("--config", path, "--check-config")
        shipped = self.daemon("--config", lab.SOURCE / "conf/synackd.conf", "--check-config")
        self.assertEqual(re.findall(r"\d+ behaviours", done.stdout),
                         re.findall(r"\d+ behaviours", shipped.stdout))

    def test_no_such_interface(self):
        path = self.lab.config(ENDPOINTS, "if.conf")
        done = self.daemon("--config", path, "--interface", "nope0", "--control", self.lab.control)
        self.assertEqual(done.returncode, 69)
        self.assertIn("nope0", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_without_the_capability(self):
        path = self.lab.config(ENDPOINTS, "cap.conf")
        done = subprocess.run(["ip", "netns", "exec", self.lab.server, "capsh",
                               "--drop=cap_net_raw", "--", "-c",
                               f"{lab.SYNACKD} --config {path} --control {self.lab.control}"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 69, done)
        self.assertIn("CAP_NET_RAW", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_command_line(self):
        for words, expected in ((["--confg", "x"], "did you mean"), (["--replay", "x"], "--write"),
                                (["--drain", "soon"], "duration"), (["word"], "word")):
            done = self.daemon(*words)
            self.assertEqual(done.returncode, 64, words)
            self.assertIn(expected, done.stderr)
        self.assertEqual(self.daemon("--version").stdout, "synackd 0.1.0\n")
        self.assertIn("--check-config", self.daemon("--help").stdout)

    def test_a_busy_port_fails_its_endpoint_only(self):
        busy = socket.create_server(("127.0.0.1", 7101))
        path = self.lab.config(ENDPOINTS, "busy.conf")
        self.lab.start(path)
        try:
            by_name = {e["name"]: e for e in self.lab.ctl("endpoints")}
            self.assertIsNone(by_name["a"]["problem"])
            self.assertIn("7101", by_name["b"]["problem"])
            self.assertIn("7101", self.lab.ctl_raw("endpoints").stdout)
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
            busy.close()
            self.lab.ctl("reload")
            self.assertIsNone({e["name"]: e for e in self.lab.ctl("endpoints")}["b"]["problem"])
        finally:
            busy.close()
            self.lab.stop()

    def test_a_second_daemon_and_a_dead_ones_socket(self):
        path = self.lab.config(ENDPOINTS, "two.conf")
        self.lab.start(path)
        try:
            done = self.daemon("--config", path, "--control", self.lab.control)
            self.assertEqual(done.returncode, 69)
            self.assertIn("another synackd", done.stderr)
            self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o660)
            self.lab.kill(signal.SIGKILL)
            self.assertTrue(self.lab.control.exists())
            self.lab.start(path)
        finally:
            self.lab.stop()
        self.assertFalse(self.lab.control.exists())

    def test_privileges_are_dropped(self):
        self.lab.start(self.lab.config(ENDPOINTS, "caps.conf"))
        try:
            text = pathlib.Path(f"/proc/{self.lab.pid()}/status").read_text()
            caps = {line.split()[0]: int(line.split()[1], 16) for line in text.splitlines()
                    if line.startswith("Cap")}
            allowed = 1 << 13 | 1 << 12 | 1 << 10  # NET_RAW, NET_ADMIN, NET_BIND_SERVICE
            self.assertTrue(caps["CapEff:"] & 1 << 13)
            self.assertEqual(caps["CapEff:"] & ~allowed, 0)
            self.assertEqual(caps["CapPrm:"] & ~allowed, 0)
        finally:
            self.lab.stop()

    def test_a_client_outside_the_allow_list(self):
        path = self.lab.write("allow.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
clients = ( "127.0.0.2" );
{ENDPOINTS}''')
        self.lab.start(path)
        try:
            with self.assertRaises(TimeoutError):
                socket.create_connection(("127.0.0.1", 7100), timeout=0.5)
            self.assertGreater(self.lab.ctl("status")["counters"]["client-refused"], 0)
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE,
                                     source_address=("127.0.0.2", 0)).close()
        finally:
            self.lab.stop()


if __name__ == "__main__":
    lab.main()
