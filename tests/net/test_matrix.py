#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Common clients, over every link, to addresses that the server's kernel owns and to addresses that
it does not own, with that kernel as a host and as a router: each client observes the behaviour, and
nothing of that kernel. At the end: a table of clients, behaviours and places."""
import concurrent.futures
import ipaddress
import subprocess
import time
import unittest

from lib import frames, kernel, lab, programs, tun

PORTS = {"accept": 7001, "synack-never": 7005, "refuse": 7006, "accept-then-rst": 7026,
         "icmp-port": 7230, "silent": 7400}
SILENT = "synack-never", "silent"
CLOSED = 9999  # no endpoint has this port
OWN = {4: "10.77.0.1", 6: "fd77::1"}
VIRTUAL = {4: "10.77.0.100", 6: "fd77::100"}
LO = {4: "127.0.0.1", 6: "::1"}
SCAPY = {4: "10.77.0.3", 6: "fd77::3"}  # only Scapy uses these
SCAPY_LO = {4: "127.0.0.50", 6: "::1"}


def words(accept, never, refuse, reset, icmp, silent):
    return dict(zip(("accept", "synack-never", "refuse", "accept-then-rst", "icmp-port", "silent"),
                    (accept, never, refuse, reset, icmp, silent)))


# The expected result of each client. An RST may arrive before a client examines its connection, so
# several words are right.
CLIENTS = {
    "curl": words("page", "timeout", "refused", "reset", "refused", "timeout"),
    "ncat": words("page", "timeout", "refused", "reset", "refused", "timeout"),
    "socket": words("page", "timeout", "refused", "reset", "refused", "timeout"),
    "nmap -sS": words("open", "filtered", "closed", "open", "filtered", "filtered"),
    "nmap -sT": words("open", "filtered", "closed", "open", "closed", "filtered"),
    # An ACK belongs to no connection: listening ports answer it with an RST, whatever their answer
    # to a SYN is.
    "nmap -sA": words("unfiltered", "unfiltered", "unfiltered", "unfiltered", "unfiltered",
                      "filtered"),
    "nmap -O": {"accept": "complete"},
    "hping3": words("syn-ack", "nothing", "rst", "syn-ack", "icmp", "nothing"),
    "scapy": words("page", "nothing", "rst", "reset", "icmp", "nothing"),
}
EACH = {"curl": programs.curl, "ncat": programs.ncat, "socket": programs.kernel,
        "hping3": programs.hping}
MET = {}  # (client, behaviour) -> {place: word}


def endpoints(addresses):
    lines = [f'{{ name = "{number}/{name}"; address = "{address}"; ports = "{port}"; '
             f'service = "http"; ' + ('closed = "silence"; }' if name == "silent" else
                                      f'behaviour = "{name}"; }}')
             for number, address in enumerate(addresses) for name, port in PORTS.items()]
    return "endpoints = (\n" + ",\n".join(lines) + " );\n"


def patience(name):
    """Returns the timeout of a client, in seconds."""
    return programs.NOTHING if name in SILENT else lab.PATIENCE


class Ask:
    """All clients of one address, several at a time."""

    def __init__(self, place, interface, address, source):
        self.place, self.address = place, address
        self.interface, self.source = interface, source

    def jobs(self):
        """Yields (client, behaviour or None for all of them, function)."""
        a = self.address
        for client, ask in EACH.items():
            if client == "hping3" and ":" in a:
                continue
            for name, port in PORTS.items():
                yield client, name, lambda ask=ask, port=port, patience=patience(name): ask(
                    a, port, patience)
        for option in "-sS", "-sT", "-sA":
            yield f"nmap {option}", None, lambda option=option: programs.scan(a, PORTS.values(),
                                                                              option)
        yield "nmap -O", "accept", lambda: programs.fingerprint(a, (PORTS["accept"], CLOSED))

    def scapy(self):
        """Scapy is a library, not a program, and not safe for several threads."""
        client = programs.Scapy(self.interface, self.source, self.address)
        try:
            for name, port in PORTS.items():
                yield "scapy", name, client.get(port, patience(name))
        finally:
            client.close()

    def note(self, client, name, word):
        if name is None:
            for each, port in PORTS.items():
                self.note(client, each, word.get(port, "missing"))
        else:
            MET.setdefault((client, name), {})[self.place] = word


def turn(client, name):
    """Returns the turn of a job: hping3 accepts every ICMP error as its answer, so icmp-port has a
    turn of its own."""
    return (client == "hping3") + (client == "hping3" and name == "icmp-port")


def run(asks):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for now in range(3):
            under_way = [(ask, client, name, pool.submit(call)) for ask in asks
                         for client, name, call in ask.jobs() if turn(client, name) == now]
            for ask in asks if now == 0 else ():
                for met in ask.scapy():
                    ask.note(*met)
            for ask, client, name, future in under_way:
                ask.note(client, name, future.result())


class Traffic:
    """Counts the server's packets: packets of the responder, which concern its ports or are not
    from the kernel's MAC (None on lo, where there is none); packets that the kernel may send;
    faults."""

    def __init__(self, own_mac, own, clients=()):
        self.own_mac, self.own, self.clients = own_mac, own, clients
        self.responder = self.kernel = 0
        self.faults = []

    def take(self, source, kind, packet):
        if source in self.clients:
            return
        if self.own_mac and source != self.own_mac:
            self.responder += 1  # also ARP and neighbour discovery: no other host is present
        elif kind in (b"\x08\x00", b"\x86\xdd"):
            self.take_ip(packet)

    def take_ip(self, packet):
        v4 = is_v4(packet)
        start = (packet[0] & 15) * 4 if v4 else 40
        protocol, body = packet[9 if v4 else 6], packet[start:]
        if protocol == 6 and int.from_bytes(body[:2], "big") in PORTS.values():
            self.responder += 1
        elif protocol == (1 if v4 else 58) and is_error(v4, body[0]):
            self.take_error(v4, body[8:])
        elif protocol == 6 and frames.Segment(packet).src not in self.own:
            self.faults.append(packet.hex())
        else:
            self.kernel += 1

    def take_error(self, v4, quote):
        """An error must quote a packet of the client."""
        segment = quote[(quote[0] & 15) * 4 if v4 else 40:]
        if quote[9 if v4 else 6] == 6 and int.from_bytes(segment[2:4], "big") in PORTS.values():
            self.responder += 1
        elif address_at(quote, 16 if v4 else 24) not in self.own:
            self.faults.append(quote.hex())
        else:
            self.kernel += 1


def is_v4(packet):
    return packet[0] >> 4 == 4


def is_error(v4, kind):
    return kind in (3, 4, 5, 11, 12) if v4 else kind < 128 or kind == 137


def address_at(packet, at):
    return str(ipaddress.ip_address(packet[at:at + (4 if is_v4(packet) else 16)]))


class Place:
    """The tests of one lab: packets while all clients run, and afterwards."""
    watch = kernel.Watch

    @classmethod
    def meet(cls):
        def sort():
            new = watch.sorted(sort.seen)
            sort.seen += len(new)
            for frame in new:
                cls.traffic.take(*frame)
            return cls.traffic.responder == cls.sent()
        sort.seen = 0
        watch = cls.watch(cls.lab.interface)
        try:
            run(cls.asks)
            end = time.monotonic() + lab.PATIENCE  # retransmissions may still be in transit
            while not sort() and time.monotonic() < end:
                time.sleep(0.01)
            cls.responder_sent = cls.sent()
        finally:
            watch.stop()

    @classmethod
    def sent(cls):
        """Returns the responder's count of sent frames."""
        return next(each["counters"]["frames-out"] for each in cls.lab.ctl("status")["links"]
                    if each["name"] == cls.lab.interface)

    def test_each_client_has_the_expected_result(self):
        for ask in self.asks:
            clients = {client for (client, _), met in MET.items() if ask.place in met}
            self.assertEqual(set(CLIENTS) - clients, {"hping3"} if ":" in ask.address else set())
            for (client, name), met in MET.items():
                with self.subTest(f"{client}, {name}, {ask.place}"):
                    if ask.place in met:
                        self.assertEqual(met[ask.place], CLIENTS[client][name])

    def test_nothing_of_the_kernel(self):
        """Each frame about the responder's ports and virtual addresses was sent by the
        responder."""
        self.assertGreater(self.traffic.responder, 100)
        self.assertEqual(self.traffic.responder, self.responder_sent)
        self.assertEqual(self.traffic.faults, [])

    def test_nothing_is_left_after_sigkill(self):
        address, port = self.asks[0].address, PORTS["accept"]
        self.lab.kill()
        try:
            done = subprocess.run(["ip", "netns", "exec", self.lab.server, "ss", "-Hltn"],
                                  capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout, "")
            link = kernel.link(self.lab.server, self.lab.interface)
            self.assertEqual(link["promiscuity"], 0)
            # Now the kernel refuses; the checks above would have detected that.
            traffic = Traffic(self.traffic.own_mac, self.traffic.own, self.traffic.clients)
            watch = kernel.Watch(self.lab.interface)
            self.assertEqual(programs.curl(address, port), "refused")
            for frame in watch.stop():
                traffic.take(*frame)
            self.assertEqual(traffic.responder, 1)
        finally:
            self.lab.start(self.lab.directory / "synackd.conf")
        self.assertEqual(programs.curl(address, port), "page")


