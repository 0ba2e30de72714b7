#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A network that loses, duplicates and reorders segments in both directions: every octet is echoed,
and the same seed reproduces the same random events.

On a live network the random numbers depend on the order of all clients' segments, so a seed would
not reproduce them. Probabilities that a correct daemon fails:
- a segment is lost repeatedly for 60 s: with retransmission timeouts from 200 ms on it is sent 9
  times, and each direction loses 3 %: 3e5 segments * 0.06 ** 9 = 3e-9;
- none of the 8 connections of the replay has a fault of one kind in one direction: each sends at
  least 113 segments and 56 ACKs each way, at 2 %: 5 kinds * 0.98 ** 1352 = 7e-12;
- a replay with another seed stops each connection at the first segment of the client that it drops:
  7 of the 8 before their octets (SYN, ACK or first segment): 8 * 0.06 ** 7 = 2e-8; all of them
  before 23 segments with octets: at least 8 of 31 segments, 2e-7."""
import os
import random
import selectors
import signal
import subprocess
import time
import unittest

from lib import capture, frames, lab

MB = 1024 * 1024
CLIENTS = 200  # one half curl, one half ncat
OCTETS = MB  # of each client, each way
CHUNK = 32 * 1024

BEHAVIOUR = '''
behaviours = {
  bad-network = {
    summary = "Segments are lost, duplicated and delayed, in both directions";
    parameters = {
      chance = { type = "text"; default = "3%"; help = "of each mishap"; };
    };
    rules = (
      { on = "receive any"; if = { probability = "$chance"; }; drop = true; },
      { on = "receive any"; if = { probability = "$chance"; }; duplicate = 1; },
      { on = "receive any"; if = { probability = "$chance"; }; hold = "3ms"; },
      { on = "send any"; if = { probability = "$chance"; }; drop = true; },
      { on = "send any"; if = { probability = "$chance"; }; duplicate = 1; },
      { on = "send any"; if = { probability = "$chance"; }; delay = "3ms"; }
    );
  };
};
'''


def one_segment_a_frame(interface):
    """The client's kernel segments its data itself, so that a fault affects one segment."""
    lab.run("ip", "link", "set", interface, "gso_max_segs", "1")


class Client:
    """A program connected to the echo, with its data and its progress."""

    def __init__(self, command, data):
        self.name = command[0]
        self.data, self.sent, self.back = data, 0, 0
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        for end in self.process.stdin, self.process.stdout:
            os.set_blocking(end.fileno(), False)

    def feed(self):
        """Writes more data to the program. Returns false at the end of the data."""
        fd = self.process.stdin.fileno()
        self.sent += os.write(fd, self.data[self.sent:self.sent + CHUNK])
        return self.sent < len(self.data)

    def take(self):
        """Compares octets of the echo. Returns false at the end."""
        got = os.read(self.process.stdout.fileno(), 1 << 18)
        if not got or got != self.data[self.back:self.back + len(got)]:
            raise AssertionError(f"{self.name}: wrong octets from {self.back} on: {got[:99]}")
        self.back += len(got)
        return self.back < len(self.data)

    def finish(self):
        """ncat exits with the connection; curl's telnet does not, because the responder does not
        close first."""
        if self.name == "curl":
            self.process.terminate()
        more = self.process.stdout.read()
        return self.process.wait(20), more or b"", self.process.stderr.read()

    def close(self):
        self.process.kill()
        self.process.wait()
        for end in self.process.stdin, self.process.stdout, self.process.stderr:
            end.close()


def pump(clients, seconds):
    """Feeds all clients at the same time until each has its whole echo."""
    waiting = selectors.DefaultSelector()
    for c in clients:
        waiting.register(c.process.stdin, selectors.EVENT_WRITE, c.feed)
        waiting.register(c.process.stdout, selectors.EVENT_READ, c.take)
    end = time.monotonic() + seconds
    while waiting.get_map():
        ready = waiting.select(max(0, end - time.monotonic()))
        if not ready:
            behind = [(c.name, c.sent, c.back) for c in clients if c.back < len(c.data)]
            raise AssertionError(f"not within {seconds} s: {behind}")
        for key, _ in ready:
            if key.data():
                continue
            waiting.unregister(key.fileobj)
            if key.events == selectors.EVENT_WRITE:
                key.fileobj.close()  # curl waits for the end of its input, and reads nothing before


def octets(seed, count):
    """Returns pseudo-random octets without CR, which curl's telnet treats as the start of CR
    NUL."""
    return random.Random(seed).randbytes(count).replace(b"\r", b"\n")


