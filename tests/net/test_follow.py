#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Followers receive events as they occur, and a slow reader delays no other client."""
import json
import select
import signal
import socket
import subprocess
import threading

from lib import lab
from lib.live import Live
from lib.users import become


class Following(Live):
    def follow(self, *words, **more):
        """Starts a command that follows, and waits until the daemon has registered it."""
        before = self.ctl("status")["followers"]
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, *words,
                                    "--follow"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, **more)
        self.addCleanup(self.end, process)
        lab.wait_for("a follower", lambda: self.ctl("status")["followers"] > before)
        return process

    def end(self, process):
        process.kill()
        process.communicate()

    def raw_follow(self, **params):
        """Returns a connection that the daemon has confirmed as a follower."""
        sock = self.lab.connect_control()
        self.addCleanup(sock.close)
        stream = sock.makefile("r")
        stream.readline()
        sock.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "follow",
                                 "params": params}).encode() + b"\n")
        return stream, json.loads(stream.readline())

    def events(self, stream, until, told=None):
        """Returns the events up to the first for which until(event) is true; also appends them to
        `told`."""
        told = [] if told is None else told
        while not told or not until(told[-1]):
            told.append(json.loads(stream.readline())["params"])
        return told

    def test_trace(self):
        before = self.connect(7100)
        earlier = "127.0.0.1:%d" % before.getsockname()[1]
        before.close()
        lab.wait_for("its end", lambda: not self.ctl("connections"))
        process = self.follow("--json", "trace")
        sock = self.connect(7100)
        client = "127.0.0.1:%d" % sock.getsockname()[1]
        told = []
        while not told or told[-1].get("to") != "ESTABLISHED":
            event = json.loads(process.stdout.readline())
            self.assertNotEqual(event["client"], earlier)
            if event["client"] == client:  # others may be left of an earlier daemon
                told.append(event)
        packets = [e for e in told if "direction" in e]
        self.assertEqual([e["flags"] for e in packets], ["S", "S.", "."])
        self.assertEqual({e["server"] for e in told}, {"127.0.0.1:7100"})
        self.assertEqual(len({e["id"] for e in told}), 1)
        self.assertTrue(packets[1]["notation"].startswith("S. 0:0(0) ack 1 "))
        moves = [e for e in told if e.get("kind") == "state"]
        self.assertEqual([(e["from"], e["to"]) for e in moves],
                         [("LISTEN", "SYN-RECEIVED"), ("SYN-RECEIVED", "ESTABLISHED")])
        self.assertEqual({(e["endpoint"], e["behaviour"]) for e in moves}, {("a", "accept")})

    def test_lines_for_people(self):
        process = self.follow("trace")
        self.assertFalse(self.opens(7101))
        stamp = r"^\d\d:\d\d:\d\d\.\d{6} +\d+ +127\.0\.0\.1:"
        line = process.stdout.readline()
        self.assertRegex(line, stamp +
                         r"\d+ > 127\.0\.0\.1:7101  S 0:0\(0\) win .* answered by refuse$")
        # Relative to the SYN's sequence number, although there was no connection.
        self.assertRegex(process.stdout.readline(),
                         stamp + r"7101 > 127\.0\.0\.1:\d+  R\. 0:0\(0\) ack 1 ")

    def test_one_connection(self):
        one, other = self.connect(7100), self.connect(7100)
        client = "127.0.0.1:%d" % one.getsockname()[1]
        number = next(c["id"] for c in self.ctl("connections") if c["client"] == client)
        process = self.follow("--json", "trace", str(number))
        other.sendall(b"other")
        other.recv(10)
        one.sendall(b"one")
        event = json.loads(process.stdout.readline())
        self.assertEqual((event["id"], event["length"]), (number, 3))

    def test_connections(self):
        process, some = self.follow("connections"), self.follow("connections", "--state",
                                                                "established")
        self.ctl("next", "127.0.0.1", "synack-delay=50ms")
        self.connect(7100)
        self.assertRegex(process.stdout.readline(),
                         r"> 127.0.0.1:7100  LISTEN -> SYN-RECEIVED  a, synack-delay=50ms$")
        self.assertRegex(process.stdout.readline(), "SYN-RECEIVED -> ESTABLISHED")
        self.assertRegex(some.stdout.readline(), "SYN-RECEIVED -> ESTABLISHED")

    def test_ends(self):
        process, piped = self.follow("trace"), self.follow("trace")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), -signal.SIGINT)
        piped.stdout.close()
        self.connect(7100)
        self.assertEqual(piped.wait(10), -signal.SIGPIPE)
        left = self.follow("connections")
        self.lab.stop()
        self.assertEqual(left.wait(10), 3)
        self.assertIn("synackd has exited", left.stderr.read())

    def test_a_burst_reaches_a_reader(self):
        """It is larger than the output of a client, and the daemon reads it in one turn."""
        stream, _ = self.raw_follow(what="trace", endpoint="a")
        told, socks = [], [self.connect(7100) for _ in range(100)]
        ends = {"%s:%d" % sock.getsockname() for sock in socks}

        def is_last(event):
            ends.discard(event.get("client") if event.get("to") == "CLOSE-WAIT" else None)
            return not ends

        reader = threading.Thread(target=self.events, args=(stream, is_last, told))
        reader.start()
        for _ in range(50):
            for sock in socks:
                sock.sendall(b"x")
            for sock in socks:
                sock.recv(1)
        for sock in socks:
            sock.shutdown(socket.SHUT_WR)
        reader.join(lab.PATIENCE)
        self.assertFalse(reader.is_alive())
        self.assertEqual([e for e in told if "lost" in e], [])
        self.assertEqual(sum(e.get("length") == 1 for e in told), 2 * 50 * 100)

    def test_a_slow_reader_receives_the_count_of_lost_events(self):
        fast, answer = self.raw_follow(what="trace")
        self.assertEqual(answer["result"], {"following": "trace"})
        slow, _ = self.raw_follow(what="trace")
        counted = []
        self.ctl("set", "b", "accept")

        def is_last(event):
            return event.get("to") == "ESTABLISHED" and event["endpoint"] == "b"

        reader = threading.Thread(target=self.events, args=(fast, is_last, counted))
        reader.start()
        memory = self.memory()
        for i in range(800):
            sock = self.connect(7100)
            sock.sendall(b"x" * 100)
            sock.recv(100)
            if i % 10 == 0:  # the fast reader keeps up on a busy machine, too
                client = "%s:%d" % sock.getsockname()
                lab.wait_for("it", lambda: client in {e.get("client") for e in counted[-200:]})
            sock.close()
        told = self.events(slow, lambda e: "lost" in e)
        self.assertGreater(told[-1]["lost"], 100)
        if not lab.SANITIZED:  # a sanitizer keeps more
            self.assertLess(self.memory() - memory, 8 * 1024)
        self.connect(7101)
        told += self.events(slow, is_last)
        reader.join(30)
        self.assertFalse(reader.is_alive())
        self.assertNotIn("lost", {key for e in counted for key in e})
        self.assertEqual(sum(e.get("lost", 1) for e in told), len(counted))

    def memory(self):
        """Returns the memory of the daemon, in KB."""
        with open(f"/proc/{self.lab.pid()}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def test_slips(self):
        self.assertIn("expected an ID, or no argument", self.fails(2, "trace", "last",
                                                                      "--follow"))
        self.assertIn("unknown connection 999999", self.fails(2, "trace", "999999", "--follow"))
        self.assertIn("did you mean", self.fails(2, "connections", "--follow", "--state",
                                                 "establshed"))
        self.assertIn("expected connections or trace",
                      self.raw_follow(what="segments")[1]["error"]["message"])

    def test_as_another_user(self):
        """Read access suffices to follow."""
        self.assertEqual(self.as_user("nobody", [], "status").returncode, 0)
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "connections",
                                    "--follow"], stdout=subprocess.PIPE, text=True,
                                   preexec_fn=become("nobody"))
        self.addCleanup(self.end, process)

        def seen():
            self.opens(7100)
            return select.select([process.stdout], [], [], 0.1)[0]
        lab.wait_for("an event", seen)
        self.assertRegex(process.stdout.readline(), " -> .*  a, accept$")


if __name__ == "__main__":
    lab.main()
