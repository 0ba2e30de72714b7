#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Interfaces that change while synackd uses them: another MTU, another interface of the same
name."""
import re
import threading
import unittest

from lib import frames, lab
from lib.kernel import Watch, link, ping
from lib.virtual import OWN, VIRTUAL, connect, echo_size


class Base(unittest.TestCase):
    ADDRESSES = {f"{kind}{v}": at[v] for kind, at in (("own", OWN), ("virtual", VIRTUAL))
                 for v in (4, 6)}

    def setUp(self):
        self.lab = lab.Lab(f"{type(self).__name__}.{self._testMethodName}", sample=0)
        self.addCleanup(self.lab.close)
        self.lab.start(self.config(self.ADDRESSES))

    def config(self, addresses):
        return self.lab.config("workers = 2; endpoints = (\n" + ",\n".join(
            f'{{ name = "{name}"; address = "{address}"; ports = "7000"; service = "echo"; }}'
            for name, address in addresses.items()) + " );\n")

    def echoes(self, address):
        with connect(address) as sock:
            self.assertTrue(echo_size(sock, 100000), address)

    def endpoint(self, name):
        return next(e for e in self.lab.ctl("endpoints") if e["name"] == name)

    def problem(self, name):
        return self.endpoint(name)["problem"] or ""

    def loses(self, name):
        lab.wait_for(f"{name}: a problem", lambda: "no longer" in self.problem(name))


class Interfaces(Base):
    def mtu(self):
        links = self.lab.ctl("status")["links"]
        return next(each for each in links if each["name"] == "eth0")["mtu"]

    def offered(self, address):
        """Returns the MSS in the SYN-ACK."""
        watch = Watch()
        self.echoes(address)
        return [int.from_bytes(s.options[2:4], "big") for _, s in watch.segments()
                if s.flags & frames.SYN and s.src == address]

    def test_another_mtu(self):
        for mtu in 9000, 1400:
            for namespace in self.lab.server, self.lab.client:
                lab.run("ip", "-n", namespace, "link", "set", "eth0", "mtu", mtu)
            self.lab.ctl("reload")
            self.assertEqual(self.mtu(), mtu)
            for v in 4, 6:
                for address in OWN[v], VIRTUAL[v]:
                    self.assertEqual(self.offered(address), [mtu - (40 if v == 4 else 60)])
        # Shorter than the client's MTU.
        lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "mtu", 1500)
        for v in 4, 6:
            self.echoes(OWN[v])

    def test_another_name(self):
        """Each segment is still received once."""
        lab.run("ip", "-n", self.lab.server, "link", "set", "eth0", "down")
        lab.run("ip", "-n", self.lab.server, "link", "set", "eth0", "name", "lan7", "up")
        lab.run("ip", "-n", self.lab.server, "addr", "replace", f"{OWN[6]}/64", "dev", "lan7",
                "nodad")
        lab.wait_for("carrier", lambda: "LOWER_UP" in link(self.lab.client)["flags"])
        self.lab.ctl("reload")
        for v in 4, 6:
            for address in OWN[v], VIRTUAL[v]:
                self.assertEqual(len(self.offered(address)), 1, address)
        self.assertEqual({each["name"] for each in self.lab.ctl("status")["links"]}, {"lo", "lan7"})

    def test_a_name_beside(self):
        """An alternative name, as systemd assigns it, identifies the same interface."""
        self.lab.stop()
        lab.run("ip", "-n", self.lab.server, "link", "property", "add", "dev", "eth0", "altname",
                "enp77s0")
        self.lab.start(self.lab.config(
            'interfaces = ( "lo", "enp77s0" );\nendpoints = (\n' + ",\n".join(
                f'{{ name = "at{i}"; address = "{address}"; ports = "7000"; service = "echo"; '
                f'{more} }}' for i, (address, more) in enumerate((
                    (OWN[4], ""), (VIRTUAL[4], ""), (VIRTUAL[6], 'interface = "eth0";'),
                    ("10.77.0.101", 'interface = "enp77s0";')))) + " );\n"))
        for _ in range(2):
            for address in OWN[4], VIRTUAL[4], VIRTUAL[6], "10.77.0.101":
                self.assertEqual(len(self.offered(address)), 1, address)
            self.lab.ctl("reload")
        self.assertEqual([each["name"] for each in self.lab.ctl("status")["links"]], ["lo", "eth0"])

    def test_another_of_the_name(self):
        lab.run("ip", "-n", self.lab.server, "link", "del", "eth0")
        lab.wait_for("the log line", lambda: "if it is created again" in self.lab.logged())
        for v in 4, 6:
            self.loses(f"own{v}")
        # A change reports the interface once, not for each of its addresses.
        before = self.lab.logged().count("unknown interface 'eth0'")
        self.lab.ctl("set", "virtual4", "synack-dup=2")
        self.assertEqual(self.lab.logged().count("unknown interface 'eth0'"), before + 1)
        self.lab.ctl("reset")
        self.assertEqual(self.lab.ctl_raw("reload").returncode, 0)
        self.lab.join()
        self.lab.ctl("reload")
        for v in 4, 6:
            self.assertEqual(ping(VIRTUAL[v], b"back"), b"back")
            for address in OWN[v], VIRTUAL[v]:
                self.echoes(address)
        self.assertEqual(len(self.lab.ctl("status")["links"]), 2)

    def test_as_many_as_there_can_be(self):
        """Independent of the bound, `status` lists all links, and one more is refused."""
        most = int(re.search(r"#define LINKS_MAX +(\d+)",
                             (lab.SOURCE / "daemon/link/link.h").read_text())[1])
        names = ["lo", "eth0"] + [f"more{i}" for i in range(most - 1)]
        for name in names[2:]:
            lab.run("ip", "-n", self.lab.server, "link", "add", name, "type", "veth",
                    "peer", "name", f"{name}b")
            lab.run("ip", "-n", self.lab.server, "link", "set", name, "up")
        config = ('workers = 2; interfaces = ( %s );\nendpoints = ( { name = "own4"; '
                  f'address = "{OWN[4]}"; ports = "7000"; service = "echo"; }} );\n')
        quoted = [f'"{name}"' for name in names]
        self.lab.stop()
        self.lab.start(self.lab.config(config % ", ".join(quoted[:most])))
        status = self.lab.ctl("status")
        for links in status["links"], *(worker["links"] for worker in status["workers"]):
            self.assertEqual([each["name"] for each in links], names[:most])
        self.lab.config(config % ", ".join(quoted))
        done = self.lab.ctl_raw("reload")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"{names[most]}: too many interfaces: at most {most}",
                      done.stdout + done.stderr)
        self.echoes(OWN[4])


class Addresses(Base):
    """Addresses that are added and removed without a reload."""

    def address(self, verb, address):
        bits = 64 if ":" in address else 24
        lab.run("ip", "-n", self.lab.server, "addr", verb, f"{address}/{bits}", "dev", "eth0",
                *(["nodad"] if ":" in address and verb == "add" else []))

    def answers(self, name):
        lab.wait_for(f"{name}: no problem", lambda: not self.problem(name))

    def test_gone_and_back(self):
        for v in 4, 6:
            name = f"own{v}"
            self.address("del", OWN[v])
            self.loses(name)
            self.assertIn(f"{name}: does not answer: {OWN[v]}", self.lab.logged())
            shown = self.lab.ctl_raw("endpoints").stdout
            self.assertRegex(shown, rf"{name} .*no longer an address of this")
            self.assertFalse(self.problem(f"virtual{v}"))
            self.address("add", OWN[v])
            self.answers(name)
            self.assertIn(f"{name}: answers again", self.lab.logged())
            self.echoes(OWN[v])

    def test_gone_while_others_come_and_go(self):
        ended = threading.Event()

        def churn():
            verb = "add"
            while not ended.wait(0.05):
                self.address(verb, "192.0.2.77")
                verb = "del" if verb == "add" else "add"
        others = threading.Thread(target=churn)
        others.start()
        try:
            self.address("del", OWN[4])
            self.loses("own4")
        finally:
            ended.set()
            others.join()

    def test_an_address_that_comes_is_taken(self):
        self.config(self.ADDRESSES | {"later": "192.0.2.9"})
        self.lab.ctl("reload")
        self.assertIn("neither an address of this host", self.problem("later"))
        self.address("add", "192.0.2.9")
        self.answers("later")

    def test_the_kernel_takes_a_virtual_one(self):
        for v in 4, 6:
            name = f"virtual{v}"
            self.address("add", VIRTUAL[v])
            lab.wait_for("the kernel's", lambda: self.endpoint(name)["kind"] == "owned")
            # The client may have learned synackd's link address for it before.
            lab.run("ip", "-n", self.lab.client, "neigh", "flush", "dev", "eth0")
            self.echoes(VIRTUAL[v])
            self.address("del", VIRTUAL[v])
            self.loses(name)


if __name__ == "__main__":
    lab.main()
