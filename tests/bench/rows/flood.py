# SPDX-License-Identifier: MIT
"""SYN floods: the CPU time of an answer, and the answers a second at saturation.

At a steady rate, the CPU time of synackd and of the reflector is that of their threads. The kernel
answers while it processes the frames that the generator sends. The rows with the kernel's share
therefore add the CPU time of the generator, less that of the generator without a receiver."""
import contextlib
import socket

from . import places
from .row import Row, at_least, at_most

RATE = 200_000
# No SYN-ACK is retransmitted within a run.
ENDPOINTS = {"flood": f'ports = "{places.PORT}"; service = "discard"; rto_initial = "60s";'}


def rows_of(v):
    of = {4: "", 6: "6"}[v]
    over = f"IPv{v}"
    return (
        Row(f"syn-cpu{of}", f"SYN: CPU by a V3 ring's, {over}", "ns", "ring V3", at_most(1.5)),
        Row(f"syn-cpu{of}-v2", f"SYN: CPU by a V2 ring's, {over}", "ns", "ring V2"),
        Row(f"syn-cpu{of}-kernel", f"SYN: all CPU by cookies', {over}", "ns", "cookies"),
        Row(f"syn-rate{of}", f"SYN: rate by cookies', {over}", "/s", "cookies", at_least(1.2),
            at_least(2.0)))


ROWS = rows_of(4) + rows_of(6)


class Flood:
    """The floods of a family of addresses."""

    def __init__(self, bench, v):
        self.bench, self.site, self.v = bench, bench.site, v
        self.seconds = 0.25 if bench.quick else 1.5

    def flood(self, to, mac, rate, **more):
        return self.site.generate(
            "flood", to=to, to_mac=mac, port=places.PORT, **{"from": places.CLIENTS[self.v]},
            from_mac=places.CLIENT_MAC, rate=rate, seconds=self.seconds, **more)

    def alone(self):
        """Returns the CPU time of the generator for a SYN that no station receives, in ns."""
        got = self.flood(places.OURS[self.v], places.NO_MAC, RATE, answers="none")
        return got["cpu"] / got["sent"] * 1e9

    def process(self, pid, to, mac):
        """Returns the CPU time that a process takes for an answer, and that of the generator."""
        before = places.cpu_time(pid)
        got = self.flood(to, mac, RATE)
        used = places.cpu_time(pid) - before
        return used / got["answers"], got["cpu"] / got["answers"] * 1e9

    def rate(self, to, mac):
        got = self.flood(to, mac, 0)
        return got["answers_in_time"] / got["seconds"], got["sent"] / got["seconds"]

    def ours(self):
        with self.site.ours(ENDPOINTS) as pid:
            to, mac = places.OURS[self.v], self.site.our_mac(self.v)
            own, generator = self.process(pid, to, mac)
        with self.site.ours(ENDPOINTS):  # its tables are empty again
            return own, generator, *self.rate(to, mac)

    def ring(self, version):
        with self.site.serving("reflector", version=version) as pid:
            return self.process(pid, places.OURS[self.v], places.REFLECTOR_MAC)[0]

    def kernel(self):
        """Returns the CPU time of the generator for an answer of the kernel, and the answers a
        second: the better of two ways, on the generator's CPU and on the server's."""
        to, mac = places.KERNEL[self.v], self.site.server_mac
        with self.cookies():
            got = self.flood(to, mac, RATE)
            rates = [self.rate(to, mac)[0]]
            with self.site.rps(self.site.server, places.SERVER_CPU):
                rates.append(self.rate(to, mac)[0])
        return got["cpu"] / got["answers"] * 1e9, max(rates)

    @contextlib.contextmanager
    def cookies(self):
        """A listener of the server's kernel that answers each SYN with a cookie."""
        with self.site.sysctl("ipv4/tcp_syncookies", 2), self.site.on_server():
            listener = socket.create_server(
                (places.KERNEL[self.v], places.PORT), backlog=8192,
                family=socket.AF_INET6 if self.v == 6 else socket.AF_INET)
        with listener:
            yield


def measure_family(bench, v):
    names = [row.name for row in rows_of(v)]
    if not bench.wants(*names):
        return
    cpu, cpu_v2, cpu_kernel, rate = names
    flood = Flood(bench, v)
    for _ in bench.rounds(f"SYN flood, IPv{v}"):
        own, generator, answers, sent = flood.ours()
        if bench.wants(cpu):
            bench.add(cpu, own, flood.ring(3))
        if bench.wants(cpu_v2):
            bench.add(cpu_v2, own, flood.ring(2))
        if bench.wants(cpu_kernel, rate):
            kernel, theirs = flood.kernel()
            alone = flood.alone()
            bench.add(cpu_kernel, own + generator - alone, kernel - alone)
            bench.add(rate, answers, theirs, sent_per_second=sent)


def measure(bench):
    for v in 4, 6:
        measure_family(bench, v)
