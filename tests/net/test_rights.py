#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The daemon with CAP_NET_RAW and no other capability."""
import os
import random
import socket
import subprocess
import unittest

from lib import frames, kernel, lab

NET_RAW = 1 << 13


def rights(*capabilities):
    """For `inside`: a command that keeps only these capabilities. The user stays root, with read
    access to the build tree."""
    names = ",".join(["-all", *(f"+{c}" for c in capabilities)])
    return "setpriv", f"--inh-caps={names}", f"--bounding-set={names}"


def status_of(pid):
    """Yields the kernel's status of each thread."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            yield dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


class NetRawAlone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = random.randrange(20000, 30000)
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        places = [f'{{ name = "{name}{family}"; address = "{address}"; ports = "{port}"; {keys} }}'
                  for family, address in ((4, cls.lab.v4), (6, cls.lab.v6))
                  for name, port, keys in (("echo", cls.port, 'service = "echo";'),
                                           ("silent", cls.port + 1, 'closed = "silence";'),
                                           ("low", 80, ""))]
        cls.lab.start(cls.lab.config(f"endpoints = ( {', '.join(places)} );"),
                      inside=rights("net_raw"))

    def test_it_has_no_more(self):
        for status in status_of(self.lab.pid()):
            for name in "CapPrm", "CapEff", "CapBnd":
                self.assertEqual(int(status[name], 16), NET_RAW, name)

    def test_clients_are_answered(self):
        for address in self.lab.v4, self.lab.v6:
            for _ in range(10):
                with socket.create_connection((address, self.port), 5) as s:
                    words = os.urandom(1000)
                    s.sendall(words)
                    self.assertEqual(lab.receive(s, len(words)), words)

    def test_it_gains_none(self):
        self.assertEqual({status["NoNewPrivs"] for status in status_of(self.lab.pid())}, {"1"})

    def test_a_missing_right_is_reported(self):
        problems = {e["name"]: e["problem"] for e in self.lab.ctl("endpoints")}
        self.assertEqual({name for name, problem in problems.items() if problem}, {"low4", "low6"})
        self.assertIn("port 80 of 10.77.0.1: missing capability CAP_NET_BIND_SERVICE",
                      problems["low4"])
        self.assertIn("CAP_NET_BIND_SERVICE", self.lab.logged())

    def test_the_kernel_is_quiet(self):
        """The kernel answers no segment to a guarded port, where the responder is silent, too."""
        options = (b"", b"\2\4\5\xb4", b"\x13\x12" + os.urandom(16), b"\x1d\x10" + os.urandom(14),
                   b"\x13\x12" + os.urandom(16) + b"\x1d\x10" + os.urandom(14), b"\x22\2",
                   b"\x13\0")
        mac = kernel.mac_of(kernel.link(self.lab.server)["address"])
        for own, peer in ("10.77.0.2", self.lab.v4), ("fd77::2", self.lab.v6):
            with socket.create_connection((peer, self.port), 5):
                pass  # makes the server's kernel learn the client's link address
            watch = kernel.Watch()
            client = frames.RawClient("eth0", own, peer, self.port + 1, 0, 0, mac)
            self.addCleanup(client.close)
            for flags in range(64):
                for option in options:
                    client.sport = random.randrange(1024, 65536)
                    client.isn = random.getrandbits(32)
                    client.send(flags, 0, random.getrandbits(32), options=option,
                                payload=b"x" * (flags % 3))
            # The kernel answers the last SYN, because its port is not guarded.
            client.sport, client.dport = random.randrange(1024, 65536), self.port + 2
            client.send(frames.SYN, 0)
            self.assertTrue(client.receive().flags & frames.RST)
            said = [s for _, s in watch.segments() if (s.src, s.sport) == (peer, self.port + 1)]
            self.assertEqual(len(said), 0, [f"{s.flags:02x}" for s in said])


ALL = ("net_raw", "net_admin", "net_bind_service", "setuid", "setgid", "setpcap", "chown",
       "sys_time")


class Drop(unittest.TestCase):
    """The daemon drops rights that it does not need, and exits if it cannot."""

    def setUp(self):
        self.lab = lab.Lab(f"{self.__class__.__name__}.{self.id().rpartition('.')[2]}")
        self.addCleanup(self.lab.close)
        self.path = self.lab.config('catalogues = ( { name = "c"; address = "10.77.0.1"; '
                                    'base = 7000; } );')

    def kept(self, *options, inside):
        """Returns the capabilities of the daemon: {(name, value)} of all threads."""
        self.lab.start(self.path, *options, inside=inside)
        with socket.create_connection((self.lab.v4, 7001), 5):
            pass
        threads = list(status_of(self.lab.pid()))
        self.assertGreater(len(threads), 1)
        return {(name, status[name]) for status in threads
                for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb", "Uid", "Groups")}

    def caps(self, bounding, *more):
        return {("CapPrm", f"{0x3400:016x}"), ("CapEff", f"{0x3400:016x}"),
                ("CapAmb", f"{0:016x}"), ("CapBnd", f"{bounding:016x}"), *more}

    def test_the_socket_goes(self):
        self.lab.control = self.lab.directory / "made" / "control"
        self.kept("--user", "nobody", inside=rights(*ALL))
        self.lab.stop()
        self.assertEqual(list(self.lab.control.parent.iterdir()), [])

    def test_user(self):
        self.assertEqual(self.kept("--user", "nobody", inside=rights(*ALL)),
                         self.caps(0, ("Uid", "65534\t65534\t65534\t65534"), ("Groups", " ")))

    def test_root(self):
        self.assertLessEqual(self.caps(0, ("Uid", "0\t0\t0\t0")),
                             self.kept(inside=rights(*ALL)))

    def refused(self, *options, inside):
        self.lab.kill()
        done = subprocess.run(["ip", "netns", "exec", self.lab.server, *inside, lab.SYNACKD,
                               "--config", self.path, "--control",
                               self.lab.directory / "other", *options],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_it_fails_closed(self):
        self.kept(inside=())  # also for a packet of the responder in the capture
        for missing in "setuid", "setgid", "setpcap":
            left = rights(*(c for c in ALL if c != missing))
            self.assertRegex(self.refused("--user", "nobody", inside=left),
                             "cannot switch to the user 'nobody' and drop privileges.*CAP_SETUID")
        self.assertIn("unknown user 'no-such-user'",
                      self.refused("--user", "no-such-user", inside=()))

    def test_without_net_raw(self):
        self.kept(inside=())
        self.assertIn("missing capability CAP_NET_RAW", self.refused(inside=rights("net_admin")))


if __name__ == "__main__":
    lab.main()
