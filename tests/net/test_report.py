#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client requests the report about itself, as a unit test of a client would."""
import http.client
import itertools
import json
import random
import socket
import subprocess
import time
import unittest

from lib import lab, tolerances

PORT = 8090  # of the report
BEHAVIOURS = {"dup": (8001, "synack-dup"), "wrong": (8002, "ack-isn"), "plain": (8003, "accept")}


def endpoint(name, address, port, behaviour, service):
    return (f'{{ name = "{name}"; address = "{address}"; ports = "{port}"; '
            f'behaviour = "{behaviour}"; service = "{service}"; }}')


def config(laboratory):
    each = []
    for family, address in ("4", laboratory.v4), ("6", laboratory.v6):
        each.append(endpoint(f"report{family}", address, PORT, "accept", "report"))
        each += [endpoint(name + family, address, port, behaviour, "echo")
                 for name, (port, behaviour) in BEHAVIOURS.items()]
    return laboratory.config(f'''
trace_size = "4M";
profiles = ( {{ name = "odd"; summary = "a distinct profile";
  deviations = ( {{ requirement = "R9293-SS-ack"; why = "unspecified" }} ); }} );
endpoints = ( {", ".join(each)} );
''')

PORTS = itertools.count(random.randrange(10000, 20000))  # the kernel assigns other ports itself


def first_octets(sock, count):
    """Reads this many octets, and leaves the rest unread."""
    got = b""
    while len(got) < count:
        part = sock.recv(count - len(got))
        if not part:
            raise AssertionError(f"the connection ended after {len(got)} octets of {count}")
        got += part
    return got


