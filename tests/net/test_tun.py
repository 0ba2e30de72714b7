#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""TUN devices: real clients on the same host meet each behaviour at an address of its own, on every
port, by name, over IPv4 and IPv6; what becomes of the device; and a capture that must show nothing
of the kernel's but what a client says."""
import concurrent.futures
import ipaddress
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import unittest

from lib import frames, kernel, lab, programs, tun
from lib.tun import DEVICE, KERNEL, NETWORK

# For endpoints of their own, beside those of the catalogues.
ECHO = {4: "10.120.9.0/24", 6: "fd12::9:0:0/96"}
# What a client meets at these, whatever the port.
MEETS = {"accept": "page", "opt-none": "page", "mss-value": "page", "close-merged": "page",
         "refuse": "refused", "icmp-port": "refused", "accept-then-rst": "reset",
         "synack-never": "timeout"}


def host_of(network):
    """Some address of it, not the first or the last."""
    network = ipaddress.ip_network(network)
    return str(network[random.randrange(1, min(network.num_addresses, 1 << 32) - 2)])


def some_port():
    return random.choice((1, 65535, random.randrange(2, 65535)))


def as_nobody(*capabilities, octal="666"):
    """A command that runs another as that user, with a /dev/net/tun of this mode."""
    capabilities = ",".join(f"+{c}" for c in capabilities)
    return [*with_device(octal), "setpriv", "--reuid=65534", "--clear-groups",
            f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}"]


def with_device(octal):
    return ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev/net && "
            f'mknod -m {octal} /dev/net/tun c 10 200 && exec "$0" "$@"']


def echo_endpoints():
    return "endpoints = (\n" + ",\n".join(
        f'{{ name = "echo{v}"; address = "{network}"; ports = "1-65535"; service = "echo"; }}'
        for v, network in ECHO.items()) + " );\n"


def shipped(networks=None, keys=""):
    """One device with a catalogue of each network, and the echo endpoints."""
    return tun.config((DEVICE, NETWORK.values(), keys),
                      more=tun.endpoints(networks or NETWORK) + echo_endpoints())


def echoes(address, port, size=5):
    """True: so many octets come back; both directions are busy."""
    text = random.randbytes(size)
    with socket.create_connection((address, port), timeout=lab.PATIENCE) as sock:
        sender = threading.Thread(target=sock.sendall, args=(text,))
        sender.start()
        same = lab.receive(sock, size) == text
        sender.join()
        sock.shutdown(socket.SHUT_WR)
        return same and sock.recv(1) == b""


def misdeeds(packets):
    """What the kernel said that no client says: as an address of ours, an ICMP error, an RST."""
    for packet, by_kernel in packets:
        if not by_kernel:
            continue
        v4 = packet[0] >> 4 == 4
        source = ipaddress.ip_address(packet[12:16] if v4 else packet[8:24])
        protocol, start = (packet[9], (packet[0] & 15) * 4) if v4 else (packet[6], 40)
        error = packet[start] in (3, 4, 5, 11, 12) if v4 else packet[start] < 128
        if tun.is_ours(source):
            yield "an address of ours", packet.hex()
        elif protocol == (1 if v4 else 58) and error:
            yield "an ICMP error", packet.hex()
        elif protocol == 6 and frames.Segment(packet).flags & frames.RST:
            yield "an RST", packet.hex()


class Clients:
    """The same tests on a host and on a router; `forwarding` is the subclass's."""

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
        # What is of IPv4 or of IPv6 alone is at an address of each.
        self.assertEqual([e["unavailable"] for e in endpoints.values() if e["unavailable"] and
                          not re.match("over IPv[46] there is no ", e["unavailable"])], [])

    def test_clients_meet_them_and_nothing_of_the_kernel(self):
        """But RSTs where a client must say one, and the capture does see those."""
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
        """Each to another address, and each hears its own octets."""
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
            # Nobody has this one, and who has the last one is the kernel.
            self.assertIsNone(kernel.ping(str(NETWORK[v][60000]), payload, timeout=0.3))
            self.assertEqual(kernel.ping(KERNEL[v], payload), payload)

    def test_the_kernels_own_end_is_its_own(self):
        for v in 4, 6:
            with socket.create_server((KERNEL[v], 0), family=socket.AF_INET6 if v == 6 else
                                      socket.AF_INET) as server:
                with socket.create_connection(server.getsockname()[:2], 5):
                    server.accept()[0].close()
            answer = self.lab.ctl_raw("add", f"own{v}", KERNEL[v], "80", "accept")
            self.assertEqual(answer.returncode, 1)
            self.assertIn("kernel's own end of the tun synack0: name another", answer.stderr)

    def test_names(self):
        """In the command's /etc/hosts there is nothing else."""
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

    def test_a_short_name_is_nobody_elses(self):
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


