#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Secrets that a client must not predict: ISNs, timestamps and Fast Open cookies do not follow from
the seed that the log and `status` show. Without secrets from the kernel, the daemon does not
start."""
import os
import random
import socket
import struct
import subprocess
import time
import unittest

from lib import frames, lab

PORTS = 8  # of the client, to each address
SLACK = 1.0  # delay of the machine, in seconds
ISN_TICK, TIMESTAMP_TICK = 4e-6, 1e-3
OPTIONS = (b"\x02\x04\x05\xb4"  # MSS 1460
           b"\x08\x0a\0\0\0\x01\0\0\0\0\x01\x01"  # timestamps
           b"\x22\x02\x01\x01")  # Fast Open: request a cookie
REFUSE = '''
#include <errno.h>
#include <sys/random.h>
ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
	(void)buffer, (void)size, (void)flags;
	errno = ENOSYS;
	return -1;
}
'''


def options_of(segment):
    """Returns the options as {kind: octets}."""
    found, rest = {}, segment.options
    while rest and rest[0]:
        if rest[0] == 1:
            rest = rest[1:]
            continue
        found[rest[0]] = rest[2:rest[1]]
        rest = rest[rest[1]:]
    return found


def foreseen(first, second, tick):
    """Returns true if the number of the second answer is that of the first, plus the time that has
    elapsed. Probability of a random hit: (2 * SLACK + duration of both) / tick / 2^32: 5e-4 for 4
    us and 6 s."""
    (number, sent, came), (later, sent_later, came_later) = first, second
    least = (sent_later - came - SLACK) / tick
    passed = (later - number - int(least)) % 2**32
    return passed < (came_later - sent - sent_later + came + 2 * SLACK) / tick


class Case(unittest.TestCase):
    SAMPLE = None  # octets of the capture; 0: none

    def setUp(self):
        self.lab = lab.Lab(f"{type(self).__name__}.{self._testMethodName}", sample=self.SAMPLE)
        self.addCleanup(self.lab.close)
        self.virtual = "10.77.0.9", "fd77::9"
        self.addresses = [self.lab.v4, self.lab.v6, *self.virtual]
        lines = [f'{{ name = "at{i}"; address = "{a}"; ports = "7"; service = "echo"; '
                 'fast_open = true; }' for i, a in enumerate(self.addresses)]
        self.config = self.lab.config(f'endpoints = ( {", ".join(lines)} );\n')

    def refusing(self):
        """Returns an environment in which the kernel supplies no secrets."""
        shim = self.lab.directory / "refuse.so"
        lab.run("cc", "-shared", "-fPIC", "-o", shim, self.lab.write("refuse.c", REFUSE))
        return ("env", f"LD_PRELOAD={shim}",
                "ASAN_OPTIONS=verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""))


class Secrets(Case):
    def answer(self, address, port, gateway):
        """Returns ISN, TSval and cookie of the SYN-ACK, and the times of the SYN and of the
        SYN-ACK."""
        source = "fd77::77" if ":" in address else "10.77.0.77"
        client = frames.RawClient("eth0", source, address, 7, port, 5, gateway)
        try:
            sent = time.time()
            client.send(frames.SYN, 0, options=OPTIONS)
            synack = lab.wait_for("a SYN-ACK", client.receive)
            came = time.time()
        finally:
            client.close()
        options = options_of(synack)
        self.assertEqual(synack.flags, frames.SYN | frames.ACK)
        return {"isn": (synack.seq, sent, came),
                "timestamp": (struct.unpack("!I", options[8][:4])[0], sent, came),
                "cookie": options[34]}

    def answers(self, seed, ports):
        self.lab.start(self.config, "--seed", seed)
        self.assertEqual(self.lab.ctl("status")["seed"], int(seed))
        found = [self.answer(address, port, self.lab.gateway(address))
                 for address in self.addresses for port in ports]
        self.lab.stop()
        return found

    def test_two_daemons_with_one_seed_have_other_secrets(self):
        seed, ports = str(random.getrandbits(48)), random.sample(range(1024, 60000), PORTS)
        first, second = self.answers(seed, ports), self.answers(seed, ports)
        for name, tick in ("isn", ISN_TICK), ("timestamp", TIMESTAMP_TICK):
            hits = sum(foreseen(a[name], b[name], tick) for a, b in zip(first, second))
            # Chance of 4 random hits in 32: (32 over 4) * 5e-4 ** 4 = 2e-9.
            self.assertLess(hits, 4, f"{name}: {hits} of {len(first)} follow from the seed")
        for a, b in zip(first, second):
            self.assertEqual(len(a["cookie"]), 8)
            self.assertNotEqual(a["cookie"], b["cookie"])  # chance of equality 2^-64

    def test_without_secrets_no_daemon_runs(self):
        for options in (), ("--seed", "7"):
            daemon = self.lab.start(self.config, *options, expect=False, inside=self.refusing())
            self.assertNotEqual(daemon.wait(lab.PATIENCE), 0)
            self.assertIn("getrandom: no keys for ISNs and cookies: Function not implemented: "
                          "allow this system call", self.lab.logged())
            with self.assertRaises(OSError):
                socket.create_connection((self.lab.v4, 7), 5)


class Replay(Case):
    SAMPLE = 0

    def test_a_replay_needs_a_seed_then(self):
        inside = self.refusing()
        capture = self.lab.directory / "in.pcap"
        frames.write_pcap(capture, [])
        for options, code in ((), 1), (("--seed", "7"), 0):
            done = subprocess.run([*inside, lab.SYNACKD, "--config", self.config,
                                   "--replay", capture, "--write",
                                   self.lab.directory / "out.pcap", *options],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(bool(done.returncode), bool(code), done.stderr)
            if code:
                self.assertEqual(done.stderr, "synackd: getrandom: no seed: Function not "
                                              "implemented: give one with --seed\n")


if __name__ == "__main__":
    lab.main()