class Asking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab("report")
        cls.addClassCleanup(cls.lab.close)
        for address in "10.77.0.3/24", "fd77::3/64":
            lab.run("ip", "-n", cls.lab.client, "addr", "add", address, "dev", "eth0",
                    *(["nodad"] if ":" in address else []))
        cls.lab.start(config(cls.lab))

    def families(self):
        """Yields the server's address and two of the client's, for each family."""
        for family, server, *clients in (("4", self.lab.v4, "10.77.0.2", "10.77.0.3"),
                                         ("6", self.lab.v6, "fd77::2", "fd77::3")):
            with self.subTest(family=family):
                yield family, server, clients

    def ask(self, server, query="", source="", method="GET", body=None):
        """Returns the status and the JSON of the report."""
        asked = http.client.HTTPConnection(server, PORT, timeout=20,
                                           source_address=(source, 0) if source else None)
        try:
            asked.request(method, "/" + query, body)
            answer = asked.getresponse()
            text = answer.read()
            self.assertEqual(answer.getheader("Content-Type"), "application/json")
            self.assertEqual(int(answer.getheader("Content-Length")) if method != "HEAD" else 0,
                             len(text))
            return answer.status, json.loads(text) if text else None
        finally:
            asked.close()

    def report(self, server, query="", source=""):
        status, report = self.ask(server, query, source)
        self.assertEqual(status, 200, report)
        return report["connections"]

    def meet(self, server, name, source):
        """Makes a connection to the endpoint, which echoes. Returns its source port, which no other
        connection has."""
        said = random.randbytes(random.randrange(1, 1000))
        port = next(PORTS)
        with socket.create_connection((server, BEHAVIOURS[name][0]), 20, (source, port)) as client:
            client.sendall(said)
            self.assertEqual(lab.receive(client, len(said)), said)
            return port

    def results(self, server, query, requirement, source=""):
        """Returns the results of a requirement, one per connection."""
        return [v["result"] for c in self.report(server, query, source) for v in c["verdicts"]
                if v["requirement"] == requirement]

    def test_a_test_of_a_client_asserts_on_its_segments(self):
        for family, server, (source, _) in self.families():
            port = self.meet(server, "wrong", source)
            connection, = self.report(server, f"?port={port}", source)
            self.assertEqual(connection["endpoint"], "wrong" + family)
            self.assertEqual(connection["behaviour"], "ack-isn")
            self.assertTrue(connection["client"].endswith(f":{port}"), connection["client"])
            # The client resets the connection after an unacceptable ACK, and no clause FAILs.
            verdicts = {v["requirement"]: v for v in connection["verdicts"]}
            self.assertEqual(verdicts["R9293-SS-ack"]["result"], "PASS", verdicts["R9293-SS-ack"])
            self.assertTrue(verdicts["R9293-SS-ack"]["segments"])
            self.assertEqual([v for v in connection["verdicts"] if v["result"] == "FAIL"], [])

            port = self.meet(server, "dup", source)
            self.assertEqual(self.results(server, f"?port={port}", "MUST-65", source), ["PASS"])

    def test_it_equals_the_report_for_operators(self):
        for _, server, (source, _) in self.families():
            port = self.meet(server, "dup", source)

            def both():
                # The two requests are made at different times, between which a clause may become
                # decided.
                before = self.report(server, f"?port={port}", source)
                told = self.lab.ctl("verdicts", "--client", source)
                told = told if isinstance(told, list) else told["connections"]
                if before != self.report(server, f"?port={port}", source):
                    return None
                return before, [c for c in told if c["client"].endswith(f":{port}")]

            asked, told = lab.wait_for("a settled connection", both)
            self.assertEqual(len(asked), 1)
            for connection in told:
                connection.pop("trace", None)
            self.assertEqual(asked, told)

    def test_narrowed_by_endpoint_and_time(self):
        for family, server, (source, _) in self.families():
            self.meet(server, "plain", source)
            port = self.meet(server, "dup", source)
            names = [c["endpoint"] for c in self.report(server, f"?endpoint=plain{family}", source)]
            self.assertTrue(names)
            self.assertEqual(set(names), {"plain" + family})
            self.assertEqual(self.report(server, f"?port={port}&since=0.000001", source), [])
            self.assertEqual(len(self.report(server, f"?port={port}&since=60", source)), 1)

    def test_known_deviations_of_a_profile(self):
        for _, server, (source, _) in self.families():
            port = self.meet(server, "wrong", source)
            connection, = self.report(server, f"?port={port}&profile=odd", source)
            self.assertEqual([v["known"] for v in connection["verdicts"]
                              if v["requirement"] == "R9293-SS-ack"], ["unspecified"])

    def test_never_about_another_client(self):
        for _, server, (one, other) in self.families():
            mine = self.meet(server, "dup", one)
            its = self.meet(server, "dup", other)
            for source, own, foreign in (one, mine, its), (other, its, mine):
                ends = [c["client"] for c in self.report(server, "", source)]
                self.assertTrue(all(source in end for end in ends), ends)
                self.assertTrue(any(end.endswith(f":{own}") for end in ends), ends)
                status, report = self.ask(server, f"?port={foreign}", source)
                self.assertEqual(status, 200)
                self.assertTrue(all(source in c["client"] for c in report["connections"]))

    def test_invalid_requests(self):
        for _, server, _ in self.families():
            for query, wanted in (("x", 404), ("report?port=1", 404), ("?port=0", 400),
                                  ("?port=65536", 400), ("?port=", 400), ("?port", 400),
                                  ("?port=1&port=2", 400), ("?since=-1", 400), ("?what=1", 400),
                                  ("?profile=nobody", 400), ("?endpoint=nobody", 400),
                                  ("?profile=%22%ff", 400), ("?endpoint=%0", 400),
                                  ("?endpoint=" + 300 * "a", 400)):
                status, answer = self.ask(server, query)
                self.assertEqual(status, wanted, query)
                self.assertEqual(list(answer), ["error"])
            self.assertEqual(self.ask(server, "", method="POST", body="x" * 3000)[0], 405)
            self.assertEqual(self.ask(server, "?port=0", method="DELETE")[0], 405)
            self.assertEqual(self.ask(server, "", method="HEAD"), (200, None))

    def test_several_questions_on_one_connection(self):
        for _, server, (source, _) in self.families():
            port = self.meet(server, "plain", source)
            done = subprocess.run(
                ["curl", "-sS", "-m", "20", "-g", "--interface", source, "-w", "%{num_connects}\n",
                 f"http://{'[%s]' % server if ':' in server else server}:{PORT}/?port={port}",
                 f"http://{'[%s]' % server if ':' in server else server}:{PORT}/?port={port}"],
                capture_output=True, text=True, check=True)
            self.assertEqual([line for line in done.stdout.splitlines() if line.isdigit()],
                             ["1", "0"])

    def test_a_client_that_closes_its_side_after_the_request(self):
        for _, server, (source, _) in self.families():
            with socket.create_connection((server, PORT), 20, (source, 0)) as client:
                for part in b"GET /?po", b"rt=1 HTTP/1.1\r\nHost: x\r", b"\n\r\n":
                    client.sendall(part)
                client.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: client.recv(65536), b""))
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer[:100])
            self.assertEqual(json.loads(answer.partition(b"\r\n\r\n")[2]), {"connections": []})

    def test_many_at_once_and_clients_that_leave(self):
        """Each request is answered or refused with a retry time, and the daemon continues."""
        for _, server, (source, other) in self.families():
            asked = [socket.create_connection((server, PORT), 20, (source, 0)) for _ in range(100)]
            for i, client in enumerate(asked):
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if i % 3 == 0:
                    client.close()
            heads = []
            for client in asked:
                if client.fileno() >= 0:
                    whole = b"".join(iter(lambda c=client: c.recv(65536), b""))
                    heads.append(whole.partition(b"\r\n")[0])
                    client.close()
            self.assertLessEqual(set(heads), {b"HTTP/1.1 200 OK",
                                              b"HTTP/1.1 503 Service Unavailable"})
            self.assertIn(b"HTTP/1.1 200 OK", heads)
            self.assertEqual(self.ask(server, "?port=1", other), (200, {"connections": []}))


