#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Several workers, many clients: one worker handles all of a client, and operators see one
daemon."""
import collections
import concurrent.futures
import ipaddress
import json
import os
import random
import socket
import struct
import subprocess
import threading
import time
import unittest

from lib import clients, frames, lab, tun
from lib.clients import CLIENTS, OWN, PORTS, VIRTUAL, counter, version_of
from lib.kernel import Watch, ping

CONNECTIONS = 16  # of each client


def connect(source, address, port, timeout=lab.PATIENCE):
    sock = socket.create_connection((address, port), timeout=timeout, source_address=(source, 0))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return sock


def host_of(place):
    return place.rsplit(":", 1)[0].strip("[]")


class Several:
    """Tests with `count` workers; subclasses set it."""

    @classmethod
    def setUpClass(cls):
        cls.lab = clients.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.config()
        cls.lab.start(cls.lab.directory / "synackd.conf")
        cls.ctl = cls.lab.ctl
        cls.mac = {v: cls.lab.mac_at(VIRTUAL[v]) for v in (4, 6)}

    @classmethod
    def config(cls, workers=None, more=""):
        cls.lab.config(f"workers = {workers or cls.count};\n"
                       f"endpoints = (\n{clients.ENDPOINTS}{more} );\n")

    def connect(self, source, address=None, port=None, **more):
        address = address or VIRTUAL[version_of(source)]
        port = port or random.randint(*PORTS)
        sock = connect(source, address, port, **more)
        self.addCleanup(sock.close)
        return sock

    def workers_of_clients(self):
        """Returns {client: workers of its connections}."""
        found = collections.defaultdict(set)
        for c in self.ctl("connections"):
            self.assertEqual((c["id"] - 1) % self.count, c["worker"])
            found[host_of(c["client"])].add(c["worker"])
        return found

    def home(self, source):
        """Returns the worker of a client."""
        with connect(source, VIRTUAL[version_of(source)], PORTS[0]):
            home, = self.workers_of_clients()[source]
        return home

    def grown(self, before, name):
        """Returns the growth of a counter of each worker."""
        return [counter(now, name) - counter(was, name)
                for now, was in zip(self.lab.workers(), before)]

    def wait_gone(self):
        lab.wait_for("no connections", lambda: not self.ctl("connections"))

    def test_all_of_a_clients_connections_are_one_workers(self):
        before, watch = self.lab.workers(), Watch()
        began = time.monotonic()
        socks = []
        for source in random.sample(CLIENTS, len(CLIENTS)):
            for i in range(CONNECTIONS):
                address = (OWN, VIRTUAL)[i % 2][version_of(source)]
                port = random.randint(*PORTS) if i % 2 == 0 else random.randint(1, 65535)
                socks.append(self.connect(source, address, port))
        took = time.monotonic() - began
        for i, sock in enumerate(socks):
            sock.sendall(b"%d" % i)
        for i, sock in enumerate(socks):
            self.assertEqual(lab.receive(sock, len(b"%d" % i)), b"%d" % i)
        status, found = self.ctl("status"), self.workers_of_clients()
        self.assertEqual(status["connections"], len(socks))
        self.assertEqual({c: len(w) for c, w in found.items()}, {c: 1 for c in CLIENTS})
        per_worker = collections.Counter(w for each in found.values() for w in each)
        self.assertEqual(len(per_worker), self.count)
        parts = [w["connections"] for w in status["workers"]]
        self.assertEqual(parts, [per_worker[i] * CONNECTIONS for i in range(self.count)])
        self.assertEqual(self.grown(before, "connections"), parts)
        answers = self.answers(watch.segments())
        self.assertEqual(len(answers), len(socks))
        self.assertEqual({n for n in answers.values() if n != 1}, set())
        print(f"\n{self.count} workers: {len(socks)} connections of {len(CLIENTS)} clients in "
              f"{took:.2f} s, each client's in one worker; clients of each worker "
              f"{sorted(per_worker.values())}, no SYN answered twice", flush=True)

    def answers(self, segments):
        """Returns the number of SYN-ACKs of each attempt; a retransmitted SYN may have one more."""
        syns, answers = collections.Counter(), collections.Counter()
        for _, s in segments:
            if s.flags & (frames.SYN | frames.ACK) == frames.SYN:
                syns[s.src, s.sport, s.dst, s.dport] += 1
            elif s.flags & frames.SYN:
                answers[s.dst, s.dport, s.src, s.sport] += 1
        return {key: n - (syns[key] - 1) for key, n in answers.items()}

    def test_icmp_errors_come_to_the_clients_worker(self):
        sent = [0] * self.count
        before = self.lab.workers()
        homes = {source: self.home(source) for source in CLIENTS}
        for source, home in homes.items():
            v = version_of(source)
            ours = frames.tcp(VIRTUAL[v], source, PORTS[0], 40000, frames.ACK, 1, 1)
            for number in range(5):  # from different sources
                self.lab.send(self.mac[v], clients.icmp_error(clients.stranger(v, number),
                                                              VIRTUAL[v], ours))
                sent[home] += 1
        # They belong to no connection: each is counted by the worker that received it.
        lab.wait_for("all ICMP errors",
                     lambda: sum(self.grown(before, "icmp-stray")) >= sum(sent))
        self.assertEqual(self.grown(before, "icmp-stray"), sent)
        print(f"\n{self.count} workers: {sum(sent)} ICMP errors of routers, by the worker of "
              f"the client that they quote: {sent}", flush=True)

    def test_echoes_come_to_the_clients_worker(self):
        for source in CLIENTS[::5]:
            home, before, watch = self.home(source), self.lab.workers(), Watch()
            v = version_of(source)
            for payload in b"one", b"two", b"three":
                self.assertEqual(ping(VIRTUAL[v], payload, source=source), payload)
            replies = [p for _, kind, p in watch.stop()
                       if kind == clients.KINDS[v] and p[9 if v == 4 else 6] in (1, 58) and
                       p[20 if v == 4 else 40] == (0 if v == 4 else 129)]
            self.assertEqual(len(replies), 3)
            self.assertGreaterEqual(self.grown(before, "neighbour-out")[home], 3)

    def test_fragments_come_to_the_clients_worker(self):
        for v in 4, 6:
            for number in range(10):
                source = clients.stranger(v, number)
                whole, cut = (frames.tcp(source, VIRTUAL[v], port, PORTS[0], frames.SYN,
                                         random.getrandbits(32), options=b"\1" * 8)
                              for port in (40000, 40001))
                before = self.lab.workers()
                self.lab.send(self.mac[v], whole, *clients.in_fragments(cut))

                def both():
                    found = [c["worker"] for c in self.ctl("connections", "--state",
                                                           "SYN-RECEIVED")
                             if host_of(c["client"]) == source]
                    return found if len(found) == 2 else None
                home, other = lab.wait_for("two SYNs", both)
                self.assertEqual(home, other)
                self.assertEqual(self.grown(before, "reassembled")[home], 1)
        for c in self.ctl("connections"):
            self.ctl("forget", c["id"])

    def test_arp_is_answered_once(self):
        target = socket.inet_aton(VIRTUAL[4])
        for number in range(12):
            sender = socket.inet_aton(clients.stranger(4, number)) if number else bytes(4)
            watch = Watch()
            self.lab.raw.send(b"\xff" * 6 + self.lab.mac + struct.pack("!HHHBBH", 0x806, 1, 0x800,
                                                                       6, 4, 1) +
                              self.lab.mac + sender + bytes(6) + target)

            def replies():
                return [p for _, kind, p in watch.sorted()
                        if kind == b"\x08\x06" and p[7] == 2 and p[14:18] == target]
            lab.wait_for("an answer", replies)
            watch.stop()  # raises if there are further answers
            self.assertEqual(len(replies()), 1)

    def test_neighbour_discovery_is_answered_once(self):
        target = socket.inet_pton(socket.AF_INET6, VIRTUAL[6])
        for source in CLIENTS[clients.COUNT::4]:
            lab.run("ip", "-n", self.lab.client, "neigh", "flush", "dev", "eth0")
            watch = Watch()
            self.connect(source).close()
            said = [p[40] for _, kind, p in watch.stop()
                    if kind == b"\x86\xdd" and p[6] == 58 and p[40] in (135, 136) and
                    p[48:64] == target]
            ours = [t for t in said if t == 136]
            self.assertEqual(len(ours), said.count(135))
        self.wait_gone()

    def test_changes_reach_all(self):
        for source in CLIENTS:
            self.connect(source)
        self.ctl("set", "virtual4", "refuse")
        self.ctl("set", "virtual6", "refuse")
        for source in CLIENTS:
            with self.assertRaises(ConnectionRefusedError):
                self.connect(source)
        undone = self.ctl("reset")
        self.assertEqual([e["undone"] for e in undone], ["set", "set"])
        for v in 4, 6:
            address = VIRTUAL[v][:-1] + "6"
            self.ctl("add", f"more{v}", address, "80")
            socks = [self.connect(s, address, 80) for s in CLIENTS if version_of(s) == v]
            removed = self.ctl("remove", f"more{v}")
            self.assertEqual(removed["connections_reset"], len(socks))
            for sock in socks:
                with self.assertRaises(ConnectionResetError):
                    sock.recv(1)

    def test_a_reload_is_for_all_or_none(self):
        self.addCleanup(self.ctl, "reload")
        self.addCleanup(self.config)
        old = [self.connect(source) for source in CLIENTS]
        self.config(more=',\n{ name = "bad"; address = "nowhere"; ports = "1"; }')
        self.assertEqual(self.lab.ctl_raw("reload").returncode, 1)
        for source in CLIENTS:
            self.connect(source)
        self.config(more=f',\n{{ name = "web"; address = "{VIRTUAL[4]}"; ports = "80"; '
                         'behaviour = "refuse"; }')
        self.ctl("reload")
        for source in CLIENTS[:clients.COUNT]:
            with self.assertRaises(ConnectionRefusedError):
                self.connect(source, VIRTUAL[4], 80)
        for sock in old:
            sock.sendall(b"still")
            self.assertEqual(lab.receive(sock, 5), b"still")

    def test_their_number_stays(self):
        self.addCleanup(self.ctl, "reload")
        self.addCleanup(self.config)
        self.config(workers=self.count + 1)
        warnings = self.ctl("reload")["warnings"]
        self.assertIn(f"workers: requires a restart of synackd: until then '{self.count}' is",
                      warnings[0].replace(" warning:", ""))
        self.assertEqual(len(self.lab.workers()), self.count)

    def refused(self, source):
        try:
            with connect(source, VIRTUAL[version_of(source)], random.randint(*PORTS)):
                return False
        except ConnectionRefusedError:
            return True

    def test_next_of_one_client(self):
        for source in random.sample(CLIENTS, 6):
            self.ctl("next", source, "refuse", "--times", 2)
            self.assertEqual([self.refused(source) for _ in range(3)], [True, True, False])
        self.assertEqual(self.ctl("next"), [])

    def test_next_of_a_network_applies_exactly_so_often(self):
        times = len(CLIENTS) // 2 - 3
        for network, sources in (("10.77.0.0/24", CLIENTS[:clients.COUNT]),
                                 ("fd77::/64", CLIENTS[clients.COUNT:])):
            self.ctl("next", network, "refuse", "--times", times)
            self.assertEqual([self.refused(s) for s in sources[:2]], [True, True])
            self.assertEqual([n["left"] for n in self.ctl("next")], [times - 2])
            self.ctl("set", "own4", "refuse")  # this sends the list to all workers again
            self.ctl("reset")
            self.assertEqual([n["left"] for n in self.ctl("next")], [times - 2])
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                met = list(pool.map(self.refused, sources * 2))
            self.assertEqual(met.count(True), times - 2)
            self.assertEqual(self.ctl("next"), [])
        self.ctl("next", "10.77.0.0/24", "refuse")
        self.ctl("next", "--cancel")
        self.assertEqual([self.refused(s) for s in CLIENTS], [False] * len(CLIENTS))

    def test_a_connection_is_found_wherever_it_is(self):
        for verb in "abort", "close", "leave", "forget":
            for source in CLIENTS[::3]:
                sock = self.connect(source)
                place = sock.getsockname()[:2]
                c, = (c for c in self.ctl("connections") if host_of(c["client"]) == source and
                      int(c["client"].rsplit(":", 1)[1]) == place[1])
                done = self.ctl(verb, c["id"])
                self.assertEqual((done["id"], done["client"]), (c["id"], c["client"]))
                trace = self.ctl("trace", c["id"])
                self.assertEqual((trace["id"], trace["client"]), (c["id"], c["client"]))
                self.assertEqual([s["flags"] for s in trace["segments"]][:3], ["S", "S.", "."])
                sock.close()
        for wrong in 10 ** 9 + 1, 10 ** 9 + 2:
            self.assertEqual(self.lab.ctl_raw("abort", wrong).returncode, 2)

    def test_the_last_trace_is_the_last_of_all(self):
        for source in random.sample(CLIENTS, 8):
            port = self.connect(source).getsockname()[1]
            last = self.ctl("trace", "last")
            self.assertEqual((host_of(last["client"]), last["client"].rsplit(":", 1)[1]),
                             (source, str(port)))

    def test_events_are_in_order(self):
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "--json",
                                    "trace", "--follow"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        lab.wait_for("a follower", lambda: self.ctl("status")["followers"])
        told = []

        def read():
            while not told or (told[-1].get("to"), told[-1].get("server")) != (
                    "ESTABLISHED", f"{VIRTUAL[4]}:65000"):
                told.append(json.loads(process.stdout.readline()))
        reader = threading.Thread(target=read, daemon=True)
        reader.start()

        def talk(source):
            with connect(source, VIRTUAL[version_of(source)], random.randint(*PORTS)) as sock:
                for i in range(20):
                    sock.sendall(b"x" * 100)
                    lab.receive(sock, 100)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(talk, CLIENTS * 2))
        self.connect(CLIENTS[0], port=65000)
        reader.join(lab.PATIENCE)
        self.assertFalse(reader.is_alive())
        self.assertEqual([e for e in told if "lost" in e], [])
        times = [e["time"] for e in told]
        self.assertEqual(times, sorted(times))
        self.assertEqual({host_of(e["client"]) for e in told if "client" in e}, set(CLIENTS))
        data = [e for e in told if e.get("length")]
        # Some octets occur more than once, if a retransmission preceded the answer.
        self.assertEqual(len({(e["id"], e["direction"], e["seq"]) for e in data}),
                         2 * 20 * 2 * len(CLIENTS))
        changes = sum(a["id"] % self.count != b["id"] % self.count
                      for a, b in zip(data, data[1:]))
        self.assertGreater(changes, 10)  # the clients were active at the same time

    def test_the_judge_reads_all_workers(self):
        for source in CLIENTS:
            self.connect(source).close()
        judged = self.verdicts()
        self.assertLessEqual(set(CLIENTS), {host_of(c["client"]) for c in judged})
        began = [c["began"] for c in judged]
        self.assertEqual(began, sorted(began))

    def verdicts(self):
        """Sends the request of the control protocol itself."""
        with self.lab.connect_control() as sock:
            stream = sock.makefile("r")
            stream.readline()
            sock.sendall(b'{"jsonrpc": "2.0", "id": 1, "method": "verdicts"}\n')
            return json.loads(stream.readline())["result"]["connections"]

    def test_status_sums(self):
        for source in CLIENTS:
            self.connect(source)
        status = self.ctl("status")
        workers = status["workers"]
        self.assertEqual([w["number"] for w in workers], list(range(self.count)))
        for name in "connections", "half_open":
            self.assertEqual(status[name], sum(w[name] for w in workers), name)
        of_the_main_thread = {"address-conflicts"}
        self.assertEqual(set(status["counters"]) - set(workers[0]["counters"]), of_the_main_thread)
        for name, value in status["counters"].items():
            if name in of_the_main_thread:
                continue
            self.assertEqual(value, sum(w["counters"][name] for w in workers), name)
        for each in status["links"]:
            for name, value in each["counters"].items():
                self.assertEqual(value, sum(part["counters"][name] for w in workers
                                            for part in w["links"]
                                            if part["name"] == each["name"]), name)
        shown = self.lab.ctl_raw("status").stdout
        self.assertRegex(shown, r"WORKER +CONNECTIONS +HALF-OPEN +TIME-WAIT +PAUSE +FRAMES IN +OUT")

    def test_the_interface_goes_down_and_comes_back(self):
        homes = {source: self.home(source) for source in CLIENTS}
        logged = self.lab.logged().count("receives on it again")
        lab.run("ip", "-n", self.lab.server, "link", "set", "eth0", "down")
        lab.wait_for("the log line",
                     lambda: self.lab.logged().count("receives on it again") > logged)
        lab.run("ip", "-n", self.lab.server, "link", "set", "eth0", "up")
        for v in 4, 6:
            lab.wait_for("an answer", lambda: ping(VIRTUAL[v], b"x", timeout=0.5))
        self.assertEqual({source: self.home(source) for source in CLIENTS}, homes)
        self.assertEqual(self.lab.logged().count("receives on it again"), logged + 1)
        lab.run("ip", "-n", self.lab.server, "addr", "replace", f"{OWN[6]}/64", "dev", "eth0",
                "nodad")


class Two(Several, unittest.TestCase):
    count = 2


class Four(Several, unittest.TestCase):
    count = 4


@unittest.skipUnless(tun.can_make_devices(), "cannot open /dev/net/tun")
class Device(unittest.TestCase):
    """The first worker handles all packets of a TUN device, independent of the client's address."""

    def test_all_of_it_is_the_first_workers(self):
        here = tun.Lab("Tun")
        self.addCleanup(here.close)
        here.start(here.config("workers = 4;\n" + tun.config(
            (tun.DEVICE, tun.NETWORK.values(), ""), more=tun.endpoints(tun.NETWORK, "echo"))))
        for v in 4, 6:
            address, source = str(tun.NETWORK[v][1]), tun.KERNEL[v]
            for port in random.sample(range(1, 65536), 20):
                sock = connect(source, address, port)
                self.addCleanup(sock.close)
                sock.sendall(b"hello")
                self.assertEqual(lab.receive(sock, 5), b"hello")
            here.ctl("next", source, "refuse", "--times", 2)
            for _ in range(2):
                with self.assertRaises(ConnectionRefusedError):
                    connect(source, address, 80)
            connect(source, address, 80).close()
        self.assertEqual({c["worker"] for c in here.ctl("connections")}, {0})
        names = [[each["name"] for each in w["links"]] for w in here.ctl("status")["workers"]]
        self.assertEqual([tun.DEVICE in each for each in names], [True, False, False, False])


