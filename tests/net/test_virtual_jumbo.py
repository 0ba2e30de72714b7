#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Owned and virtual addresses with frames of more than 1500 octets."""
import unittest

from lib import lab
from lib.kernel import Watch, ping
from lib.virtual import OWN, VIRTUAL, connect, echo_size, without_offload


class Jumbo(unittest.TestCase):
    """Frames of 9000 octets, as on a physical link: the client leaves no work to its interface."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        for namespace in cls.lab.server, cls.lab.client:
            lab.run("ip", "-n", namespace, "link", "set", "eth0", "mtu", "9000")
        without_offload("eth0")
        # Timestamps would take octets of each segment's data.
        cls.lab.start(cls.lab.config("endpoints = (\n" + ",\n".join(
            f'{{ name = "{kind}{v}"; address = "{at[v]}"; ports = "7000"; service = "echo"; '
            'timestamps = false; }' for kind, at in (("own", OWN), ("virtual", VIRTUAL))
            for v in (4, 6)) + " );\n"))

    def segments(self, address):
        """Returns (longest from the client, longest from the responder, the MSS of each)."""
        watch = Watch()
        with connect(address) as sock:
            self.assertTrue(echo_size(sock, 300000), address)
        from_client, from_responder = [], []
        for _, s in watch.segments():
            (from_responder if s.src == address else from_client).append(s)
        return [(max(len(s.payload) for s in side),
                 int.from_bytes(side[0].options[2:4], "big")) for side in
                (from_client, from_responder)]

    def test_segments_fill_them(self):
        self.assertEqual({each["name"]: each["mtu"] for each in self.lab.ctl("status")["links"]
                          if each["name"] != "lo"}, {"eth0": 9000})
        for v, mss in (4, 8960), (6, 8940):
            for address in OWN[v], VIRTUAL[v]:
                with self.subTest(address):
                    self.assertEqual(self.segments(address), [(mss, mss)] * 2)

    def test_a_client_that_takes_less_gets_less(self):
        lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "mtu", "1500")
        try:
            for v, mss in (4, 1460), (6, 1440):
                for address in OWN[v], VIRTUAL[v]:
                    with self.subTest(address):
                        self.assertEqual(self.segments(address),
                                         [(mss, mss), (mss, mss + 7500)])
        finally:
            lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "mtu", "9000")

    def test_echo(self):
        for v, most in (4, 8972), (6, 8952):
            payload = bytes(i & 255 for i in range(most))
            self.assertEqual(ping(VIRTUAL[v], payload), payload)


if __name__ == "__main__":
    lab.main()