class NotReading(unittest.TestCase):
    """A client that requests reports and does not read them."""
    EACH = 4  # reports in the share of a client

    def open(self, veth):
        self.lab = lab.Lab(self.id().rpartition(".")[2], veth, sample=1 << 20)
        self.addCleanup(self.lab.close)

    @staticmethod
    def visit(server, source):
        """Makes connections that result in a report of 370 kB about the client, more than the
        daemon queues for a client (SENDQ_MAX of tcp/queue.h)."""
        for _ in range(40):
            with socket.create_connection((server, BEHAVIOURS["plain"][0]), 20, (source, 0)) as s:
                s.sendall(b"x")
                lab.receive(s, 1)

    def hold(self, server, source, count):
        """Starts as many reports of a client that has visited before. Returns the sockets, with
        None for refused ones."""
        socks = []
        for _ in range(count):
            sock = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET)
            self.addCleanup(sock.close)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.settimeout(lab.PATIENCE)
            sock.bind((source, 0))
            sock.connect((server, PORT))
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            socks.append(sock)
        return [sock if first_octets(sock, 12)[9:] == b"200" else None for sock in socks]

    def status(self, server, source):
        asked = http.client.HTTPConnection(server, PORT, timeout=20, source_address=(source, 0))
        try:
            asked.request("GET", "/?port=1")
            answer = asked.getresponse()
            answer.read()
            return answer.status
        finally:
            asked.close()


