#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Valid places of virtual addresses, and the clients that can reach them."""
import socket
import unittest

from lib import lab
from lib.virtual import connect


class Places(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)

    def start(self, path):
        self.lab.start(path)
        self.addCleanup(self.lab.stop)

    def problems(self, text):
        self.start(self.lab.config(text))
        return {e["name"]: e["problem"] for e in self.lab.ctl("endpoints")}

    def test_a_place_that_cannot_be_is_explained(self):
        where = {
            "far": ("192.0.2.9", "", "'interface'"),
            "far6": ("2001:db8::9", "", "'interface'"),
            "lo": ("192.0.2.9", 'interface = "lo";', "lo"),
            "lo6": ("::2", "", "'interface'"),
            "nowhere": ("192.0.2.9", 'interface = "nope0";', "nope0"),
            "mine": ("10.77.0.0/24", "", "10.77.0.1"),
            "all": ("0.0.0.0/0", 'interface = "eth0";', "an address of this host"),
            "loopback": ("127.7.0.0/24", "", "an address of this host"),
            "scope": ("fe80::77", "", "'interface'"),
            "broadcast": ("10.77.0.255", "", "broadcast address of a network of eth0"),
            "named": ("10.77.0.255", 'interface = "eth0";', "broadcast address"),
            "fine": ("10.77.0.9", "", None),
            "scoped": ("fe80::77", 'interface = "eth0";', None),
        }
        text = ",\n".join(f'{{ name = "{name}"; address = "{address}"; ports = "{7000 + i}"; '
                          f'{more} }}' for i, (name, (address, more, _)) in
                          enumerate(where.items()))
        got = self.problems(f"endpoints = (\n{text} );")
        for name, (_, _, expected) in where.items():
            with self.subTest(name):
                if expected:
                    self.assertIn(expected, got[name])
                    self.assertEqual(got[name].count("\n"), 0)
                else:
                    self.assertIsNone(got[name])

    def test_only_named_interfaces_are_used_unasked(self):
        got = self.problems('interfaces = ( "lo" );\n'
                            'endpoints = ( { name = "a"; address = "10.77.0.9"; ports = "7000"; },'
                            ' { name = "b"; address = "10.77.0.9"; ports = "7001"; '
                            '   interface = "eth0"; } );')
        self.assertIn("'interface'", got["a"])
        self.assertIsNone(got["b"])
        connect("10.77.0.9", 7001).close()

    def test_a_host_outside_clients_receives_nothing(self):
        path = self.lab.write("allow.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
clients = ( "10.77.0.3", "fd77::3" );
probe = false;
endpoints = ( {{ name = "a"; address = "10.77.0.9"; ports = "7000"; }},
              {{ name = "b"; address = "fd77::9"; ports = "7000"; }} );''')
        lab.run("ip", "-n", self.lab.client, "addr", "add", "10.77.0.3/24", "dev", "eth0")
        lab.run("ip", "-n", self.lab.client, "addr", "add", "fd77::3/64", "dev", "eth0", "nodad")
        self.start(path)
        for address, stranger, other in (("10.77.0.9", "10.77.0.2", "10.77.0.3"),
                                         ("fd77::9", "fd77::2", "fd77::3")):
            flush = "ip", "-n", self.lab.client, "neigh", "flush", "dev", "eth0"
            lab.run(*flush)
            with self.assertRaises(OSError):  # no route to host, or timeout
                socket.create_connection((address, 7000), 0.5, (stranger, 0))
            lab.run(*flush)
            socket.create_connection((address, 7000), timeout=lab.PATIENCE,
                                     source_address=(other, 0)).close()
        counters = {each["name"]: each for each in self.lab.ctl("status")["links"]}
        self.assertGreater(counters["eth0"]["counters"]["neighbour-refused"], 1)

    def test_the_interface_is_removed(self):
        lab.run("ip", "link", "add", "eth1", "netns", self.lab.server, "type", "veth", "peer",
                "name", "eth1", "netns", self.lab.client)
        for name, number in (self.lab.server, 1), (self.lab.client, 2):
            lab.run("ip", "-n", name, "addr", "add", f"10.78.0.{number}/24", "dev", "eth1")
            lab.run("ip", "-n", name, "link", "set", "eth1", "up")
        self.problems('endpoints = ( { name = "a"; address = "10.78.0.9"; ports = "7000"; },'
                      ' { name = "lo"; address = "127.0.0.1"; ports = "7000"; } );')
        connect("10.78.0.9").close()
        lab.run("ip", "-n", self.lab.server, "link", "del", "eth1")
        lab.wait_for("the log line", lambda: "receives on it again" in self.lab.logged())
        links = self.lab.ctl("status")["links"]
        self.assertEqual([each["name"] for each in links], ["lo", "eth1"])
        lab.run("ip", "netns", "exec", self.lab.server, "curl", "-sS", "-m", "5", "-o", "/dev/null",
                "http://127.0.0.1:7000/")
        self.assertEqual(self.lab.logged().count("receives on it again"), 1)


if __name__ == "__main__":
    lab.main()
