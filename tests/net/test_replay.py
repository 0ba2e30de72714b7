#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Real captures: the server's half is reproduced octet for octet, and follows other addresses,
ports and ISNs of the client."""
import pathlib
import random
import resource
import shutil
import subprocess
import tempfile
import unittest

from lib import frames, lab, outcome

CAPTURES = lab.SOURCE / "tests" / "captures"
NAMES = "kb172983-open", "kb172983-close", "wireshark-open", "wireshark-close"
UNVERIFIED = "wireshark-open", "wireshark-close"  # captured before checksum offload


def keep(name, out):
    """Keeps the capture for tests/decode.py."""
    place = lab.CAPTURES / "replay"
    place.mkdir(parents=True, exist_ok=True)
    replay.kept += 1
    shutil.copy(out, place / f"test_replay.{name}-{replay.kept}.pcap")


def replay(name, client, out):
    options = ["--no-verify-checksums"] if name in UNVERIFIED else []
    done = subprocess.run([lab.SYNACKD, "--config", lab.SOURCE / "conf/examples" / f"{name}.conf",
                           "--replay", client, "--write", out, *options],
                          capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr)
    replay.said = done.stderr
    keep(name, out)
    _, answer = frames.read_pcap(out)
    return answer


replay.kept = 0


def without_synack(answer):
    """The close captures begin with a synthetic SYN, whose SYN-ACK is not in the capture."""
    flags = frames.SYN | frames.ACK
    return [(t, f) for t, f in answer if frames.Segment(f[14:]).flags & flags != flags]


class Replay(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.directory.name)

    def tearDown(self):
        self.directory.cleanup()

    def answer(self, name, client):
        answer = replay(name, client, self.path / "out.pcap")
        return without_synack(answer) if name.endswith("close") else answer

    def test_byte_for_byte(self):
        for name in NAMES:
            with self.subTest(name):
                answer = self.answer(name, CAPTURES / f"{name}.client.pcap")
                _, expected = frames.read_pcap(CAPTURES / f"{name}.expected.pcap")
                self.assertEqual(len(answer), len(expected))
                for (when, frame), (right_time, right) in zip(answer, expected):
                    self.assertEqual(frames.without_ethernet(frame).hex(),
                                     frames.without_ethernet(right).hex())
                    self.assertLessEqual(abs(when - right_time), 1000)
                    self.assertEqual(frame[:12], right[:12] if name != "kb172983-close"
                                     else frame[:12])

    def test_twice_the_same(self):
        for name in NAMES:
            first = replay(name, CAPTURES / f"{name}.client.pcap", self.path / "1.pcap")
            self.assertEqual(first, replay(name, CAPTURES / f"{name}.client.pcap",
                                           self.path / "2.pcap"))

    def test_other_numbers(self):
        """Other addresses, ports and ISNs of the client: nothing in the answer is a constant."""
        chance = random.Random()
        for name in NAMES:
            _, client = frames.read_pcap(CAPTURES / f"{name}.client.pcap")
            _, expected = frames.read_pcap(CAPTURES / f"{name}.expected.pcap")
            source, server = (f"10.{chance.randrange(256)}.{chance.randrange(256)}.7",
                              f"172.16.{chance.randrange(256)}.9")
            sport, dport = chance.randrange(1024, 65536), chance.randrange(1, 65536)
            shift = chance.randrange(1, 2**32)
            later = chance.randrange(10**6) * 1000
            moved = []
            for when, frame in client:
                s = frames.Segment(frame[14:])
                moved.append((when + later, frame[:14] + frames.tcp(
                    source, server, sport, dport, s.flags, s.seq + shift, s.ack, s.window,
                    s.options, s.payload)))
            with self.subTest(name, sport=sport, dport=dport, shift=shift):
                frames.write_pcap(self.path / "in.pcap", moved)
                answer = self.answer(name, self.path / "in.pcap")
                self.assertEqual(len(answer), len(expected))
                for (when, frame), (right_time, right) in zip(answer, expected):
                    got, was = frames.Segment(frame[14:]), frames.Segment(right[14:])
                    self.assertLessEqual(abs(when - right_time - later), 1000)
                    self.assertTrue(got.good)
                    self.assertEqual((got.src, got.dst, got.sport, got.dport),
                                     (server, source, dport, sport))
                    self.assertEqual(got.ack, (was.ack + shift) % 2**32)
                    self.assertEqual((got.seq, got.flags, got.window, got.options, got.id, got.ttl,
                                      got.df), (was.seq, was.flags, was.window, was.options,
                                                was.id, was.ttl, was.df))

    def test_bad_files(self):
        config = lab.SOURCE / "conf/examples/kb172983-open.conf"
        (self.path / "empty").write_bytes(b"")
        (self.path / "text").write_text("this is no capture at all, not even nearly\n")
        for name in "empty", "text", "missing":
            done = subprocess.run([lab.SYNACKD, "--config", config, "--replay", self.path / name,
                                   "--write", self.path / "out"], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(name, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def answers_fail(self, out, why, **options):
        """The answers cannot be written to `out`: one line states it."""
        done = subprocess.run(
            [lab.SYNACKD, "--config", lab.SOURCE / "conf/examples/kb172983-open.conf", "--replay",
             CAPTURES / "kb172983-open.client.pcap", "--write", out],
            capture_output=True, text=True, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"synackd: cannot write {out}: {why}", done.stderr)
        self.assertEqual(done.stderr.count("cannot write"), 1)
        return done.stderr

    def test_no_room_for_the_answers(self):
        self.assertNotIn("replayed", self.answers_fail("/dev/full", "No space"))

    def test_room_for_a_part_of_the_answers(self):
        """The header of the capture fits, the answers do not."""
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
        # Python ignores SIGXFSZ; so does its child, which then receives EFBIG.
        self.assertIn("replayed", self.answers_fail(
            self.path / "out.pcap", "File too large", preexec_fn=limit, restore_signals=False))

    def test_broken_segments_are_counted(self):
        """Truncated, malformed and looping packets are harmless, and are counted by reason."""
        _, client = frames.read_pcap(CAPTURES / "kb172983-open.client.pcap")
        when, syn = client[0]
        chance = random.Random(1)
        broken = [(when, syn[:n]) for n in range(len(syn))]
        for _ in range(2000):
            frame = bytearray(syn)
            for _ in range(chance.randrange(1, 6)):
                frame[chance.randrange(14, len(frame))] = chance.randrange(256)
            broken.append((when, bytes(frame)))
        frames.write_pcap(self.path / "in.pcap", broken + client)
        answer = replay("kb172983-open", self.path / "in.pcap", self.path / "out.pcap")
        self.assertIn(frames.Segment(syn[14:]).seq + 1,
                      [frames.Segment(f[14:]).ack for _, f in answer])
        for reason in "truncated", "ip-checksum", "tcp-checksum", "not-tcp":
            self.assertRegex(replay.said, rf"[0-9]+ packets ignored: {reason}\n")


if __name__ == "__main__":
    outcome.main()
