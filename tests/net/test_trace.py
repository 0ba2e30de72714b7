#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Connections and attempts of the trace: by number, the last one, by endpoint, by client."""
import json
import random
import socket
import subprocess

from lib import lab
from lib.live import Live

TSHARK = ["tshark", "-Tfields", "-eip.src", "-etcp.dstport", "-eframe.time_epoch"]


class Traces(Live):
    def setUp(self):
        super().setUp()
        self.clients = [f"127.0.0.{n}" for n in random.sample(range(2, 255), 3)]

    def at_a(self, client):
        """Opens and ends a connection to `a`. Returns its port."""
        sock = self.connect(7100, source_address=(client, 0))
        port = sock.getsockname()[1]
        self.abort(sock)
        return port

    def at_b(self, client):
        with self.assertRaises(ConnectionRefusedError):
            self.connect(7101, source_address=(client, 0))

    def come(self):
        """Each client connects to `a`, then `b`; finally the first one again."""
        for client in self.clients + self.clients[:1]:
            self.at_a(client)
            self.at_b(client)
        # The last segments of the client's kernel arrive a moment later.
        lab.wait_for("their ends", lambda: not self.ctl("connections"))

    def ends(self, *words):
        return [(t["client"].split(":")[0], t["endpoint"]) for t in self.ctl(*words)["traces"]]

    def test_of_an_endpoint_or_a_client(self):
        self.come()
        one, two, three = self.clients
        self.assertEqual(self.ends("trace", "--endpoint", "b"),
                         [(c, "b") for c in (one, two, three, one)])
        self.assertEqual(self.ends("trace", "--endpoint", "127.0.0.1:7100"),
                         [(c, "a") for c in (one, two, three, one)])
        self.assertEqual(self.ends("trace", "--client", two), [(two, "a"), (two, "b")])
        self.assertEqual(self.ends("trace", "all", "--client", f"{one}/32", "--endpoint", "a"),
                         [(one, "a"), (one, "a")])
        self.assertEqual(len(self.ends("trace", "all")), 8)
        self.assertEqual(self.ends("trace", "--client", "192.0.2.1"), [])
        last = self.ctl("trace", "last", "--endpoint", "b", "--client", two)
        self.assertEqual((last["client"].split(":")[0], last["behaviour"]), (two, "refuse"))
        self.assertEqual([s["flags"] for s in last["segments"]], ["S", "R."])

    def last_of(self, client):
        """Returns the segments of the client's last attempt or connection, or an empty list."""
        traces = self.ctl("trace", "--client", client)["traces"]
        return traces[-1]["segments"] if traces else []

    def fates(self, behaviour, come):
        """Returns the set of (flags, fate, rule) of segments of a client that had the behaviour."""
        client = random.choice(self.clients)
        self.ctl("next", client, behaviour)
        come(client)
        seen = {(s["flags"], s["fate"], s["rule"]) for s in self.last_of(client)
                if s["direction"] == "in"}
        drawn = self.ctl_raw("trace", "last", "--client", client).stdout
        self.assertNotIn("lost", drawn)
        for _, fate, rule in seen:
            if fate:
                self.assertRegex(drawn, rf"{fate} by(\n.*)? {rule}")
        return seen

    def attempt(self, client, segments=1, keep=False):
        """Waits until this many segments of the attempt have arrived. With `keep`, the socket stays
        open."""
        sock = socket.socket()
        self.addCleanup(self.abort, sock)
        sock.setblocking(False)
        sock.bind((client, 0))
        place = f"{client}:{sock.getsockname()[1]}"
        sock.connect_ex(("127.0.0.1", 7100))
        lab.wait_for("the SYN", lambda: place in [
            t["client"] for t in self.ctl("trace", "--client", client)["traces"]])
        lab.wait_for("more SYNs", lambda: [s["direction"] for s in self.last_of(client)].count(
            "in") >= segments)
        if not keep:
            self.abort(sock)

    def talk(self, client):
        sock = self.connect(7100, source_address=(client, 0))
        sock.sendall(b"x")
        lab.wait_for("the retransmission", lambda: [s["fate"] for s in self.last_of(client)].count(
            "dropped") > 1)

    def test_the_fate_of_a_segment_and_its_rule(self):
        self.assertEqual(self.fates("refuse", self.attempt), {("S", "answered", "refuse")})
        self.assertEqual(self.fates("synack-never", self.attempt),
                         {("S", "dropped", "synack-never")})
        self.assertEqual(self.fates("synack-delay=1h", lambda c: self.attempt(c, 2)),
                         {("S", "held", "synack-delay"), ("S", "absorbed", "synack-delay")})
        self.assertIn(("P.", "dropped", "accept-then-silence"),
                      self.fates("accept-then-silence", self.talk))
        self.assertEqual(self.fates("accept", self.at_a),
                         {("S", None, None), (".", None, None), ("R.", None, None)})

    def test_an_attempt_has_a_number(self):
        """Retransmissions of the SYN have the same number, another attempt has another."""
        one = self.clients[0]
        self.ctl("next", one, "synack-never")
        self.attempt(one, 2)
        trace = self.ctl("trace", "last", "--client", one)
        self.assertEqual({s["flags"] for s in trace["segments"]}, {"S"})
        self.assertEqual((trace["connection"], trace["endpoint"], trace["behaviour"]),
                         (False, "a", "synack-never"))
        self.assertEqual(self.ctl("trace", trace["id"]), trace)
        self.assertTrue(self.ctl_raw("trace", trace["id"]).stdout.startswith(
            f"attempt {trace['id']} at a, synack-never\n"))
        self.assertNotIn(trace["id"], [c["id"] for c in self.ctl("connections")])
        self.at_b(one)
        self.at_b(one)
        self.connect(7100, source_address=(one, 0))
        numbers = [t["id"] for t in self.ctl("trace", "--client", one)["traces"]]
        self.assertEqual(len(set(numbers)), 4, numbers)
        self.assertEqual([t["connection"] for t in self.ctl("trace", "all")["traces"]],
                         [False, False, False, True])
        self.assertIn("unknown connection", self.fails(2, "abort", str(trace["id"])))

    def test_the_connection_that_comes_of_an_attempt_has_its_number(self):
        for behaviour, fate in (("synack-on-nth=2", "dropped"), ("synack-delay=100ms", "held")):
            one = random.choice(self.clients)
            self.ctl("next", one, behaviour)
            stream = self.follow("--client", one)
            sock = self.connect(7100, source_address=(one, 0))
            place = f"{one}:{sock.getsockname()[1]}"
            told = []
            while not told or told[-1].get("to") != "ESTABLISHED":
                event = json.loads(stream.readline())
                if event["client"] == place:
                    told.append(event)
            self.assertEqual((told[0]["flags"], told[0]["fate"]), ("S", fate))
            self.assertEqual({e["id"] for e in told}, {told[0]["id"]})
            trace = self.ctl("trace", told[0]["id"])
            self.assertEqual((trace["connection"], trace["client"], trace["behaviour"]),
                             (True, place, behaviour))
            self.assertIn(trace["id"], [c["id"] for c in self.ctl("connections")])

    def follow(self, *words):
        before = self.ctl("status")["followers"]
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "--json",
                                    "trace", "--follow", *words], stdout=subprocess.PIPE,
                                   text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        lab.wait_for("a follower", lambda: self.ctl("status")["followers"] > before)
        return process.stdout

    def test_an_attempt_can_be_followed(self):
        one = self.clients[0]
        self.ctl("next", one, "synack-never")
        self.attempt(one, keep=True)
        attempt = self.ctl("trace", "last", "--client", one)["id"]
        event = json.loads(self.follow(str(attempt)).readline())
        self.assertEqual((event["id"], event["flags"], event["fate"]), (attempt, "S", "dropped"))

    def test_a_ladder_each(self):
        self.come()
        drawn = self.ctl_raw("trace", "--endpoint", "b").stdout
        self.assertEqual([drawn.count(f"{c}:") for c in self.clients], [2, 1, 1])
        self.assertEqual(drawn.count("127.0.0.1:7101 server"), 4)
        self.assertNotIn(":7100", drawn)
        self.assertEqual(self.ctl_raw("trace", "--client", "192.0.2.1").stdout,
                         "No connections in the trace.\n")

    def test_as_a_file(self):
        """Segments are in the order of time, although the connections overlap."""
        before = self.connect(7100, source_address=(self.clients[0], 0))
        self.at_a(self.clients[1])
        before.sendall(b"x")
        before.recv(1)
        self.at_b(self.clients[0])
        path = self.lab.directory / "some.pcapng"
        self.assertEqual(self.ctl_raw("trace", "all", "--pcap", path).returncode, 0)
        rows = [line.split() for line in subprocess.run(
            [*TSHARK, "-r", path], capture_output=True, text=True, check=True).stdout.splitlines()]
        self.assertLessEqual({*self.clients[:2], "127.0.0.1"}, {row[0] for row in rows})
        times = [row[2] for row in rows]
        self.assertEqual(times, sorted(times))
        self.ctl_raw("trace", "--endpoint", "b", "--pcap", path)
        ports = subprocess.run([*TSHARK, "-r", path, "-Y", "ip.dst == 127.0.0.1"], text=True,
                               capture_output=True, check=True).stdout.split()[1::3]
        self.assertEqual(ports, ["7101"])

    def test_after_the_endpoint_is_gone(self):
        self.ctl("add", "new", "127.0.0.1", "7102")
        port = self.connect(7102).getsockname()[1]
        self.ctl("remove", "new")
        self.assertEqual([t["client"] for t in self.ctl("trace", "--endpoint", "new")["traces"]],
                         [f"127.0.0.1:{port}"])

    def test_follow_some(self):
        one, two, _ = self.clients
        told = self.follow("--endpoint", "a", "--client", two)
        self.at_b(two)
        self.at_a(one)
        port = self.at_a(two)
        events = [json.loads(told.readline()) for _ in range(5)]
        self.assertEqual({e["client"] for e in events}, {f"{two}:{port}"})
        self.assertEqual({e["server"] for e in events}, {"127.0.0.1:7100"})
        self.assertEqual({e.get("endpoint") for e in events}, {None, "a"})

    def test_slips(self):
        self.ctl("add", "another", "127.0.0.1", "7102")
        self.assertIn("did you mean 'another'?", self.fails(2, "trace", "--endpoint", "anotter"))
        for words in ("last",), ("--follow",):
            self.assertIn("unknown endpoint 'zzzz'",
                          self.fails(2, "trace", *words, "--endpoint", "zzzz"))
        self.assertIn("not contain a SYN from such a client",
                      self.fails(2, "trace", "last", "--endpoint", "b"))
        self.assertIn("expected an address or a prefix", self.fails(2, "trace", "--client", "x"))
        self.assertIn("require 'last' or 'all'", self.fails(2, "trace", "1", "--endpoint", "a"))
        self.assertIn("'last' or 'all'", self.fails(2, "trace", "x"))
        self.assertIn("or no argument for all", self.fails(2, "trace", "all", "--follow"))
        self.assertIn("expected UTF-8", self.fails(2, "trace", "--endpoint", "\udcff"))


if __name__ == "__main__":
    lab.main()