class Veth(Place):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        kernel.set_forwarding(cls.lab.server, cls.forwarding)
        cls.lab.start(cls.lab.config(endpoints([*OWN.values(), *VIRTUAL.values()])))
        server, client = (kernel.mac_of(kernel.link(namespace)["address"])
                          for namespace in (cls.lab.server, cls.lab.client))
        cls.traffic = Traffic(server, OWN.values(), (client, kernel.mac_of(programs.SCAPY_MAC)))
        cls.asks = [Ask(f"{cls.__name__.lower()} {kind} {v}", "eth0", address[v], SCAPY[v])
                    for kind, address in (("owned", OWN), ("virtual", VIRTUAL)) for v in (4, 6)]
        cls.meet()


class Host(Veth, unittest.TestCase):
    forwarding = 0


class Router(Veth, unittest.TestCase):
    forwarding = 1


class Loopback(Place, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(endpoints(LO.values())))
        cls.traffic = Traffic(None, [*LO.values(), *SCAPY_LO.values()])
        cls.asks = [Ask(f"lo owned {v}", "lo", LO[v], SCAPY_LO[v]) for v in (4, 6)]
        cls.meet()


class Device(tun.Seen):
    """Records the sender in place of a link address."""

    def __init__(self, _):
        super().__init__()

    def sorted(self, start=0):
        return [(b"kernel" if by_kernel else b"responder",
                 b"\x08\x00" if is_v4(packet) else b"\x86\xdd", packet)
                for packet, by_kernel in self.packets[start:]]


