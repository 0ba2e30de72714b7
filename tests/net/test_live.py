#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What operators change while synackd runs, and who may."""
import json
import pwd
import socket
import subprocess
import sys
import threading

from lib import lab
from lib.live import ENDPOINTS, GROUP, Live, become


class Rights(Live):
    def test_everyone_reads_and_the_group_changes(self):
        self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o666)
        self.assertEqual(self.as_user("nobody", [], "endpoints").returncode, 0)
        answer = self.as_user("nobody", [], "set", "a", "refuse")
        self.assertEqual(answer.returncode, 1, answer)
        self.assertIn(str(self.lab.control), answer.stderr)
        self.assertIn(f"the group `{GROUP}`", answer.stderr)
        self.assertIn("nobody may read", answer.stderr)
        self.assertTrue(self.opens(7100))
        # By a group of the process, and by one that the user is in on paper.
        self.assertEqual(self.as_user("nobody", [GROUP], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))
        self.assertEqual(self.as_user(GROUP, [], "reset", "a").returncode, 0)
        self.assertTrue(self.opens(7100))

    def test_each_change_is_logged_with_who_made_it(self):
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "set", "a",
                                    "refuse"], stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(20), 0)
        self.assertIn(f'uid 0 (root), pid {process.pid}: set {{"endpoint":"a",'
                      '"behaviour":"refuse"}\n', self.lab.logged())
        uid = pwd.getpwnam("nobody").pw_uid
        self.as_user("nobody", [], "reload")
        self.assertRegex(self.lab.logged(), rf"uid {uid} \(nobody\), pid \d+: reload: nobody may")
        before = self.lab.logged()
        self.ctl("endpoints")
        self.assertEqual(self.lab.logged(), before)

    def test_a_user_takes_his_share_and_no_more(self):
        held = subprocess.Popen([sys.executable, "-c", '''
import socket, sys
held = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    held.append((s, s.makefile().readline()))
print(sum("protocol" in greeting for _, greeting in held),
      sum("as many clients as synackd takes" in greeting for _, greeting in held), flush=True)
sys.stdin.read()
''', str(self.lab.control)], preexec_fn=become("nobody"), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(held.communicate)
        self.assertEqual(held.stdout.readline(), "16 24\n")
        answer = self.as_user("nobody", [], "status")
        self.assertEqual(answer.returncode, 3)
        self.assertRegex(answer.stderr, "takes no client: .*as many clients as synackd takes")
        self.assertEqual(self.ctl("status")["connections"], 0)

    def test_who_half_closes_gets_the_answers(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(lab.PATIENCE)
            sock.connect(str(self.lab.control))
            for i in range(60):
                sock.sendall(b'{"jsonrpc": "2.0", "id": %d, "method": "behaviours"}\n' % i)
            sock.shutdown(socket.SHUT_WR)
            with sock.makefile() as lines:
                answers = [json.loads(line) for line in lines][1:]
        self.assertEqual([answer["id"] for answer in answers], list(range(60)))


class RightsOfAGroup(Live):
    """Nobody else may even ask."""
    control = f'control = {{ group = "{GROUP}"; }};\n'

    def test_the_socket_is_for_the_group(self):
        self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o660)
        answer = self.as_user("nobody", [], "status")
        self.assertEqual(answer.returncode, 3)
        self.assertIn(str(self.lab.control), answer.stderr)
        self.assertIn(f"for the group `{GROUP}`", answer.stderr)
        self.assertEqual(self.as_user("nobody", [GROUP], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))


class RightsOfTheDaemonsUser(Live):
    """It became nobody, who may then change things, too."""
    control = 'user = "nobody";\n'

    def test_the_daemons_user(self):
        self.assertEqual(self.as_user("nobody", [], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))
        self.assertEqual(self.as_user("games", [], "status").returncode, 3)


class Changes(Live):
    def test_add_and_remove(self):
        self.assertFalse(self.opens(7200))
        added = self.ctl("add", "x", "127.0.0.1", "7200", "accept", "--service", "echo")
        self.assertEqual((added["name"], added["change"], added["until"], added["service"]),
                         ("x", "added", None, "echo"))
        sock = self.connect(7200)
        sock.sendall(b"hello")
        self.assertEqual(sock.recv(10), b"hello")
        self.assertEqual(self.ctl("status")["endpoints"], 3)
        removed = self.ctl("remove", "x")
        self.assertEqual((removed["name"], removed["connections_reset"]), ("x", 1))
        with self.assertRaises(ConnectionResetError):
            sock.recv(10)
        self.assertNotIn("x", self.endpoints())
        self.assertFalse(self.opens(7200))
        socket.create_server(("127.0.0.1", 7200)).close()  # its guards are gone
        self.assertEqual(self.ctl("diff"), [])

    def test_a_range_without_a_word_more(self):
        self.ctl("add", "many", "127.0.0.1", "7200-7209")
        self.assertTrue(self.opens(7200) and self.opens(7209))
        self.assertEqual(self.endpoints()["many"]["behaviour"], "accept")
        self.ctl("remove", "127.0.0.1:7205")
        self.assertFalse(self.opens(7209))

    def test_what_contradicts_itself_is_done_and_said(self):
        warning = ("warning: `refuse` drops each SYN before `synack-delay` sees it: write "
                   "`synack-delay` first")
        self.assertEqual(self.ctl("set", "a", "refuse+synack-delay")["warnings"], [warning])
        self.assertFalse(self.opens(7100))
        for words in (("next", "127.0.0.1", "refuse+synack-delay"),
                      ("add", "x", "127.0.0.1", "7200", "refuse+synack-delay")):
            answer = self.ctl_raw(*words)
            self.assertEqual((answer.returncode, answer.stderr), (0, warning + "\n"))
        self.assertNotIn("warnings", self.ctl("set", "a", "synack-delay+refuse"))

    def test_a_narrower_one_within_a_wider_one(self):
        """They share a guard: the port has one as long as either is there."""
        self.ctl("add", "wide", "127.0.0.1", "7200-7209", "accept", "--service", "banner:wide")
        self.ctl("add", "narrow", "127.0.0.1", "7205", "accept", "--service", "banner:narrow")
        said = {port: self.connect(port).recv(10) for port in (7204, 7205, 7206)}
        self.assertEqual(said, {7204: b"wide", 7205: b"narrow", 7206: b"wide"})
        self.ctl("remove", "wide")
        self.assertFalse(self.opens(7204))
        self.assertEqual(self.connect(7205).recv(10), b"narrow")
        self.ctl("add", "wide", "127.0.0.1", "7200-7209", "accept", "--service", "banner:wide")
        self.ctl("remove", "narrow")
        self.assertEqual(self.connect(7205).recv(10), b"wide")
        self.ctl("remove", "wide")
        socket.create_server(("127.0.0.1", 7205)).close()

    def test_a_reload_that_drops_an_endpoint_resets_its_connections(self):
        path = self.lab.directory / "synackd.conf"
        sock = self.connect(7100)
        path.write_text(path.read_text().replace('ports = "7100"', 'ports = "7300"'))
        self.ctl("reload")
        with self.assertRaises(ConnectionResetError):
            sock.recv(10)
        socket.create_server(("127.0.0.1", 7100)).close()
        self.assertTrue(self.opens(7300))

    def test_for_a_time(self):
        # Long enough for all that is done meanwhile, on a machine that is busy.
        before = self.ctl("add", "x", "127.0.0.1", "7200", "--for", "5s")["until"]
        self.assertTrue(self.opens(7200))
        self.assertRegex(self.ctl_raw("diff").stdout, r"(?m)^x .* [\d.]+ m?s *$")
        self.ctl("add", "y", "127.0.0.1", "7201", "--for", "1h")
        self.ctl("reload")  # the timer goes on
        self.assertEqual(self.endpoints()["x"]["until"], before)
        lab.wait_for("x to go", lambda: "x" not in self.endpoints())
        self.assertFalse(self.opens(7200))
        self.assertIn("y", self.endpoints())
        self.assertIn("x is removed: its time is over", self.lab.logged())

    def test_what_cannot_be_added(self):
        for words, said in (
                (["a", "127.0.0.1", "7200"], "there is an endpoint `a` already"),
                (["x", "127.0.0.1", "7100"], "`a` is at 127.0.0.1 port 7100 already"),
                (["x", "127.0.0.300", "7200"], "address: expected an address"),
                (["x", "127.0.0.1", "0"], "ports: expected a port"),
                (["x y", "127.0.0.1", "7200"], "name: expected a name"),
                (["x", "192.0.2.77", "7200"], "this host does not have 192.0.2.77"),
                (["x", "127.0.0.1", "7200", "--for", "soon"], "for: expected a duration"),
                (["x", "127.0.0.1", "7200", "--for", "0s"], "for: expected a duration"),
                (["x", "127.0.0.1", "7200", "--service", "ehco"], "service: ")):
            self.assertIn(said, self.fails(1, "add", *words))
        self.assertIn("did you mean synack-delay?",
                      self.fails(2, "add", "x", "127.0.0.1", "7200", "synack-dealy"))
        self.assertIn("lacks a word", self.fails(2, "add", "x", "127.0.0.1"))
        with socket.create_server(("127.0.0.1", 7200)):
            self.assertIn("7200", self.fails(1, "add", "x", "127.0.0.1", "7200"))
        self.assertEqual(self.ctl("diff"), [])
        self.ctl("add", "proxy", "127.0.0.1", "7200")
        for verb in "remove", "reset":
            self.assertIn("did you mean proxy?", self.fails(2, verb, "prxoy"))

    def test_after_privileges_were_dropped(self):
        """A port below 1024, a name that was removed."""
        self.ctl("add", "low", "127.0.0.1", "80")
        self.assertTrue(self.opens(80))
        self.ctl("remove", "a")
        self.assertIn("synackctl reset a", self.fails(1, "add", "a", "127.0.0.1", "7200"))

    def test_removed_and_back(self):
        sock = self.connect(7100)
        self.assertEqual(self.ctl("remove", "a")["connections_reset"], 1)
        with self.assertRaises(ConnectionResetError):
            sock.recv(10)
        self.assertFalse(self.opens(7100))
        self.assertNotIn("a", self.endpoints())
        self.assertIn("there is no endpoint", self.fails(2, "set", "a", "refuse"))
        self.ctl("reload")
        self.assertFalse(self.opens(7100))
        self.assertEqual([(e["name"], e["change"]) for e in self.ctl("diff")], [("a", "removed")])
        self.assertEqual([(e["name"], e["undone"]) for e in self.ctl("reset", "a")],
                         [("a", "removed")])
        self.assertTrue(self.opens(7100))

    def test_reset_undoes_all_of_it(self):
        self.ctl("set", "b", "accept")
        self.ctl("remove", "a")
        self.ctl("add", "c", "127.0.0.1", "7100", "refuse")  # where a was
        self.ctl("set", "c", "synack-delay=10ms")
        diff = {e["name"]: e for e in self.ctl("diff")}
        self.assertEqual({name: e["change"] for name, e in diff.items()},
                         {"a": "removed", "b": "set", "c": "added"})
        self.assertEqual((diff["b"]["behaviour"], diff["b"]["configured"]), ("accept", "refuse"))
        table = self.ctl_raw("diff").stdout
        for name, change, now, configured in (("a", "removed", "-", "accept"),
                                              ("b", "set", "accept", "refuse"),
                                              ("c", "added", "synack-delay=10ms", "-")):
            self.assertRegex(table, rf"(?m)^{name} +{change} .* {now} +{configured}")
        self.assertEqual([(e["name"], e["undone"]) for e in self.ctl("reset")],
                         [("a", "removed"), ("b", "set"), ("c", "added")])
        self.assertEqual(self.ctl("diff"), [])
        self.assertIn("Nothing differs", self.ctl_raw("diff").stdout)
        self.assertTrue(self.opens(7100))
        self.assertFalse(self.opens(7101))
        self.assertIsNone(self.endpoints()["a"]["problem"])
        self.assertEqual(self.ctl("reset"), [])

    def test_one_in_the_place_of_a_removed_one(self):
        self.ctl("remove", "a")
        self.ctl("add", "x", "127.0.0.1", "7100", "refuse")
        self.assertIn("synackctl remove x", self.fails(1, "reset", "a"))
        self.assertEqual(self.ctl("reload")["warnings"], [])
        self.assertFalse(self.opens(7100))
        self.ctl("remove", "x")
        self.ctl("reset", "a")
        self.assertTrue(self.opens(7100))

    def test_a_reload_keeps_what_was_added(self):
        self.ctl("add", "x", "127.0.0.1", "7200", "--service", "echo")
        self.ctl("add", "y", "127.0.0.1", "7201", "refuse")
        self.ctl("add", "z", "127.0.0.1", "7202")
        sock = self.connect(7200)
        self.lab.config(self.control + ENDPOINTS.replace(");", """,
            { name = "y"; address = "127.0.0.1"; ports = "7211"; },
            { name = "other"; address = "127.0.0.1"; ports = "7202"; } );"""))
        warnings = "\n".join(self.ctl("reload")["warnings"])
        self.assertIn("y: warning: the endpoint of this name that was added live is gone",
                      warnings)
        self.assertIn("other: warning: `z`, which was added live, is gone", warnings)
        self.assertEqual([e["name"] for e in self.ctl("diff")], ["x"])
        sock.sendall(b"still")
        self.assertEqual(sock.recv(10), b"still")
        self.assertTrue(self.opens(7200) and self.opens(7202) and self.opens(7211))
        self.assertFalse(self.opens(7201))
        self.assertEqual([e["problem"] for e in self.ctl("endpoints")], [None] * 5)

    def test_as_another_user(self):
        for words in (["add", "x", "127.0.0.1", "7200"], ["remove", "a"], ["reset"]):
            answer = self.as_user("nobody", [], *words)
            self.assertEqual((answer.returncode, answer.stdout), (1, ""), words)
            self.assertIn(f"the group `{GROUP}`", answer.stderr)
            self.assertEqual(self.as_user("nobody", [GROUP], *words).returncode, 0, words)
        self.assertEqual(self.as_user("nobody", [], "diff").returncode, 0)

    def test_two_operators_and_reloads(self):
        """Neither loses a change to the other, nor to reloads."""
        def operator(name, base, failures):
            for i in range(20):
                for words in (["add", f"{name}{i}", "127.0.0.1", base + i, "refuse"],
                              ["set", f"{name}{i}", "accept"], ["reload"],
                              ["add", f"{name}-short", "127.0.0.1", base + 50, "--for", "50ms"],
                              ["remove" if i % 2 else "set", f"{name}{i}", *["refuse"][i % 2:]]):
                    answer = self.ctl_raw(*words)
                    busy = "-short" in str(words) and "already" in answer.stderr
                    if answer.returncode and not busy:
                        failures.append((words, answer.stderr))
        failures = []
        operators = [threading.Thread(target=operator, args=(name, base, failures))
                     for name, base in (("p", 8000), ("q", 9000))]
        for o in operators:
            o.start()
        for o in operators:
            o.join()
        self.assertEqual(failures, [])
        lab.wait_for("the short ones to go", lambda: not any(
            "short" in name for name in self.endpoints()))
        diff = {e["name"]: e["behaviour"] for e in self.ctl("diff")}
        self.assertEqual(diff, {f"{name}{i}": "refuse" for name in "pq" for i in range(0, 20, 2)})
        log = self.lab.logged()
        for name in "pq":
            for i in range(20):
                self.assertEqual(log.count(f': add {{"name":"{name}{i}",'), 1)
        self.assertEqual(len(self.ctl("reset")), 20)
        self.assertEqual(sorted(self.endpoints()), ["a", "b"])


class Next(Live):
    def test_once_then_as_before(self):
        self.connect(7100)
        answer = self.ctl("next", "127.0.0.1", "refuse")
        self.assertEqual((answer["client"], answer["behaviour"], answer["endpoint"],
                          answer["times"], answer["left"]), ("127.0.0.1", "refuse", None, 1, 1))
        self.assertEqual(self.ctl("next"), [answer])
        self.assertRegex(self.ctl_raw("next").stdout, r"(?m)^127.0.0.1 +refuse +any +1 +1$")
        self.assertFalse(self.opens(7100))
        self.assertTrue(self.opens(7100))
        self.assertEqual(self.ctl("next"), [])
        self.assertIn("Nothing is pending", self.ctl_raw("next").stdout)

    def test_what_no_endpoint_that_it_can_address_may_do(self):
        """ICMP too-big from 127.0.0.1 would narrow all connections to it, but 10.0.0.9 meets other
        endpoints."""
        self.assertIn("127.7.0.1", self.ctl_raw("next", "127.0.0.1", "icmp-toobig").stderr)
        self.assertEqual(self.ctl("next", "10.0.0.9", "icmp-toobig")["left"], 1)
        self.assertEqual(self.ctl("next", "::1", "icmp-toobig")["left"], 1)

    def test_times_client_and_endpoint(self):
        self.ctl("next", "127.0.0.2", "refuse")
        self.ctl("next", "127.0.0.0/30", "accept", "--times", "2", "--endpoint", "b")
        self.assertTrue(self.opens(7100))  # neither for 127.0.0.1 here
        self.assertTrue(self.opens(7101))
        self.assertEqual([n["left"] for n in self.ctl("next")], [1, 1])
        with self.assertRaises(ConnectionRefusedError):
            self.connect(7100, source_address=("127.0.0.2", 0))
        self.connect(7101, source_address=("127.0.0.2", 0))
        self.assertFalse(self.opens(7101))
        self.assertEqual(self.ctl("next"), [])

    def test_a_repeated_syn_is_the_same_attempt(self):
        """The kernel's second SYN is answered, and it was not the second attempt."""
        self.ctl("next", "127.0.0.1", "synack-on-nth=2", "--times", "2")
        self.connect(7101, timeout=lab.PATIENCE)
        self.assertEqual([n["left"] for n in self.ctl("next")], [1])
        trace = self.ctl("trace", "last")
        self.assertEqual([s["flags"] for s in trace["segments"]][:4], ["S", "S", "S.", "."])

    def test_a_held_syn_meets_it_too(self):
        self.ctl("next", "127.0.0.1", "synack-delay=200ms+opt-none")
        self.connect(7101)
        trace = self.ctl("trace", "last")
        self.assertEqual([s["fate"] for s in trace["segments"]][:2], ["held", "released"])
        self.assertEqual(trace["segments"][2]["options"], "")

    def test_it_follows_changes(self):
        """Of endpoints: one added later meets it, too; a reload and a set leave it alone."""
        self.ctl("next", "127.0.0.1", "refuse", "--times", "2")
        self.ctl("next", "127.0.0.1", "accept", "--endpoint", "b")
        self.ctl("add", "x", "127.0.0.1", "7200")
        self.ctl("reload")
        self.ctl("set", "b", "accept-then-rst")
        self.assertFalse(self.opens(7200))
        self.assertFalse(self.opens(7100))
        self.assertTrue(self.opens(7200))
        sock = self.connect(7101)
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        self.assertTrue(sock.recv(100))
        self.ctl("next", "127.0.0.1", "accept", "--endpoint", "x")
        self.ctl("remove", "x")
        self.assertEqual(self.ctl("next"), [])

    def test_a_reload_without_the_endpoint(self):
        self.ctl("next", "127.0.0.1", "accept", "--endpoint", "b")
        self.lab.config(self.control + ENDPOINTS.replace('"b"', '"c"'))
        self.assertIn("b: warning: it is gone, and with it the pending `next`",
                      "\n".join(self.ctl("reload")["warnings"]))
        self.assertFalse(self.opens(7101))

    def test_cancel(self):
        for client in "127.0.0.1", "127.0.0.2":
            self.ctl("next", client, "refuse")
        self.assertEqual([n["client"] for n in self.ctl("next", "127.0.0.2", "--cancel")],
                         ["127.0.0.2"])
        self.assertEqual(len(self.ctl("next")), 1)
        self.assertIn("127.0.0.1", self.ctl_raw("next", "--cancel").stdout)
        self.assertTrue(self.opens(7100))
        self.assertEqual(self.ctl("next", "--cancel"), [])

    def test_slips(self):
        for code, words, said in (
                (2, ["127.0.0.1", "refsue"], "did you mean refuse?"),
                (1, ["127.0.0.1", "synack-delay=x"], "duration"),
                (1, ["127.0.0.300", "refuse"], "client: expected an address or a prefix"),
                (1, ["127.0.0.1", "refuse", "--times", "0"], "times: expected a number"),
                (2, ["127.0.0.1", "refuse", "--endpoint", "c"], "there is no endpoint `c`"),
                (2, ["127.0.0.1"], "next takes a client and a behaviour"),
                (2, ["--times", "3"], "next takes a client and a behaviour"),
                (2, ["127.0.0.1", "refuse", "--tims", "3"], "did you mean --times?")):
            self.assertIn(said, self.fails(code, "next", *words))
        self.assertEqual(self.ctl("next"), [])
        for _ in range(64):
            self.ctl("next", "127.0.0.1", "accept")
        self.assertIn("64 are pending already",
                      self.fails(1, "next", "127.0.0.1", "accept"))

    def test_as_another_user(self):
        self.ctl("next", "127.0.0.9", "refuse")
        self.assertIn("127.0.0.9", self.as_user("nobody", [], "next").stdout)
        for words in (["next", "127.0.0.1", "refuse"], ["next", "--cancel"]):
            self.assertEqual(self.as_user("nobody", [], *words).returncode, 1)
            self.assertEqual(self.as_user("nobody", [GROUP], *words).returncode, 0)


class Connections(Live):
    """What is done to one of them, and what it does."""

    def mine(self, sock):
        client = "127.0.0.1:%d" % sock.getsockname()[1]
        return next(c["id"] for c in self.ctl("connections") if c["client"] == client)

    def test_abort(self):
        sock, other = self.connect(7100), self.connect(7100)
        number = self.mine(sock)
        done = self.ctl("abort", number)
        self.assertEqual((done["id"], done["from"], done["state"]),
                         (number, "ESTABLISHED", None))
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)
        self.assertIn(f"no connection {number}", self.fails(2, "abort", number))
        last = self.ctl("trace", number)["segments"][-1]
        self.assertIn("R", last["flags"])
        self.mine(other)

    def test_the_time_of_what_an_operator_does(self):
        """It is now, though the worker slept."""
        sock = self.connect(7100)
        number, before = self.mine(sock), lab.time.time_ns()
        self.ctl("abort", number)
        last = self.ctl("trace", number)["segments"][-1]
        self.assertLess(before, last["time"])
        self.assertLess(last["time"], lab.time.time_ns())

    def test_close(self):
        sock = self.connect(7100)
        number = self.mine(sock)
        self.assertIn("ESTABLISHED -> FIN-WAIT-1", self.ctl_raw("close", number).stdout)
        self.assertEqual(sock.recv(1), b"")
        sock.close()
        lab.wait_for("TIME-WAIT", lambda: self.ctl("connections", "--state", "TIME-WAIT"))

    def test_forget(self):
        sock = self.connect(7100)
        number = self.mine(sock)
        sent = len(self.ctl("trace", number)["segments"])
        self.assertIn("-> gone", self.ctl_raw("forget", number).stdout)
        self.assertEqual(len(self.ctl("trace", number)["segments"]), sent)
        sock.sendall(b"x")
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)

    def test_half_open(self):
        self.ctl("set", "a", "hdr-bad-cksum=9")
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", 7100))
        half = lab.wait_for("a half-open connection", lambda: self.ctl("connections"))
        self.assertEqual(self.ctl("abort", half[0]["id"])["from"], "SYN-RECEIVED")
        self.assertEqual(self.ctl("connections"), [])

    def test_slips(self):
        for verb in "abort", "close", "forget":
            self.assertIn("no connection 999999", self.fails(2, verb, "999999"))
            for word in "x", "0", "-1", "1x", "99999999999999999999", "last":
                self.assertIn(f"{word} is no connection", self.fails(2, verb, "--", word))
            self.assertIn("lacks a word", self.fails(2, verb))

    def test_as_another_user(self):
        number = str(self.mine(self.connect(7100)))
        self.assertEqual(self.as_user("nobody", [], "abort", number).returncode, 1)
        self.assertEqual(len(self.ctl("connections")), 1)
        self.assertEqual(self.as_user("nobody", [GROUP], "abort", number).returncode, 0)


class Hosts(Live):
    def test_names(self):
        self.assertTrue(self.opens(7100))
        self.ctl("add", "v4/x.y", "127.0.0.2", "7200")
        self.ctl("add", "v4/x-y", "127.0.0.3", "7200")
        self.ctl("add", "six", "::1", "7200")
        with socket.create_server(("127.0.0.1", 7105)):
            self.lab.config(self.control + ENDPOINTS.replace("7101", "7105"))
            self.ctl("reload")
            self.assertIsNotNone(self.endpoints()["b"]["problem"])
            self.assertEqual(self.as_user("nobody", [], "hosts").stdout,
                             "127.0.0.1 a.synack.test\n"
                             "::1 six.synack.test\n"
                             "127.0.0.3 x-y.v4.synack.test\n"
                             "127.0.0.2 x-y-2.v4.synack.test\n")
        self.ctl("remove", "v4/x-y")
        self.assertEqual(self.ctl("hosts")[-1], {"address": "127.0.0.2", "endpoint": "v4/x.y",
                                                 "name": "x-y.v4.synack.test"})
        self.ctl("remove", "a")
        self.assertNotIn("a", [h["endpoint"] for h in self.ctl("hosts")])


if __name__ == "__main__":
    lab.main()
