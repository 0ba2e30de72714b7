# SPDX-License-Identifier: MIT
"""The times of answers: of a lone SYN, of retransmissions with a million half-open connections, and
of delayed SYN-ACKs. The generator knows when it sent each SYN; synackd's timers start at the time
of the frame. Shares and quantiles leave out the times at which the machine itself was slow
(lib/pace.h); the notes have the shares of all SYNs, too."""
import contextlib
import socket

from . import places, site as network
from .row import Row, at_least, at_most

PORT = places.PORT
DELAY = 3
COUNTED = 0.2  # of the SYNs, at least: the others were sent or due while the machine was slow
ENDPOINTS = {
    "plain": f'ports = "{PORT}"; service = "discard";',
    "held": f'ports = "{PORT + 1}"; service = "discard"; behaviour = "synack-delay={DELAY}s";',
    "delayed": f'ports = "{PORT + 2}"; service = "discard"; behaviour = "synack-both={DELAY}s";',
    "refused": f'ports = "{PORT + 3}"; service = "discard"; behaviour = "refuse";'}
LONE = (Row("syn-lone-p50", "lone SYN: median latency", "us", "listener", at_most(3)),
        Row("syn-lone-p99", "lone SYN: 99th percentile", "us", "listener", at_most(3)))
HALF_OPEN = (
    Row("half-open-late", "1 M half-open: again within 10 ms", "share", "", at_least(0.99),
        at_least(0.999)),
    Row("half-open-held", "1 M half-open: held together", "share", "", at_least(1)),
    Row("half-open-lost", "1 M half-open: frames lost", "share"),
    Row("half-open-memory", "half-open record, IPv4", "octets", "", at_most(100)))
MEMORY6 = Row("half-open-memory6", "half-open record, IPv6", "octets", "", at_most(116))
HELD = (Row("held-1ms", "SYN held for 3 s: within 1 ms", "share", "", at_least(0.99)),
        Row("held-5ms", "SYN held for 3 s: within 5 ms", "share", "", at_least(0.999)))
DELAYED = (Row("delayed-1ms", "SYN-ACK delayed 3 s: within 1 ms", "share", "", at_least(0.99)),
           Row("delayed-5ms", "SYN-ACK delayed 3 s: within 5 ms", "share", "", at_least(0.999)))
ROWS = LONE + HALF_OPEN + (MEMORY6,) + HELD + DELAYED


def names(rows):
    return [row.name for row in rows]


def syn_times(site, to, mac, v=4, **words):
    got = site.generate("syn_times", to=to, to_mac=mac, **{"from": places.CLIENTS[v]},
                        from_mac=places.CLIENT_MAC, **words)
    del got["gaps"]  # thousands, and of no interest here
    if got["second"]["counted"] < COUNTED * got["sent"]:
        raise network.Lost(f"the machine was slow for {got['slow']:.0%} of the time")
    return got


# --- a lone SYN -----------------------------------------------------------------------------------

def lone(bench, to, mac):
    got = syn_times(bench.site, to, mac, port=PORT, rate=200, count=60 if bench.quick else 400,
                    again=0, linger=places.PATIENCE)["first"]
    return got["p50"], got["p99"]


@contextlib.contextmanager
def kernel_listener(site):
    with site.on_server():
        listener = socket.create_server((places.KERNEL[4], PORT), backlog=8192)
    with listener:
        yield


def measure_lone(bench):
    for _ in bench.rounds("lone SYN"):
        with bench.site.ours(ENDPOINTS):
            ours = lone(bench, places.OURS[4], bench.site.our_mac(4))
        with kernel_listener(bench.site):
            theirs = lone(bench, places.KERNEL[4], bench.site.server_mac)
        for name, own, their in zip(names(LONE), ours, theirs):
            bench.add(name, own, their)


# --- half-open connections ------------------------------------------------------------------------