class Tun(Place):
    """The clients are the server's own kernel."""
    watch = Device

    @classmethod
    def setUpClass(cls):
        if not tun.can_make_devices():
            raise unittest.SkipTest("cannot open /dev/net/tun")
        cls.lab = tun.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.interface = tun.DEVICE
        kernel.set_forwarding(cls.lab.server, cls.forwarding)
        addresses = {v: str(network[77]) for v, network in tun.NETWORK.items()}
        cls.lab.start(cls.lab.config(tun.config((tun.DEVICE, tun.NETWORK.values(), ""),
                                                more=endpoints(addresses.values()))))
        cls.traffic = Traffic(b"kernel", tun.KERNEL.values())
        name = f"tun {'router' if cls.forwarding else 'host'}"
        cls.asks = [Ask(f"{name} {v}", tun.DEVICE, addresses[v], tun.KERNEL[v]) for v in (4, 6)]
        cls.meet()

    def test_nothing_is_left_after_sigkill(self):
        address, port = self.asks[0].address, PORTS["accept"]
        self.lab.kill()
        try:
            self.assertIsNone(self.lab.device())
        finally:
            self.lab.start(self.lab.directory / "synackd.conf")
        self.assertEqual(programs.curl(address, port), "page")


class TunHost(Tun, unittest.TestCase):
    forwarding = 0


class TunRouter(Tun, unittest.TestCase):
    forwarding = 1


def print_matrix():
    places = list(dict.fromkeys(place for met in MET.values() for place in met))
    table = [["client", "behaviour", *places]]
    for client in CLIENTS:
        for name in PORTS:
            met = MET.get((client, name))
            if met:
                table.append([client, name, *(met.get(place, "-") for place in places)])
    widths = [max(map(len, column)) for column in zip(*table)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def tearDownModule():
    print_matrix()


if __name__ == "__main__":
    lab.main()
