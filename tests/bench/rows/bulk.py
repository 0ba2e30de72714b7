# SPDX-License-Identifier: MIT
"""Bulk data in each direction, beside a server on the kernel's TCP: with offload, without, and with
a loss of 1 % in each direction.

With loss, a router between the clients and the server discards one packet of a hundred randomly, by
a rule of nftables, for both servers alike. No interface there has offload: each packet that is lost
is a segment."""
import contextlib

from . import places
from .row import Row, at_least

SOURCE, SINK = places.PORT, places.PORT + 1
ENDPOINTS = {"source": f'ports = "{SOURCE}"; service = "chargen";',
             "sink": f'ports = "{SINK}"; service = "discard";'}
# (name in the rows, title, goal)
PATHS = (("offload", "offload", 0.4), ("plain", "no offload", 0.5), ("loss", "1 % loss", 0.5))
DIRECTIONS = (("out", "to the client", SOURCE, "source", "receive"),
              ("in", "from the client", SINK, "sink", "send"))
ROWS = tuple(Row(f"bulk-{direction}-{path}", f"data {towards}, {title}", "MB/s", "kernel",
                 at_least(goal))
             for path, title, goal in PATHS for direction, towards, *_ in DIRECTIONS)

def measure_path(bench, path):
    site, lossy = bench.site, path == "loss"
    ours_at, kernel_at = ((places.LOSSY_OURS, places.LOSSY_KERNEL) if lossy else
                          (places.OURS[4], places.KERNEL[4]))
    seconds = 0.4 if bench.quick else 4 if lossy else 2

    def rate(to, port, mode):
        got = site.generate("bulk_client", to=to, port=port, mode=mode, seconds=seconds,
                            warm=0 if lossy else 0.1)
        return got["octets"] / got["seconds"] / 1e6, got["retransmitted"]
    for direction, _, port, server_mode, client_mode in DIRECTIONS:
        name = f"bulk-{direction}-{path}"
        if not bench.wants(name):
            continue
        with site.ours(ENDPOINTS, at=(ours_at,)):
            ours, again = rate(ours_at, port, client_mode)
        with site.serving("bulk_server", address=kernel_at, port=port, mode=server_mode):
            theirs, again_theirs = rate(kernel_at, port, client_mode)
        bench.add(name, ours, theirs, retransmitted=[again, again_theirs])


def measure(bench):
    for path, title, _ in PATHS:
        if not bench.wants(*(f"bulk-{direction}-{path}" for direction, *_ in DIRECTIONS)):
            continue
        with contextlib.ExitStack() as stack:
            if path == "plain":
                stack.enter_context(bench.site.without_offload())
            elif path == "loss":
                stack.enter_context(bench.site.lossy_path())
            for _ in bench.rounds(f"bulk data, {title}"):
                measure_path(bench, path)