class Device(unittest.TestCase):
    """Each test has a daemon of its own."""

    @classmethod
    def setUpClass(cls):
        cls.lab = tun.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        self.addCleanup(self.clear)

    def clear(self):
        self.lab.stop()
        for name in self.devices():
            lab.run("ip", "-n", self.lab.server, "link", "del", name)

    def devices(self):
        done = subprocess.run(["ip", "-n", self.lab.server, "-j", "tuntap", "show"], text=True,
                              capture_output=True, check=True)
        return {each["ifname"] for each in json.loads(done.stdout or "[]")}

    def start(self, text, *options, **more):
        self.lab.start(self.lab.config(text), *options, **more)

    def reload(self, text):
        self.lab.config(text)
        return self.lab.ctl_raw("reload")

    def addresses(self, name=DEVICE):
        """But link-local ones."""
        return {f"{a['local']}/{a['prefixlen']}" for a in self.lab.device(name)["addr_info"]
                if a["scope"] == "global"}

    def answers(self, *versions, networks=NETWORK):
        for v in versions or (4, 6):
            self.assertEqual(programs.kernel(str(networks[v][1]), some_port()), "page")

    def test_it_is_gone_after_sigkill(self):
        for how in signal.SIGKILL, signal.SIGTERM:
            self.start(shipped())
            self.answers()
            self.assertEqual(self.addresses(), {f"{KERNEL[v]}/{NETWORK[v].prefixlen}"
                                                for v in (4, 6)})
            self.lab.kill(how)
            self.assertIsNone(self.lab.device())

    def test_a_persistent_one_stays_and_is_taken_up_again(self):
        keys = "persistent = true; mtu = 1400;"
        self.start(shipped(keys=keys))
        self.answers()
        index = self.lab.device()["ifindex"]
        for how in signal.SIGKILL, signal.SIGTERM:
            self.lab.kill(how)
            self.assertEqual(self.lab.device()["ifindex"], index)
            self.assertEqual(self.addresses(), {f"{KERNEL[v]}/{NETWORK[v].prefixlen}"
                                                for v in (4, 6)})
            self.assertNotEqual(programs.kernel(str(NETWORK[4][1]), some_port(),
                                                programs.NOTHING), "page")
            self.start(shipped(keys=keys))
            self.assertEqual(self.lab.device()["ifindex"], index)
            self.assertEqual(self.lab.device()["mtu"], 1400)
            self.answers()
        # And then no more.
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.assertEqual(self.lab.device()["mtu"], 1500)
        self.answers()
        self.lab.kill()
        self.assertIsNone(self.lab.device())

    def test_a_persistent_one_of_somebody_elses_making(self):
        """It comes with an address of its own, which goes, and it is down."""
        lab.run("ip", "-n", self.lab.server, "tuntap", "add", DEVICE, "mode", "tun")
        lab.run("ip", "-n", self.lab.server, "addr", "add", "10.121.9.9/24", "dev", DEVICE)
        self.start(shipped(keys="persistent = true;"))
        self.assertEqual(self.addresses(), {f"{KERNEL[v]}/{NETWORK[v].prefixlen}" for v in (4, 6)})
        self.answers()
        self.lab.kill()
        self.assertIsNotNone(self.lab.device())

    def test_reload_adds_changes_and_removes(self):
        more = {4: ipaddress.ip_network("10.122.0.0/20"), 6: ipaddress.ip_network("fd12:1::/100")}
        both = tun.config((DEVICE, NETWORK.values(), ""), ("synack1", more.values(), "mtu = 9000;"),
                          more=tun.endpoints(more) + echo_endpoints())
        self.start(shipped())
        with socket.create_connection((host_of(ECHO[4]), some_port()),
                                      timeout=lab.PATIENCE) as sock:
            self.assertEqual(self.reload(both).returncode, 0)
            self.assertEqual(self.devices(), {DEVICE, "synack1"})
            self.answers(networks=more)
            self.assertNotEqual(programs.kernel(str(NETWORK[4][1]), some_port(),
                                                programs.NOTHING), "page")
            # An open connection goes on by the device that it came by.
            sock.sendall(b"still here")
            self.assertEqual(lab.receive(sock, 10), b"still here")
        self.assertEqual(self.addresses("synack1"),
                         {f"{tun.last_host(more[v])}/{more[v].prefixlen}" for v in (4, 6)})
        # The networks change places, and the MTU.
        swapped = tun.config((DEVICE, more.values(), "mtu = 1280;"),
                             ("synack1", NETWORK.values(), ""), more=tun.endpoints(more))
        self.assertEqual(self.reload(swapped).returncode, 0)
        self.assertEqual(self.addresses(),
                         {f"{tun.last_host(more[v])}/{more[v].prefixlen}" for v in (4, 6)})
        self.assertEqual((self.lab.device()["mtu"], self.lab.device("synack1")["mtu"]),
                         (1280, 1500))
        self.answers(networks=more)
        links = {each["name"]: each["mtu"] for each in self.lab.ctl("status")["links"]}
        self.assertEqual((links[DEVICE], links["synack1"]), (1280, 1500))
        # One goes, the other one stays.
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.assertEqual(self.devices(), {DEVICE})
        self.answers()
        links = [each["name"] for each in self.lab.ctl("status")["links"]]
        self.assertNotIn("synack1", links)
        self.assertEqual(self.reload(both).returncode, 0)
        self.assertEqual(self.devices(), {DEVICE, "synack1"})
        self.answers(networks=more)

    def test_a_reload_that_is_refused_leaves_all_as_it_was(self):
        self.start(shipped())
        before = self.addresses()
        other = ipaddress.ip_network("10.125.0.0/24")
        lab.run("ip", "-n", self.lab.server, "link", "add", "taken0", "type", "veth", "peer",
                "name", "taken1")
        self.addCleanup(lab.run, "ip", "-n", self.lab.server, "link", "del", "taken0")
        for devices, more in (
                [[("synack1", [other], "persistent = true;"), ("taken0", ["10.126.0.0/24"], "")],
                 ""],
                [[("synack1", [other], "persistent = true;")], 'interfaces = ( "nope0" );\n'],
                [[(DEVICE, [other], "mtu = 2000; persistent = true;"),
                  ("synack1", ["10.77.0.0/24"], "")], ""]):
            answer = self.reload(tun.config(*devices, more=more))
            self.assertEqual(answer.returncode, 1, answer)
            self.assertIn("interfaces: " if more else "tuns: ", answer.stderr)
            self.assertEqual((self.devices(), self.addresses()), ({DEVICE}, before))
            self.assertEqual(self.lab.device()["mtu"], 1500)
            self.answers()
        self.lab.kill()
        self.assertEqual(self.devices(), set())

    def test_one_that_is_deleted_is_made_again_by_a_reload(self):
        self.start(shipped())
        self.answers()
        lab.run("ip", "-n", self.lab.server, "link", "del", DEVICE)
        lab.wait_for("the daemon's notice", lambda: "after a reload" in self.lab.logged())
        status = self.lab.ctl("status")
        self.assertNotIn(DEVICE, [each["name"] for each in status["links"]])
        self.assertIn(f"{DEVICE}: the TUN device was deleted", "\n".join(status["problems"]))
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.answers()
        self.assertEqual(self.lab.ctl("status")["problems"], [])

    def test_down_and_up(self):
        """With the link an IPv6 address goes; a reload brings it back."""
        self.start(shipped())
        for state in "down", "up":
            lab.run("ip", "-n", self.lab.server, "link", "set", DEVICE, state)
        self.answers(4)
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.answers()

    def test_the_users_rights_are_enough(self):
        """Whoever we become can change it; another one takes what /dev/net/tun lets."""
        nobody = 'user = "nobody";\n'
        second = tun.config((DEVICE, NETWORK.values(), "mtu = 1300; persistent = true;"),
                            ("synack1", ["10.124.0.0/24"], ""), more=tun.endpoints(NETWORK))
        for octal, code in ("600", 1), ("666", 0):
            with self.subTest(octal):
                self.start(nobody + shipped(), inside=with_device(octal))
                self.answers()
                answer = self.reload(nobody + second)
                self.assertEqual(answer.returncode, code, answer)
                if code:
                    self.assertIn("let the user of synackd read and write it", answer.stderr)
                self.assertEqual(self.lab.device()["mtu"], 1500 if code else 1300)
                self.answers()
                self.lab.kill()
        self.assertEqual(self.devices(), {DEVICE})

    def test_one_that_was_prepared_needs_no_right(self):
        lab.run("ip", "-n", self.lab.server, "tuntap", "add", DEVICE, "mode", "tun", "user",
                "65534")
        lab.run("ip", "-n", self.lab.server, "link", "set", DEVICE, "up")
        for v in 4, 6:
            lab.run("ip", "-n", self.lab.server, "addr", "add",
                    f"{KERNEL[v]}/{NETWORK[v].prefixlen}", "dev", DEVICE)
        self.lab.directory.chmod(0o777)
        self.addCleanup(self.lab.directory.chmod, 0o755)
        self.start(shipped(keys="persistent = true;"), inside=as_nobody("net_raw"))
        self.answers()
        answer = self.reload(shipped(keys="persistent = true; mtu = 1400;"))
        self.assertEqual(answer.returncode, 1)
        self.assertIn(f"cannot set the MTU of {DEVICE}: Operation not permitted, which needs the "
                      "capability CAP_NET_ADMIN", answer.stderr)
        self.answers()


