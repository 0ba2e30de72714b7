#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The wall clock is set while frames are in transit. The kernel's clock is shared by all processes,
so the test moves the daemon's view of it: a preloaded library reads the offset from a file. Frames,
which the kernel stamps, appear to the daemon as stamped before the change."""
import json
import mmap
import os
import socket
import struct
import time
import unittest

from lib import lab, tolerances

HOUR = 3600 * 10**9
SHIM = r'''
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;

__attribute__((constructor)) static void start(void)
{
	int fd = open(getenv("CLOCK_OFFSET"), O_RDONLY);

	offset = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int result = (int)syscall(SYS_clock_gettime, id, t);

	if (result == 0 && id == CLOCK_REALTIME) {
		int64_t ns = t->tv_sec * 1000000000 + t->tv_nsec + *offset;

		t->tv_sec = ns / 1000000000;
		t->tv_nsec = ns % 1000000000;
	}
	return result;
}
'''
VIRTUAL = {4: "10.77.0.100", 6: "fd77::100"}


def endpoints():
    lines = []
    for v, own in (4, "10.77.0.1"), (6, "fd77::1"):
        for name, address in ("own", own), ("virtual", VIRTUAL[v]):
            lines.append(f'{{ name = "{name}{v}"; address = "{address}"; ports = "7"; '
                         'service = "echo"; }')
            lines.append(f'{{ name = "late-{name}{v}"; address = "{address}"; ports = "9"; '
                         'behaviour = "synack-delay=100ms"; service = "echo"; }')
    return f'''
suites = {{ one = {{ summary = "one";
  scenarios = ( {{ name = "good"; behaviour = "accept"; }} ); }}; }};
endpoints = ( {", ".join(lines)} );
'''


class Clock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        source = cls.lab.write("shim.c", SHIM)
        shim = cls.lab.directory / "shim.so"
        lab.run("cc", "-shared", "-fPIC", "-o", shim, source)
        path = cls.lab.directory / "offset"
        path.write_bytes(bytes(8))
        with open(path, "r+b") as f:
            cls.offset = mmap.mmap(f.fileno(), 8)
        cls.addClassCleanup(cls.offset.close)
        # The daemon's clock starts an hour behind, so frames are stamped an hour ahead.
        cls.set_clock(-HOUR)
        cls.lab.start(cls.lab.config(endpoints()), inside=(
            "env", f"LD_PRELOAD={shim}", f"CLOCK_OFFSET={path}",
            "ASAN_OPTIONS=verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")))

    @classmethod
    def set_clock(cls, offset):
        cls.offset[:] = struct.pack("=q", offset)

    def addresses(self):
        return [self.lab.v4, self.lab.v6, *VIRTUAL.values()]

    def connect(self, address, port):
        sock = socket.create_connection((address, port), timeout=lab.PATIENCE)
        self.addCleanup(sock.close)
        return sock

    def echoes(self, sock):
        sock.sendall(b"echo")
        self.assertEqual(lab.receive(sock, 4), b"echo")

    def check_timers(self, address):
        """A held SYN is released at its time, not with the next event."""
        began = time.monotonic()
        self.echoes(self.connect(address, 9))
        self.assertGreaterEqual(time.monotonic() - began, 0.1 - tolerances.EARLY)

    def test_timers_go_on(self):
        """The clock is set back, right again, and forward; open connections survive."""
        socks = []
        for offset in -HOUR, 0, HOUR, -24 * HOUR, 0, -HOUR:
            self.set_clock(offset)
            for address in self.addresses():
                socks.append(self.connect(address, 7))
                self.check_timers(address)
            for sock in socks:
                self.echoes(sock)
        log = self.lab.logged()
        self.assertIn("wall clock: set back", log)
        self.assertIn("wall clock: set forward", log)

    def test_times_that_are_shown(self):
        """Ages and remaining times use one clock, not the difference of two."""
        sock = self.connect(self.lab.v4, 7)
        self.set_clock(HOUR)
        self.echoes(sock)
        self.lab.ctl("add", "more", "10.77.0.1", "7100", "--for", "1000s")
        try:
            for offset in -HOUR, HOUR, 0:
                self.set_clock(offset)
                self.echoes(sock)
                more, = (e for e in self.lab.ctl("diff") if e["name"] == "more")
                self.assertTrue(0 < more["left_ns"] <= 1000 * 10**9, more)
                self.assertRegex(self.lab.ctl_raw("diff").stdout,
                                 r"(?m)^more .* 1\d min( \d+ s)? *$")
                for each in self.lab.ctl("connections"):
                    self.assertTrue(0 <= each["age_ns"] < HOUR // 2, each)
                self.assertNotRegex(self.lab.ctl_raw("connections").stdout, r"\d h")
                now = self.lab.ctl("status")["now"]
                self.assertLess(abs(now + HOUR - time.time_ns()), HOUR // 2)
        finally:
            self.lab.ctl("remove", "more")

    def test_judge_finds_its_connections(self):
        """The clocks of the daemon and of synackctl differ by an hour."""
        self.set_clock(0)
        answer = self.lab.ctl_raw("--json", "judge", "--suite", "one", "--live", self.lab.v4,
                                  "--kernel")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        card = json.loads(answer.stdout)
        self.assertEqual([c["scenario"] for c in card["connections"]], ["good"])
        again = json.loads(self.lab.ctl_raw("--json", "judge", "--suite", "one", "--live",
                                            self.lab.v4, "--kernel").stdout)
        self.assertEqual(len(again["connections"]), 1)


if __name__ == "__main__":
    lab.main()