def fill_trace(site, mac, quick):
    """Fills the ring of the trace, so that the memory which later SYNs take is that of their
    records. The endpoint keeps nothing of these SYNs."""
    site.generate("flood", to=places.OURS[4], to_mac=mac, port=PORT + 3, answers="none",
                  **{"from": places.CLIENTS[4]}, from_mac=places.CLIENT_MAC, rate=100_000,
                  seconds=0.5 if quick else 3)


def half_open(site, quick):
    """Returns the values of a run by row, and its notes by row."""
    count, rate = (20_000, 20_000) if quick else (1_000_000, 100_000)
    with site.ours(ENDPOINTS) as pid:
        mac = site.our_mac(4)
        fill_trace(site, mac, quick)
        before, memory = site.counters(), places.resident(pid)
        backlog = places.backlog_lost()
        got = syn_times(site, places.OURS[4], mac, port=PORT, rate=rate, count=count, batch=8,
                        clients=10_000, linger=3)
        memory, after = places.resident(pid) - memory, site.counters()
    held = after["half_open"]
    values = {
        "half-open-late": got["second"]["within_10ms"],
        "half-open-held": held / count,
        # SYNs without an answer, wherever the frame was lost.
        "half-open-lost": 1 - got["first"]["count"] / count,
        "half-open-memory": memory / max(held, 1)}
    return values, {"half-open-late": {"generator": got}, "half-open-lost": {
        "lost_by_synackd": after["dropped-in"] - before["dropped-in"],
        "lost_by_generator": got["ring_lost"],
        "lost_by_kernel": places.backlog_lost() - backlog}}


def measure_half_open(bench):
    """On veth, the CPU of the sender also does the work of the receiver's kernel, which a client on
    another machine does itself. The better of both ways counts, as for the kernel's SYN cookies."""
    site = bench.site
    for _ in bench.rounds("half-open connections", slow=True):
        values, notes = half_open(site, bench.quick)
        if not bench.quick:
            alone = values["half-open-late"]
            with site.rps(site.client, places.CLIENT_CPU):
                other = half_open(site, bench.quick)
            if other[0]["half-open-late"] > alone:
                values, notes = other
            notes["half-open-late"]["without_rps"] = alone
        for name, value in values.items():
            bench.add(name, value, **notes.get(name, {}))


def measure_memory6(bench):
    count = 20_000 if bench.quick else 400_000
    site = bench.site
    for _ in bench.rounds("half-open connections, IPv6", slow=True):
        with site.ours(ENDPOINTS) as pid:
            fill_trace(site, site.our_mac(4), bench.quick)
            memory = places.resident(pid)
            syn_times(site, places.OURS[6], site.our_mac(6), v=6, port=PORT, rate=50_000,
                      count=count, batch=8, clients=10_000, again=0, linger=places.PATIENCE)
            memory = places.resident(pid) - memory
            bench.add(MEMORY6.name, memory / max(site.counters()["half_open"], 1))


# --- delayed answers ------------------------------------------------------------------------------

def measure_delayed(bench, rows, port, title):
    count, rate = (5_000, 5_000) if bench.quick else (400_000, 50_000)
    for _ in bench.rounds(title, slow=True):
        with bench.site.ours(ENDPOINTS):
            got = syn_times(bench.site, places.OURS[4], bench.site.our_mac(4), port=port,
                            rate=rate, count=count, batch=4, clients=10_000, due=DELAY,
                            again=0, linger=DELAY + places.PATIENCE)
        for row, within in zip(rows, ("within_1ms", "within_5ms")):
            bench.add(row.name, got["first"][within], generator=got)


def measure(bench):
    if bench.wants(*names(LONE)):
        measure_lone(bench)
    if bench.wants(*names(HALF_OPEN)):
        measure_half_open(bench)
    if bench.wants(MEMORY6.name):
        measure_memory6(bench)
    if bench.wants(*names(HELD)):
        measure_delayed(bench, HELD, PORT + 1, "held SYNs")
    if bench.wants(*names(DELAYED)):
        measure_delayed(bench, DELAYED, PORT + 2, "delayed SYN-ACKs")