class Refused(unittest.TestCase):
    """What is said when it cannot be: one sentence that says what to do, and nothing is left."""

    @classmethod
    def setUpClass(cls):
        cls.lab = tun.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(shipped()))  # also for a packet in the capture
        programs.kernel(str(NETWORK[4][1]), some_port(), programs.NOTHING)
        cls.lab.kill()

    def refused(self, *devices, inside=()):
        path = self.lab.config(tun.config(*devices), "refused.conf")
        done = subprocess.run(["ip", "netns", "exec", self.lab.server, *inside, lab.SYNACKD,
                               "--config", path, "--control", self.lab.control],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(subprocess.run(["ip", "-n", self.lab.server, "tuntap", "show"],
                                        capture_output=True, check=True).stdout, b"")
        return done.stderr

    def test_no_device(self):
        hide = "unshare", "-m", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$0" "$@"'
        self.assertRegex(self.refused((DEVICE, ["10.120.0.0/24"], ""), inside=hide),
                         "no /dev/net/tun here.*`modprobe tun`")

    def test_no_right_to_open_it(self):
        self.lab.directory.chmod(0o777)
        self.addCleanup(self.lab.directory.chmod, 0o755)
        user = as_nobody("net_raw", "net_admin", octal="600")
        self.assertRegex(self.refused((DEVICE, ["10.120.0.0/24"], ""), inside=user),
                         "/dev/net/tun may not be opened: run as root, or let the user")

    def test_no_right_to_make_it(self):
        self.lab.directory.chmod(0o777)
        self.addCleanup(self.lab.directory.chmod, 0o755)
        self.assertRegex(self.refused((DEVICE, ["10.120.0.0/24"], ""), inside=as_nobody("net_raw")),
                         f"making the TUN device {DEVICE} needs the capability CAP_NET_ADMIN: run")

    def test_the_name_is_taken(self):
        said = self.refused(("eth0", ["10.120.0.0/24"], ""))
        self.assertRegex(said, "eth0 is taken by an interface that is no plain TUN.*another name")

    def test_another_program_has_it(self):
        fd = tun.open_device(DEVICE)
        try:
            path = self.lab.config(tun.config((DEVICE, ["10.120.0.0/24"], "")), "refused.conf")
            done = subprocess.run(["ip", "netns", "exec", self.lab.server, lab.SYNACKD, "--config",
                                   path, "--control", self.lab.control], capture_output=True,
                                  text=True, timeout=30)
        finally:
            os.close(fd)
        self.assertEqual(done.returncode, 69)
        self.assertRegex(done.stderr, f"another program has the TUN device {DEVICE} open: end it")

    def test_a_network_with_an_address_of_this_host(self):
        for network, own in (("10.77.0.0/24", "10.77.0.1"), ("fd77::/60", "fd77::1"),
                             ("10.0.0.0/8", "10.77.0.1")):
            said = self.refused((DEVICE, ["10.120.0.0/24" if ":" in network else "fd12::/64",
                                          network], ""))
            self.assertIn(f"{DEVICE}: the network {network} holds {own}, which this host has "
                          "itself (eth0): choose another network", said)

    def test_no_ipv6(self):
        off = ("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; "
               'exec "$0" "$@"')
        self.addCleanup(lab.run, "ip", "netns", "exec", self.lab.server, "sh", "-c",
                        "echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        said = self.refused((DEVICE, ["10.120.0.0/24", "fd12::/64"], ""), inside=off)
        self.assertRegex(said, f"IPv6 is disabled on {DEVICE}: enable it .*IPv4 networks only")


if __name__ == "__main__":
    tun.main()
