# SPDX-License-Identifier: MIT
"""Conversations with an HTTP server that closes first, 2,000 at once, beside a server on the
kernel's TCP with one thread; and the memory of connections. The clients are the kernel's."""
import contextlib
import socket

from . import places
from .row import Row, at_least, at_most

PORT = places.PORT
AT_ONCE = 2000
REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"
ENDPOINTS = {"http": f'ports = "{PORT}"; service = "http"; close = "reply";',
             "idle": f'ports = "{PORT + 1}"; service = "discard";'}
# A small trace: the memory of the rows below is that of connections.
SMALL_TRACE = 'trace_size = "64k";'
SPEED = Row("conversations", "conversations a second", "/s", "epoll", at_least(1.2), at_least(1.5))
TIME_WAIT = Row("time-wait-memory", "memory of a TIME-WAIT", "octets", "", at_most(128))
OPEN = Row("open-memory", "memory of an idle connection", "octets")
ROWS = (SPEED, TIME_WAIT, OPEN)


def fetch(address):
    """Returns the reply of a server, whose octets the other server sends, too."""
    with socket.create_connection((address, PORT), timeout=20) as sock:
        sock.sendall(REQUEST)
        with sock.makefile("rb") as stream:
            return stream.read()


def converse(site, address, octets, **words):
    return site.generate("converse", to=address, octets=octets, clients=places.CLIENT_ADDRESSES,
                         **{"from": places.CLIENT_FIRST}, **words)


@contextlib.contextmanager
def epoll_server(site, reply):
    path = site.directory / "reply"
    path.write_bytes(reply)
    with site.serving("http_server", address=places.KERNEL[4], port=PORT, reply=path):
        yield


def measure_speed(bench):
    words = {"seconds": 0.5 if bench.quick else 2, "at_once": 200 if bench.quick else AT_ONCE}
    for _ in bench.rounds("conversations"):
        with bench.site.ours(ENDPOINTS):
            reply = fetch(places.OURS[4])
            ours = converse(bench.site, places.OURS[4], len(reply), **words)
        with epoll_server(bench.site, reply):
            theirs = converse(bench.site, places.KERNEL[4], len(reply), **words)
        bench.add(SPEED.name, *(got["conversations"] / got["seconds"] for got in (ours, theirs)))


def measure_time_wait(bench):
    """Each conversation leaves a TIME-WAIT. The first ones fill other memory."""
    first, count = (1000, 3000) if bench.quick else (10_000, 40_000)
    with bench.site.ours(ENDPOINTS, SMALL_TRACE) as pid:
        octets = len(fetch(places.OURS[4]))
        converse(bench.site, places.OURS[4], octets, at_once=500, count=first)
        before = places.resident(pid)
        converse(bench.site, places.OURS[4], octets, at_once=500, count=count)
        bench.site.wait_for_connections(first + count, "time_wait")
        bench.add(TIME_WAIT.name, (places.resident(pid) - before) / count)


@contextlib.contextmanager
def idle_connections(site, count):
    process = site.spawn(site.client, places.CLIENT_CPU, "converse", to=places.OURS[4],
                         port=PORT + 1, clients=places.CLIENT_ADDRESSES, at_once=count,
                         count=count, request="no", **{"from": places.CLIENT_FIRST})
    try:
        site.expect(process, '"failed": 0')
        yield
    finally:
        site.end(process)


def measure_open(bench):
    first, count = (200, 800) if bench.quick else (2000, 10_000)
    site = bench.site
    with site.ours(ENDPOINTS, SMALL_TRACE) as pid, idle_connections(site, first):
        before = places.resident(pid)
        with idle_connections(site, count):
            site.wait_for_connections(first + count)
            bench.add(OPEN.name, (places.resident(pid) - before) / count)


def measure(bench):
    if bench.wants(SPEED.name):
        measure_speed(bench)
    if bench.wants(TIME_WAIT.name):
        for _ in bench.rounds("memory of TIME-WAIT", slow=True):
            measure_time_wait(bench)
    if bench.wants(OPEN.name):
        for _ in bench.rounds("memory of connections", slow=True):
            measure_open(bench)