def home_of(address, count):
    """Returns the worker of an IPv4 client among `count` workers: the hash of
    daemon/link/steer.h."""
    h = int(ipaddress.ip_address(address)) * 0x9e3779b1 & 0xffffffff
    h = (h ^ h >> 16) * 0x85ebca6b & 0xffffffff
    h = (h ^ h >> 13) * 0xc2b2ae35 & 0xffffffff
    return (h ^ h >> 16) % count


def addresses_of(count, each):
    """Returns {address: worker} with `each` loopback addresses of each of `count` workers."""
    homes, left = {}, collections.Counter({worker: each for worker in range(count)})
    for number in range(2, 1 << 16):
        address = f"127.0.{number >> 8}.{number & 255}"
        home = home_of(address, count)
        if left[home]:
            left[home] -= 1
            homes[address] = home
    return homes


class Loopback(unittest.TestCase):
    """Clients on the same host; and as many workers as there are CPUs."""

    def test_each_address_has_its_worker(self):
        here = lab.Lab("Loopback", veth=False)
        self.addCleanup(here.close)
        here.start(here.config('workers = "auto";\nendpoints = ( { name = "a"; service = "echo"; '
                               'address = "127.0.0.1"; ports = "7000-7009"; } );'))
        count = len(here.ctl("status")["workers"])
        self.assertEqual(count, min(len(os.sched_getaffinity(0)), 64))
        homes = addresses_of(count, max(1, 16 // count))
        for address in homes:
            for port in range(7000, 7010):
                sock = connect(address, "127.0.0.1", port)
                self.addCleanup(sock.close)
                sock.sendall(b"hello")
                self.assertEqual(lab.receive(sock, 5), b"hello")
        found = collections.defaultdict(set)
        for c in here.ctl("connections"):
            found[host_of(c["client"])].add(c["worker"])
        self.assertEqual(found, {address: {home} for address, home in homes.items()})


if __name__ == "__main__":
    lab.main()