class SlowReaders(NotReading):
    PLACES = 64  # of a worker
    SLOW = [f"10.77.0.{number}" for number in range(10, 10 + PLACES // NotReading.EACH)]

    def setUp(self):
        self.open(veth=True)
        for address in *[f"{a}/24" for a in self.SLOW], "10.77.0.3/24", "fd77::3/64":
            lab.run("ip", "-n", self.lab.client, "addr", "add", address, "dev", "eth0",
                    *(["nodad"] if ":" in address else []))
        self.lab.start(config(self.lab))

    def test_four_of_them_leave_places_for_others(self):
        for source in self.SLOW[:4]:
            self.visit(self.lab.v4, source)
            held = self.hold(self.lab.v4, source, 16)
            self.assertEqual([bool(sock) for sock in held], [True] * 4 + [False] * 12)
            self.assertEqual(self.status(self.lab.v4, source), 503)
        for server, source in (self.lab.v4, "10.77.0.3"), (self.lab.v6, "fd77::3"):
            self.assertEqual(self.status(server, source), 200)
        # Addresses of one network share the places of one client.
        self.visit(self.lab.v6, "fd77::3")
        self.assertTrue(all(self.hold(self.lab.v6, "fd77::3", 4)))
        self.assertEqual(self.status(self.lab.v6, "fd77::2"), 503)
        self.assertEqual(self.lab.ctl("status")["counters"]["reports-taken"], 0)

    def test_all_places_are_taken_back_in_time(self):
        for source in self.SLOW:  # before the first report, which starts the daemon's timeout
            self.visit(self.lab.v4, source)
        held = [sock for source in self.SLOW for sock in self.hold(self.lab.v4, source, self.EACH)]
        self.assertTrue(all(held))
        begun = time.monotonic()
        self.assertEqual(self.status(self.lab.v4, "10.77.0.3"), 503)
        for server, source in (self.lab.v4, "10.77.0.3"), (self.lab.v6, "fd77::3"):
            lab.wait_for("a report", lambda at=(server, source): self.status(*at) == 200)
        self.assertLess(time.monotonic() - begun, tolerances.REPORTS_TAKEN_BACK)
        taken = self.lab.ctl("status")["counters"]["reports-taken"]
        self.assertTrue(1 <= taken <= 2, taken)
        resets = 0
        for sock in held:
            sock.setblocking(False)
            try:
                while sock.recv(1 << 20):
                    pass
            except BlockingIOError:
                pass
            except ConnectionResetError:
                resets += 1
        self.assertEqual(resets, taken)

    def test_a_client_gets_its_own_place_back(self):
        """The client's oldest report is ended while other places are free: a program that hangs
        does not prevent reports of later programs on the same host."""
        for server, source in (self.lab.v4, "10.77.0.2"), (self.lab.v6, "fd77::2"):
            before = self.lab.ctl("status")["counters"]["reports-taken"]
            self.visit(server, source)
            held = self.hold(server, source, self.EACH)
            self.assertTrue(all(held))
            self.assertEqual(self.status(server, source), 503)
            lab.wait_for("a report", lambda at=(server, source): self.status(*at) == 200)
            self.assertEqual(self.lab.ctl("status")["counters"]["reports-taken"], before + 1)
            with self.assertRaises(ConnectionResetError):  # the oldest one
                while held[0].recv(1 << 20):
                    pass


class SlowReadersOnLoopback(NotReading):
    """The mapped form of an IPv4 address has its first 64 bits in common with ::1."""
    def setUp(self):
        self.open(veth=False)
        self.lab.start(config(self.lab))

    def test_families_have_shares_of_their_own(self):
        for holding, other in (self.lab.v4, self.lab.v6), (self.lab.v6, self.lab.v4):
            self.visit(holding, holding)
            held = self.hold(holding, holding, self.EACH)
            self.assertTrue(all(held))
            self.assertEqual(self.status(holding, holding), 503)
            self.assertEqual(self.status(other, other), 200)
            for sock in held:
                sock.close()
            lab.wait_for("their end", lambda: not [c for c in self.lab.ctl("connections")
                                                   if c["endpoint"].startswith("report")])


if __name__ == "__main__":
    lab.main()
