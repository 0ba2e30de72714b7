#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The captures of bench/instructions: tshark decodes the frames as intended, synackd gives the
expected answers, and a row fails if it does not."""
import dataclasses
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import callgrind
import captures
import ceilings
import instruction_rows
from captures import ACK, FIN, MS, PSH, SYN
from lib import lab, outcome

FIELDS = ("frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "tcp.srcport", "tcp.dstport",
          "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len", "tcp.options.timestamp.tsval",
          "tcp.options.timestamp.tsecr", "tcp.options.mss_val", "tcp.options.wscale.shift",
          "tcp.options.sack_perm", "tcp.window_size_value", "tcp.checksum.status",
          "ip.checksum.status", "_ws.malformed")
ROWS = {row.name: row for row in instruction_rows.ROWS}


def decode(path):
    """Returns the fields of each frame, as tshark reads them."""
    done = subprocess.run(
        ["tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
         "-T", "fields", *(word for field in FIELDS for word in ("-e", field))],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)

    def replay(self, row, units, config=None):
        """Replays a row without callgrind. Returns its faults."""
        (self.folder / "config").write_text(config or row.config, encoding="ascii")

        def answers():
            return callgrind.replay(lab.BUILD / "daemon/synackd", self.folder, row.drain)[1]
        try:
            captures.complete(lambda capture: row.build(capture, units), self.folder / "in.pcap",
                              answers, {})
        except captures.MissingAnswers as missing:
            return str(missing)
        return instruction_rows.faults(row, units, answers())


class Captures(Case):
    def write(self, *segments, address=b"\x0a\x42\1\2", server=instruction_rows.SERVER,
              options=captures.LINUX):
        """Writes the segments of a client that knows the ISN 5000 and the timestamp 77. Returns the
        decoded frames."""
        known = captures.Known()
        known.ends, known.tsval = [5001], 77
        capture = captures.Capture({(address, 40000, server, 7): known})
        client = captures.Client(capture, address, server, options=options)
        client.syn(0)
        for segment in segments:
            client.segment(**segment)
        self.assertTrue(capture.complete)
        capture.write(self.folder / "in.pcap")
        decoded = decode(self.folder / "in.pcap")
        for frame in decoded:
            self.assertEqual((frame["tcp.checksum.status"], frame["_ws.malformed"]), ("1", ""))
        return client, decoded

    def test_segments(self):
        client, (syn, ack, data, fin) = self.write(
            {"when": MS}, {"when": 2 * MS, "flags": ACK | PSH, "payload": b"abc", "beyond": 9},
            {"when": 3 * MS, "flags": ACK | FIN, "window": 99})
        isn = client.next - 5
        for number, (frame, flags, seq, acknowledged, octets, window) in enumerate((
                (syn, SYN, isn, 0, 0, 64240), (ack, ACK, isn + 1, 5001, 0, 64240),
                (data, ACK | PSH, isn + 1, 5010, 3, 64240),
                (fin, ACK | FIN, isn + 4, 5001, 0, 99))):
            self.assertEqual(
                [int(frame[field], 0) for field in (
                    "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.srcport",
                    "tcp.dstport", "tcp.window_size_value", "tcp.options.timestamp.tsval",
                    "tcp.options.timestamp.tsecr", "ip.checksum.status")],
                [flags, seq, acknowledged, octets, 40000, 7, window, 1000 + number,
                 77 if number else 0, 1])
            self.assertEqual((frame["ip.src"], frame["ip.dst"]), ("10.66.1.2", "10.66.255.1"))
            self.assertEqual(round(float(frame["frame.time_epoch"]) * 1000),
                             captures.START // MS + number)
        self.assertEqual((syn["tcp.options.mss_val"], syn["tcp.options.wscale.shift"]),
                         ("1460", "7"))
        self.assertTrue(syn["tcp.options.sack_perm"])

    def test_ipv6_and_only_an_mss(self):
        server = instruction_rows.SERVER6
        _, (syn, ack) = self.write({"when": MS}, address=server[:-1] + b"\2", server=server,
                                   options=captures.MSS)
        self.assertEqual(syn["ipv6.src"], "fd66::ff:2")
        self.assertEqual(syn["tcp.options.mss_val"], "1460")
        for frame in syn, ack:
            self.assertEqual(frame["tcp.options.timestamp.tsval"], "")

    def test_a_segment_waits_for_its_answer(self):
        capture = captures.Capture({})
        client = captures.Client(capture, b"\x0a\x42\1\2", instruction_rows.SERVER)
        client.syn(0)
        client.segment(1)
        self.assertEqual((len(capture.frames), capture.complete), (1, False))

    def test_answers(self):
        """read_answers() reads the same as tshark."""
        for name in "syn", "syn-v6", "syn-mss", "http", "chargen":
            self.assertEqual(self.replay(ROWS[name], 3), "")
            read = captures.read_answers(self.folder / "out.pcap")
            decoded = decode(self.folder / "out.pcap")
            self.assertEqual(len(read), len(decoded))
            for answer, frame in zip(read, decoded):
                self.assertEqual(
                    (answer.flags, answer.seq, answer.octets, answer.client_port, answer.port,
                     answer.tsval),
                    tuple(int(frame[field] or "0", 0) for field in (
                        "tcp.flags", "tcp.seq_raw", "tcp.len", "tcp.dstport", "tcp.srcport",
                        "tcp.options.timestamp.tsval")))


# Units of a row in a test, if not 50: here two retransmissions of each SYN-ACK.
UNITS = {"retransmission": 2 * instruction_rows.PLAIN_FEW}


class Rows(Case):
    def test_expected_answers(self):
        for row in ROWS.values():
            if not row.long:
                with self.subTest(row.name):
                    self.assertEqual(self.replay(row, UNITS.get(row.name, 50)), "")

    def test_large_rows_are_like_small_ones(self):
        self.assertEqual(self.replay(instruction_rows.held_row(2_000, 0, 0), 3_000), "")
        row = dataclasses.replace(ROWS["ack-half-open"], answers=lambda units: {
            "S.": 1_001, "P. 1": 1}, build=instruction_rows.acks_among_half_open(1_000))
        self.assertEqual(self.replay(row, 50), "")

    def test_a_row_without_its_answers_fails(self):
        """Each row fails if the endpoints do not answer its clients."""
        for row in ROWS.values():
            if not row.long:
                with self.subTest(row.name):
                    config = re.sub(r"clients = \( .*\);", 'clients = ( "10.9.9.9" );', row.config)
                    self.assertNotEqual(config, row.config)
                    counted = row.name.startswith(("syn", "held", "refused", "retransmission"))
                    self.assertIn("expected" if counted else "answers are missing",
                                  self.replay(row, 50, config))

    def test_a_segment_outside_a_connection_is_a_fault(self):
        row = ROWS["ack-1"]

        def build(capture, units):
            row.build(capture, units)
            known = captures.Known()
            known.ends.append(1)
            stray = captures.Client(capture, b"\x0a\x42\7\7", instruction_rows.SERVER)
            stray.known = known
            stray.segment(0)
        self.assertEqual(self.replay(dataclasses.replace(row, build=build), 50),
                         "1 answers 'R', expected 0")

    def test_an_ignored_frame_is_a_fault(self):
        row = ROWS["syn"]

        def build(capture, units):
            row.build(capture, units)
            when, frame = capture.frames[-1]
            capture.frames[-1] = when, frame[:-1] + b"\xff"
        with self.assertRaisesRegex(callgrind.Failed, "1 packets ignored: tcp-checksum"):
            self.replay(dataclasses.replace(row, build=build), 50)

    def test_names(self):
        self.assertEqual(len(ROWS), len(instruction_rows.ROWS))
        self.assertLessEqual({row.beside for row in ROWS.values()} - {None}, set(ROWS))
        self.assertLessEqual({name for name, row in ROWS.items() if not row.long},
                             set(ceilings.read()))
        self.assertLessEqual(set(ceilings.read()), set(ROWS))


class Ceilings(Case):
    def test_faults(self):
        found = list(ceilings.faults({"a": 1031, "b": 1030, "c": 926, "d": 5},
                                     {"a": 1030, "b": 1030, "c": 1030}))
        self.assertEqual(len(found), 3)
        self.assertRegex(found[0], r"^a: 1,031 instructions, 1 \(0\.1%\) above the ceiling 1,030:")
        self.assertRegex(found[1], "^c: 926 instructions, far below the ceiling 1,030: lower it")
        self.assertRegex(found[2], "^d: no ceiling")

    def test_lower(self):
        file = self.folder / "ceilings"
        file.write_text("# a comment\nup 1000\ndown 1000\nold 7\nkept 5\n", encoding="ascii")
        ceilings.lower({"up": 2000, "down": 500, "new": 100}, ["new", "up", "down", "kept"], file)
        self.assertEqual(ceilings.read(file), {"new": 103, "up": 1000, "down": 515, "kept": 5})
        self.assertEqual(file.read_text(encoding="ascii").splitlines()[0], "# a comment")


class Callgrind(Case):
    def setUp(self):
        super().setUp()
        if not callgrind.supported():
            self.skipTest("valgrind on x86-64 is missing")

    def test_functions_of_libc_are_the_same_on_each_cpu(self):
        row = dataclasses.replace(ROWS["http"], few=1, many=2)
        _, profiles = callgrind.Bench(lab.BUILD, self.folder).measure(row)
        functions = callgrind.costs(profiles[1], "no")
        self.assertTrue([name for name in functions if "memcpy" in name or "memmove" in name])
        self.assertEqual([name for name in functions
                          if re.search("avx|evex|erms|ssse3|sse4|sse42", name)], [])

    def test_a_longer_run_costs_more(self):
        """Twice the units cost twice as much, and the functions add up to the whole."""
        numbers = {}
        for many in 400, 600:
            row = dataclasses.replace(ROWS["echo"], few=200, many=many)
            numbers[many], profiles = callgrind.Bench(
                lab.BUILD, self.folder / str(many)).measure(row)
        self.assertAlmostEqual(numbers[400] / numbers[600], 1, delta=0.01)
        functions = callgrind.most_expensive(*profiles, 400, "no", 10_000)
        self.assertAlmostEqual(sum(cost for _, cost in functions) / numbers[600], 1, delta=0.01)
        self.assertEqual(functions, sorted(functions, key=lambda f: -f[1]))

    def test_rows_share_a_run(self):
        bench = callgrind.Bench(lab.BUILD, self.folder)
        row = dataclasses.replace(ROWS["syn"], few=5, many=10)
        bench.measure_all([row, dataclasses.replace(row, name="other", many=15, goal=1)])
        self.assertEqual(len(bench.runs), 3)
        self.assertEqual(len(list(self.folder.glob("*/profile"))), 3)


if __name__ == "__main__":
    if not shutil.which("tshark"):
        outcome.skip("tshark is missing")
    outcome.main()
