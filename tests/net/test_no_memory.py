#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each allocation of a running daemon fails once, in turn, while clients of all services and
readers of the control socket are active. The daemon continues; a client receives the whole stream,
or a reset."""
import json
import mmap
import random
import socket
import struct
import unittest

from lib import lab, outcome
from lib.echo import EchoServer
from lib.manager import Manager

SHIM = lab.BUILD / "tests" / "libfail_malloc.so"
OCTETS = 20000
SERVICES = {"echo": 7000, "chargen": 7001, "http": 7002, "report": 7003, "relay": 7004}
READS = [("connections", {}), ("verdicts", {})]  # their size depends on clients


def ask(address, port):
    """Returns the octets before the end of the stream, or None after a reset."""
    name = next(n for n, p in SERVICES.items() if p == port)
    said = random.randbytes(OCTETS)
    if name in ("http", "report"):
        said = b"GET / HTTP/1.0\r\n\r\n"
    try:
        with socket.create_connection((address, port), lab.PATIENCE) as sock:
            sock.sendall(said)
            if name == "chargen":
                return len(lab.receive(sock, OCTETS)) >= OCTETS
            if name in ("echo", "relay"):
                return lab.receive(sock, OCTETS) == said
            answer = b"".join(iter(lambda: sock.recv(65536), b""))
    except ConnectionError:
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    if name == "report" and b" 200 " in head:
        json.loads(body)
    return len(body) == length


class Failing(unittest.TestCase):
    """A daemon whose allocations fail on request of the test."""

    @classmethod
    def open(cls, **more):
        """Prepares the lab. Returns the command to start the daemon with."""
        cls.lab = lab.Lab(cls.__name__, **more)
        cls.addClassCleanup(cls.lab.close)
        path = cls.lab.write("fail", "\0" * mmap.PAGESIZE)
        with open(path, "r+b") as f:
            cls.shared = mmap.mmap(f.fileno(), mmap.PAGESIZE)
        return "env", f"LD_PRELOAD={SHIM}", f"FAIL_MALLOC={path}"

    def fail_at(self, number):
        self.shared[:8] = struct.pack("ii", number, 0)

    def failed(self):
        """Returns the number of failed allocations, and lets all later ones succeed."""
        failed = struct.unpack("i", self.shared[4:8])[0]
        self.shared[:4] = bytes(4)
        return failed

    def goes_on(self, what):
        if self.lab.daemon.poll() is not None:
            self.fail(f"{what}: the daemon ended\n{self.lab.logged()[-500:]}")


class NoMemory(Failing):
    @classmethod
    def setUpClass(cls):
        inside = cls.open(sample=1 << 20)
        server = EchoServer(cls.lab.server)
        cls.addClassCleanup(server.close)
        endpoints = ",\n".join(
            f'{{ name = "{name}{v}"; address = "{address}"; ports = "{port}"; service = "' +
            (f"relay:127.0.0.1:{server.port}" if name == "relay" else name) + '"; }'
            for v, address in ((4, cls.lab.v4), (6, cls.lab.v6))
            for name, port in SERVICES.items())
        cls.lab.start(cls.lab.config(f"endpoints = ( {endpoints} );\n"),
                      inside=inside)

    def test_clients(self):
        for name, port in SERVICES.items():
            ends, number = [], 0
            while number < 150:
                number += 1
                self.fail_at(number)
                end = ask((self.lab.v4, self.lab.v6)[number % 2], port)
                missed = not self.failed()
                self.goes_on(f"{name}, allocation {number}")
                self.assertIn(end, (True, None), f"{name}, allocation {number}")
                if missed:
                    break
                ends.append(end)
            print(f"{name}: {len(ends)} allocations failed, {ends.count(None)} resets", flush=True)
            self.assertGreater(len(ends), 1)  # a connection, and its octets
            self.assertIs(ask(self.lab.v4, port), True)

    def read(self, method, params):
        """Returns the answer, or None if the daemon closed the connection."""
        try:
            return self.converse(method, params)
        except ConnectionError:
            return None

    def converse(self, method, params):
        with self.lab.connect_control() as sock:
            stream = sock.makefile("rb")
            if "protocol" not in json.loads(stream.readline() or "{}"):
                return None
            sock.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                     "params": params}).encode() + b"\n")
            line = stream.readline()
            return json.loads(line) if line else None

    def test_readers(self):
        for address in 5 * [self.lab.v4, self.lab.v6]:
            sock = socket.create_connection((address, SERVICES["echo"]), lab.PATIENCE)
            self.addCleanup(sock.close)
        for method, params in READS:
            told, number = 0, 0
            while number < 150:
                number += 1
                self.fail_at(number)
                answer = self.read(method, params)
                missed = not self.failed()
                self.goes_on(f"{method}, allocation {number}")
                if missed:
                    break
                told += answer is not None and "error" in answer
            print(f"{method}: {number - 1} allocations failed, {told} errors reported", flush=True)
            self.assertGreater(told, 0, method)
            self.assertIn("result", self.read(method, params))


class Ticks(Failing):
    """The periodic work of the daemon, which ends with its message to the service manager."""

    @classmethod
    def setUpClass(cls):
        inside = cls.open(veth=False, sample=0)
        cls.manager = Manager(cls.lab.directory / "notify")
        cls.addClassCleanup(cls.manager.socket.close)
        cls.lab.start(cls.lab.config('endpoints = ( { name = "e"; address = "127.0.0.1"; '
                                     'ports = "7000"; } );\n'),
                      inside=(*inside, f"NOTIFY_SOCKET={cls.manager.path}",
                              "WATCHDOG_USEC=400000"))

    def test_ticks(self):
        for number in range(1, 20):
            self.manager.clear()
            self.fail_at(number)
            for _ in range(2):  # covers the allocations of one whole period
                self.manager.until("a ping", lambda message: "WATCHDOG" in message)
            missed = not self.failed()
            self.goes_on(f"allocation {number}")
            if missed:
                break
        self.assertTrue(missed and number > 1, number)


if __name__ == "__main__":
    if lab.SANITIZED:
        outcome.skip("a sanitizer has allocations of its own")
    lab.main()
