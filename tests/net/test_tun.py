#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""TUN devices: real clients on the same host reach each behaviour at an address of its own, on
every port, by name, over IPv4 and IPv6; and the kernel's packets in the capture are packets of
clients only."""
import concurrent.futures
import ipaddress
import json
import random
import re
import socket
import sys
import threading
import unittest

from lib import frames, kernel, lab, programs, tun
from lib.tun import DEVICE, ECHO, KERNEL, NETWORK, host_of, shipped, some_port

# Expected results at these behaviours, on any port.
MEETS = {"accept": "page", "opt-none": "page", "mss-value": "page", "close-merged": "page",
         "refuse": "refused", "icmp-port": "refused", "accept-then-rst": "reset",
         "synack-never": "timeout"}


def echoes(address, port, size=5):
    """Expects this many octets back, with both directions busy."""
    text = random.randbytes(size)
    with socket.create_connection((address, port), timeout=lab.PATIENCE) as sock:
        sender = threading.Thread(target=sock.sendall, args=(text,))
        sender.start()
        same = lab.receive(sock, size) == text
        sender.join()
        sock.shutdown(socket.SHUT_WR)
        return same and sock.recv(1) == b""


def misdeeds(packets):
    """Yields packets of the kernel that no client sends: from an address of the device, an ICMP
    error, an RST."""
    for packet, by_kernel in packets:
        if not by_kernel:
            continue
        v4 = packet[0] >> 4 == 4
        source = ipaddress.ip_address(packet[12:16] if v4 else packet[8:24])
        protocol, start = (packet[9], (packet[0] & 15) * 4) if v4 else (packet[6], 40)
        error = packet[start] in (3, 4, 5, 11, 12) if v4 else packet[start] < 128
        if tun.is_ours(source):
            yield "an address of the device", packet.hex()
        elif protocol == (1 if v4 else 58) and error:
            yield "an ICMP error", packet.hex()
        elif protocol == 6 and frames.Segment(packet).flags & frames.RST:
            yield "an RST", packet.hex()


class Clients:
    """The same tests on a host and on a router; subclasses set `forwarding`."""

    @classmethod
    def setUpClass(cls):
        cls.lab = tun.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        kernel.set_forwarding(cls.lab.server, cls.forwarding)
        cls.lab.start(cls.lab.config(shipped()))

    def endpoints(self):
        return {e["name"]: e for e in self.lab.ctl("endpoints")}

    def address(self, v, behaviour):
        return self.endpoints()[f"t{v}/{behaviour}"]["address"]

    def test_each_behaviour_has_an_address_and_every_port(self):
        numbers = {b["name"]: b["number"] for b in self.lab.ctl("behaviours") if b["number"]}
        endpoints = self.endpoints()
        self.assertEqual(len(endpoints), 2 * len(numbers) + 2)
        for v in 4, 6:
            for name, number in numbers.items():
                e = endpoints[f"t{v}/{name}"]
                self.assertEqual((e["address"], e["ports"], e["kind"], e["interface"]),
                                 (str(NETWORK[v][number]), "1-65535", "virtual", DEVICE))
        self.assertEqual([e["problem"] for e in endpoints.values() if e["problem"]], [])
        # Features of IPv4 or of IPv6 only are unavailable at addresses of the other family.
        self.assertEqual([e["unavailable"] for e in endpoints.values() if e["unavailable"] and
                          not re.match("IPv[46] has no ", e["unavailable"])], [])

    def test_clients_meet_them_and_nothing_of_the_kernel(self):
        """The kernel sends RSTs where a client must, and the capture contains these."""
        seen = tun.Seen()
        places = [(client, name, self.address(v, name), some_port(),
                   programs.NOTHING if MEETS[name] == "timeout" else lab.PATIENCE) for v in (4, 6)
                  for name in MEETS for client in (programs.kernel, programs.curl, programs.ncat)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            under_way = [pool.submit(client, *at) for client, _, *at in places]
        for (client, name, *at), future in zip(places, under_way):
            with self.subTest(f"{client.__name__}, {name}, {at}"):
                self.assertEqual(future.result(), MEETS[name])
        for v in 4, 6:
            self.assertTrue(echoes(host_of(ECHO[v]), some_port(), 100000))
        quiet = len(seen.packets)
        for v in 4, 6:
            programs.kernel(self.address(v, "ack-isn"), some_port(), programs.NOTHING)
        seen.stop()
        self.assertGreater(quiet, 200)
        self.assertEqual(list(misdeeds(seen.packets[:quiet])), [])
        self.assertEqual({what for what, _ in misdeeds(seen.packets[quiet:])}, {"an RST"})

    def test_much(self):
        for v in 4, 6:
            seen = tun.Seen()
            self.assertTrue(echoes(host_of(ECHO[v]), some_port(), 2 << 20))
            seen.stop()
            for by_kernel in True, False:
                self.assertEqual(max(len(packet) for packet, kernels in seen.packets
                                     if kernels == by_kernel), 1500)

    def test_many_at_once(self):
        """Each client connects to another address, and receives its own octets."""
        network = ipaddress.ip_network(ECHO[4])
        socks = [socket.create_connection((str(network[i]), some_port()), timeout=lab.PATIENCE)
                 for i in range(1, 200)]
        for i, sock in enumerate(socks):
            sock.sendall(b"%d\n" % i)
        for i, sock in enumerate(socks):
            self.assertEqual(lab.receive(sock, len(b"%d\n" % i)), b"%d\n" % i)
            sock.close()

    def test_echo_requests(self):
        for v in 4, 6:
            payload = random.randbytes(random.randrange(1400))
            self.assertEqual(kernel.ping(self.address(v, "refuse"), payload), payload)
            # No endpoint has this address, and the kernel owns the last one.
            self.assertIsNone(kernel.ping(str(NETWORK[v][60000]), payload, timeout=0.3))
            self.assertEqual(kernel.ping(KERNEL[v], payload), payload)

    def test_the_kernels_own_end_is_its_own(self):
        for v in 4, 6:
            with socket.create_server((KERNEL[v], 0), family=socket.AF_INET6 if v == 6 else
                                      socket.AF_INET) as server:
                with socket.create_connection(server.getsockname()[:2], 5):
                    server.accept()[0].close()
            answer = self.lab.ctl_raw("add", f"own{v}", KERNEL[v], "80", "accept")
            self.assertEqual(answer.returncode, 2)
            self.assertIn("kernel's address on the TUN device synack0: name another", answer.stderr)

    def test_names(self):
        """/etc/hosts of the command contains nothing else."""
        hosts = self.lab.write("hosts", self.lab.ctl_raw("hosts").stdout)

        def run(*command):
            return programs.output("unshare", "-m", "sh", "-c",
                                   'mount --bind "$0" /etc/hosts && exec "$@"', hosts, *command)
        for v in 4, 6:
            for name in "accept", "refuse":
                for host in f"{name}.t{v}.synack.test", f"{name}.synack.test":
                    _, said = run("curl", f"-{v}", "-sS", "-v", "-m", "8",
                                  f"http://{host}:{some_port()}/")
                    self.assertEqual(programs.said(said, programs.SENTENCES), MEETS[name])
        code, said = run(sys.executable, "-c", "import json, socket, sys\n"
                         "print(json.dumps({name: socket.getaddrinfo(name, 1)[0][4][0]"
                         " for name in sys.argv[1:]}))",
                         *(f"{name.partition('/')[2]}.{name[:2]}.synack.test"
                           for name in self.endpoints() if "/" in name))
        self.assertEqual(code, 0, said)
        found = {".".join(name.split(".")[:2]): address
                 for name, address in json.loads(said).items()}
        self.assertEqual(found, {f"{e['behaviour']}.{name[:2]}": e["address"]
                                 for name, e in self.endpoints().items() if "/" in name})

    def test_a_short_name_conflicts_with_no_other(self):
        lines = self.lab.ctl("hosts")
        self.assertEqual([each["endpoint"] for each in lines
                          if each["name"] == "refuse.synack.test"], ["t4/refuse", "t6/refuse"])
        port, hosts = some_port(), iter(random.sample(range(1, 255), 3))
        for name, ports in ("refuse", port), ("a/refuse", "1-65535"), ("b/opt-none", port):
            self.lab.ctl("add", name, f"10.120.10.{next(hosts)}", ports, "accept")
        try:
            lines = self.lab.ctl("hosts")
        finally:
            for name in "refuse", "a/refuse", "b/opt-none":
                self.lab.ctl("remove", name)
        for name, endpoints in ("refuse", ["refuse"]), ("opt-none", ["t4/opt-none", "t6/opt-none"]):
            self.assertEqual([each["endpoint"] for each in lines
                              if each["name"] == f"{name}.synack.test"], endpoints)

    def test_set_and_add(self):
        for v in 4, 6:
            address, port = self.address(v, "accept"), random.randrange(2, 65535)
            self.lab.ctl("set", f"t{v}/accept", "refuse")
            self.assertEqual(programs.kernel(address, port), "refused")
            self.lab.ctl("add", f"one{v}", address, port, "accept-then-rst")
            self.assertEqual(programs.kernel(address, port), "reset")
            self.assertEqual(programs.kernel(address, port - 1), "refused")
            self.lab.ctl("remove", f"one{v}")
            self.lab.ctl("reset", f"t{v}/accept")
            self.assertEqual(programs.kernel(address, port), "page")
            answer = self.lab.ctl_raw("set", f"t{v}/nobody", "accept")
            self.assertEqual(answer.returncode, 2)

    def test_status_shows_it(self):
        links = {each["name"]: each for each in self.lab.ctl("status")["links"]}
        self.assertEqual((links[DEVICE]["kind"], links[DEVICE]["mtu"]), ("tun", 1500))
        before = links[DEVICE]["counters"]["frames-in"]
        self.assertTrue(echoes(host_of(ECHO[4]), some_port()))
        links = {each["name"]: each for each in self.lab.ctl("status")["links"]}
        self.assertGreater(links[DEVICE]["counters"]["frames-in"], before + 4)
        self.assertRegex(self.lab.ctl_raw("status").stdout, rf"(?m)^ *{DEVICE} +tun +1500")


class Host(Clients, unittest.TestCase):
    forwarding = 0


class Router(Clients, unittest.TestCase):
    forwarding = 1

    def test_clients_of_other_hosts_by_a_route(self):
        for v in 4, 6:
            via = {4: "10.77.0.1", 6: "fd77::1"}[v]
            lab.run("ip", "-n", self.lab.client, "route", "add", NETWORK[v], "via", via)
            seen = tun.Seen()
            lab.enter_namespace(self.lab.client)
            try:
                self.assertEqual(programs.kernel(self.address(v, "accept"), some_port()), "page")
                self.assertEqual(programs.kernel(self.address(v, "refuse"), some_port()),
                                 "refused")
                self.assertTrue(echoes(host_of(ECHO[v]), some_port(), 100000))
            finally:
                self.lab.inside()
            seen.stop()
            self.assertEqual(list(misdeeds(seen.packets)), [])


if __name__ == "__main__":
    tun.main()
