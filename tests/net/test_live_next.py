#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Behaviours for the next attempts of a client."""
from lib import lab
from lib.live import ENDPOINTS, GROUP, Live


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
        self.assertIn("No behaviour is pending", self.ctl_raw("next").stdout)

    def test_a_behaviour_that_no_reachable_endpoint_may_have(self):
        """An ICMP too-big from 127.0.0.1 would reduce the MTU of all connections to it, but
        10.0.0.9 reaches other endpoints."""
        self.assertIn("127.7.0.1", self.ctl_raw("next", "127.0.0.1", "icmp-toobig").stderr)
        self.assertEqual(self.ctl("next", "10.0.0.9", "icmp-toobig")["left"], 1)
        self.assertEqual(self.ctl("next", "::1", "icmp-toobig")["left"], 1)

    def test_times_client_and_endpoint(self):
        self.ctl("next", "127.0.0.2", "refuse")
        self.ctl("next", "127.0.0.0/30", "accept", "--times", "2", "--endpoint", "b")
        self.assertTrue(self.opens(7100))  # the entry matches neither this endpoint nor this client
        self.assertTrue(self.opens(7101))
        self.assertEqual([n["left"] for n in self.ctl("next")], [1, 1])
        with self.assertRaises(ConnectionRefusedError):
            self.connect(7100, source_address=("127.0.0.2", 0))
        self.connect(7101, source_address=("127.0.0.2", 0))
        self.assertFalse(self.opens(7101))
        self.assertEqual(self.ctl("next"), [])

    def test_a_repeated_syn_is_the_same_attempt(self):
        """The kernel's second SYN is answered, and does not count as the second attempt."""
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
        """It applies to an endpoint that is added later; a reload and a set do not change it."""
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
        self.assertIn("b: warning: the endpoint was removed, and the pending 'next'",
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
                (2, ["127.0.0.1", "refsue"], "did you mean 'refuse'?"),
                (2, ["127.0.0.1", "synack-delay=x"], "duration"),
                (2, ["127.0.0.300", "refuse"], "client: expected an address or a prefix"),
                (2, ["127.0.0.1", "refuse", "--times", "0"], "times: expected a number"),
                (2, ["127.0.0.1", "refuse", "--endpoint", "c"], "unknown endpoint 'c'"),
                (2, ["127.0.0.1"], "expected CLIENT BEHAVIOUR"),
                (2, ["--times", "3"], "expected CLIENT BEHAVIOUR"),
                (2, ["127.0.0.1", "refuse", "--tims", "3"], "did you mean '--times'?")):
            self.assertIn(said, self.fails(code, "next", *words))
        self.assertEqual(self.ctl("next"), [])
        for _ in range(64):
            self.ctl("next", "127.0.0.1", "accept")
        self.assertIn("64 are pending already",
                      self.fails(2, "next", "127.0.0.1", "accept"))

    def test_as_another_user(self):
        self.ctl("next", "127.0.0.9", "refuse")
        self.assertIn("127.0.0.9", self.as_user("nobody", [], "next").stdout)
        for words in (["next", "127.0.0.1", "refuse"], ["next", "--cancel"]):
            self.assertEqual(self.as_user("nobody", [], *words).returncode, 1)
            self.assertEqual(self.as_user("nobody", [GROUP], *words).returncode, 0)


if __name__ == "__main__":
    lab.main()