class Lossy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, sample=8 << 20)
        cls.addClassCleanup(cls.lab.close)
        one_segment_a_frame("eth0")
        cls.path = cls.lab.directory
        cls.body = BEHAVIOUR + f'''
trace_size = "64M";
endpoints = (
  {{ name = "lossy"; address = "{cls.lab.v4}"; ports = "7000"; service = "echo";
     behaviour = "bad-network"; rto_initial = "300ms"; rto_min = "200ms"; window = 2097152; }},
  {{ name = "same"; address = "{cls.lab.v4}"; ports = "7001"; service = "echo";
     behaviour = "bad-network=2%"; rto_initial = "300ms"; rto_min = "200ms"; window = 2097152;
     isn = 1000000; timestamp_offset = 1; }}
);
'''
        cls.config = cls.lab.config(cls.body)
        cls.lab.start(cls.config, "--seed", "20")

    def clients(self, count, port, size):
        """Starts clients, one half curl, one half ncat, each with octets of its own. They connect,
        and wait for octets."""
        self.seed = random.randrange(2**32)
        print(f"seed of the octets: {self.seed}", flush=True)
        curl = "curl", "-sS", "-N", f"telnet://{self.lab.v4}:{port}"
        ncat = "ncat", self.lab.v4, str(port)
        all_of_them = []
        for i in range(count):
            c = Client(ncat if i % 2 else curl, octets(f"{self.seed}-{i}", size))
            all_of_them.append(c)
            self.addCleanup(c.close)
        return all_of_them

    def established(self):
        return len(self.lab.ctl("connections", "--state", "ESTABLISHED"))

    def converse(self, count, port, size, seconds):
        clients = self.clients(count, port, size)
        lab.wait_for("all connections", lambda: self.established() == count, 60)
        begun = time.monotonic()
        pump(clients, seconds)
        took = time.monotonic() - begun
        for c in clients:
            code, more, said = c.finish()
            self.assertEqual((more, said), (b"", b""), c.name)
            self.assertEqual(code, -signal.SIGTERM if c.name == "curl" else 0)
        lab.wait_for("the end of all connections", lambda: not self.lab.ctl("connections"), 60)
        return took

    def test_every_octet_comes_back(self):
        took = self.converse(CLIENTS, 7000, OCTETS, 200)
        status = self.lab.ctl("status")
        print(f"{CLIENTS} clients, {OCTETS} octets each way: {took:.1f} s, "
              f"{CLIENTS * OCTETS / MB / took:.1f} MB/s each way", flush=True)
        print({name: n for name, n in status["counters"].items() if n}, status["links"][1],
              flush=True)
        self.assertEqual(status["connections"] + status["half_open"], 0)
        self.assertGreater(status["counters"]["dropped-by-rule"], 1000)
        for link in status["links"]:
            self.assertEqual((link["counters"]["failed-out"], link["last_error"]), (0, None))

    def mishaps_happened(self, received):
        """Expects each fault in both directions."""
        connections = self.lab.ctl("trace", "last")["id"]
        seen = set()
        for i in range(connections - 7, connections + 1):
            seen |= {(s["direction"], s["fate"]) for s in self.lab.ctl("trace", i)["segments"]}
        self.assertLessEqual({("in", "dropped"), ("in", "held"), ("in", "released"),
                              ("out", "dropped"), ("out", "delayed")}, seen)
        self.assertGreater(len(received), len(set(received)), "no duplicate segment")

    def replayed(self, client, seed, name):
        out = self.path / name
        done = subprocess.run([lab.SYNACKD, "--config", self.config, "--replay", client, "--write",
                               out, "--no-verify-checksums", "--seed", str(seed)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out.read_bytes(), done.stderr

    def test_same_seed_same_trace(self):
        watch = capture.Capture("eth0")
        self.converse(8, 7001, 160 * 1024, 60)
        seen = [f for f in watch.stop() if f[2][12:14] == b"\x08\x00"]
        self.assertLessEqual(max(len(frame) for _, _, frame in seen), 1514)
        sent = [(when, frame) for when, ours, frame in seen if ours]
        self.mishaps_happened([frame for _, ours, frame in seen if not ours])
        frames.write_pcap(self.path / "client.pcap", sent)
        first, said = self.replayed(self.path / "client.pcap", 1, "1.pcap")
        again, _ = self.replayed(self.path / "client.pcap", 1, "2.pcap")
        other, _ = self.replayed(self.path / "client.pcap", 2, "3.pcap")
        print(said, end="", flush=True)
        self.assertTrue(first == again, "the same seed gave another answer")
        self.assertFalse(first == other, "another seed gave the same answer")
        # The replay contains a conversation, not only resets.
        _, answer = frames.read_pcap(self.path / "1.pcap")
        segments = [frames.Segment(frame[14:]) for _, frame in answer]
        self.assertGreater(sum(len(s.payload) for s in segments), 32 * 1024)
        self.assertGreater(len({s.dport for s in segments if s.payload}), 1)


if __name__ == "__main__":
    lab.main()
