#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Changes by operators while synackd runs."""
import socket
import threading

from lib import lab
from lib.live import ENDPOINTS, GROUP, Live


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
        socket.create_server(("127.0.0.1", 7200)).close()  # its guards are removed
        self.assertEqual(self.ctl("diff"), [])

    def test_a_range_without_a_word_more(self):
        self.ctl("add", "many", "127.0.0.1", "7200-7209")
        self.assertTrue(self.opens(7200) and self.opens(7209))
        self.assertEqual(self.endpoints()["many"]["behaviour"], "accept")
        self.ctl("remove", "127.0.0.1:7205")
        self.assertFalse(self.opens(7209))

    def test_a_contradiction_is_done_and_reported(self):
        warning = ("warning: 'refuse' drops each SYN before 'synack-delay' receives it: write "
                   "'synack-delay' first")
        self.assertEqual(self.ctl("set", "a", "refuse+synack-delay")["warnings"], [warning])
        self.assertFalse(self.opens(7100))
        for words in (("next", "127.0.0.1", "refuse+synack-delay"),
                      ("add", "x", "127.0.0.1", "7200", "refuse+synack-delay")):
            answer = self.ctl_raw(*words)
            self.assertEqual((answer.returncode, answer.stderr), (0, warning + "\n"))
        self.assertNotIn("warnings", self.ctl("set", "a", "synack-delay+refuse"))

    def test_a_narrower_one_within_a_wider_one(self):
        """The endpoints share a guard: it stays until both are removed."""
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
        # Long enough for the steps below on a busy machine.
        before = self.ctl("add", "x", "127.0.0.1", "7200", "--for", "5s")["until"]
        self.assertTrue(self.opens(7200))
        self.assertRegex(self.ctl_raw("diff").stdout, r"(?m)^x .* [\d.]+ m?s *$")
        self.ctl("add", "y", "127.0.0.1", "7201", "--for", "1h")
        self.ctl("reload")  # the timer continues
        self.assertEqual(self.endpoints()["x"]["until"], before)
        lab.wait_for("the removal of x", lambda: "x" not in self.endpoints())
        self.assertFalse(self.opens(7200))
        self.assertIn("y", self.endpoints())
        self.assertIn("x: removed: its lifetime expired", self.lab.logged())

    def test_invalid_endpoints(self):
        for words, said in (
                (["a", "127.0.0.1", "7200"], "name 'a' in use"),
                (["x", "127.0.0.1", "7100"], "127.0.0.1 port 7100 in use by 'a'"),
                (["x", "127.0.0.300", "7200"], "address: expected an address"),
                (["x", "127.0.0.1", "0"], "ports: expected a port"),
                (["x y", "127.0.0.1", "7200"], "name: expected a name"),
                (["x", "192.0.2.77", "7200"], "192.0.2.77 is neither an address of this host nor"),
                (["x", "127.0.0.1", "7200", "--for", "soon"], "for: expected a duration"),
                (["x", "127.0.0.1", "7200", "--for", "0s"], "for: expected a duration"),
                (["x", "127.0.0.1", "7200", "--service", "ehco"], "service: ")):
            self.assertIn(said, self.fails(2, "add", *words))
        self.assertIn("did you mean 'synack-delay'?",
                      self.fails(2, "add", "x", "127.0.0.1", "7200", "synack-dealy"))
        self.assertIn("missing argument", self.fails(2, "add", "x", "127.0.0.1"))
        with socket.create_server(("127.0.0.1", 7200)):
            self.assertIn("7200", self.fails(2, "add", "x", "127.0.0.1", "7200"))
        self.assertEqual(self.ctl("diff"), [])
        self.ctl("add", "proxy", "127.0.0.1", "7200")
        for verb in "remove", "reset":
            self.assertIn("did you mean 'proxy'?", self.fails(2, verb, "prxoy"))

    def test_after_privileges_were_dropped(self):
        """A port below 1024, and the name of a removed endpoint."""
        self.ctl("add", "low", "127.0.0.1", "80")
        self.assertTrue(self.opens(80))
        self.ctl("remove", "a")
        self.assertIn("synackctl reset a", self.fails(2, "add", "a", "127.0.0.1", "7200"))

    def test_removed_and_back(self):
        sock = self.connect(7100)
        self.assertEqual(self.ctl("remove", "a")["connections_reset"], 1)
        with self.assertRaises(ConnectionResetError):
            sock.recv(10)
        self.assertFalse(self.opens(7100))
        self.assertNotIn("a", self.endpoints())
        self.assertIn("unknown endpoint", self.fails(2, "set", "a", "refuse"))
        self.ctl("reload")
        self.assertFalse(self.opens(7100))
        self.assertEqual([(e["name"], e["change"]) for e in self.ctl("diff")], [("a", "removed")])
        self.assertEqual([(e["name"], e["undone"]) for e in self.ctl("reset", "a")],
                         [("a", "removed")])
        self.assertTrue(self.opens(7100))

    def test_reset_undoes_all_of_it(self):
        self.ctl("set", "b", "accept")
        self.ctl("remove", "a")
        self.ctl("add", "c", "127.0.0.1", "7100", "refuse")  # the address and port of a
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
        self.assertIn("No endpoint differs", self.ctl_raw("diff").stdout)
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

    def test_a_reload_keeps_added_endpoints(self):
        self.ctl("add", "x", "127.0.0.1", "7200", "--service", "echo")
        self.ctl("add", "y", "127.0.0.1", "7201", "refuse")
        self.ctl("add", "z", "127.0.0.1", "7202")
        sock = self.connect(7200)
        self.lab.config(self.control + ENDPOINTS.replace(");", """,
            { name = "y"; address = "127.0.0.1"; ports = "7211"; },
            { name = "other"; address = "127.0.0.1"; ports = "7202"; } );"""))
        warnings = "\n".join(self.ctl("reload")["warnings"])
        self.assertIn("y: warning: it replaces the endpoint of this name that was added live",
                      warnings)
        self.assertIn("other: warning: it replaces 'z', which was added live", warnings)
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
            self.assertIn(f"the group '{GROUP}'", answer.stderr)
            self.assertEqual(self.as_user("nobody", [GROUP], *words).returncode, 0, words)
        self.assertEqual(self.as_user("nobody", [], "diff").returncode, 0)

    def test_two_operators_and_reloads(self):
        """Neither operator loses a change to the other, nor to reloads."""
        def operator(name, base, failures):
            for i in range(20):
                for words in (["add", f"{name}{i}", "127.0.0.1", base + i, "refuse"],
                              ["set", f"{name}{i}", "accept"], ["reload"],
                              ["add", f"{name}-short", "127.0.0.1", base + 50, "--for", "50ms"],
                              ["remove" if i % 2 else "set", f"{name}{i}", *["refuse"][i % 2:]]):
                    answer = self.ctl_raw(*words)
                    busy = "-short" in str(words) and "in use" in answer.stderr
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
        lab.wait_for("the removal of the short ones", lambda: not any(
            "short" in name for name in self.endpoints()))
        diff = {e["name"]: e["behaviour"] for e in self.ctl("diff")}
        self.assertEqual(diff, {f"{name}{i}": "refuse" for name in "pq" for i in range(0, 20, 2)})
        log = self.lab.logged()
        for name in "pq":
            for i in range(20):
                self.assertEqual(log.count(f': add {{"name":"{name}{i}",'), 1)
        self.assertEqual(len(self.ctl("reset")), 20)
        self.assertEqual(sorted(self.endpoints()), ["a", "b"])


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
