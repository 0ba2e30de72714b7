#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Real servers behind a misbehaving handshake: curl over TLS to nginx, and a test server that is
slow, refuses, resets and closes one side."""
import hashlib
import os
import pathlib
import random
import re
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
import unittest

from lib import lab, tolerances

MB = 1024 * 1024
BIG = 100 * MB
# Bounds of the growth of the daemon with a slow far side: for each connection a send queue (256 KiB
# in memory of up to twice that), 256 KiB each way, and a window; plus overhead of allocators and
# sanitizers.
EACH, KEPT = 2 * MB, (8 if lab.SANITIZED else 2) * MB
ENDPOINTS = '''
trace_size = "64k";
endpoints = (
  {{ name = "tls4"; address = "{lab.v4}"; ports = "443"; service = "relay:127.0.0.1:8443";
     behaviour = "synack-delay=200ms+mss-value=536"; }},
  {{ name = "tls6"; address = "{lab.v6}"; ports = "443"; service = "relay:[::1]:8443";
     behaviour = "synack-delay=200ms+mss-value=536"; window = 1048576; }},
  {{ name = "own"; address = "{lab.v4}"; ports = "8000"; service = "relay:localhost:9000"; }},
  {{ name = "nobody"; address = "{lab.v4}"; ports = "8001"; service = "relay:127.0.0.1:9"; }},
  {{ name = "rst"; address = "{lab.v4}"; ports = "8002"; service = "relay:127.0.0.1:9000";
     behaviour = "accept-then-rst"; }}
);
'''
NGINX = '''
daemon off; worker_processes 1; pid {0}/nginx.pid; error_log {0}/nginx.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi; uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
  server {{
    listen 127.0.0.1:8443 ssl; listen [::1]:8443 ssl; server_name relay.test;
    ssl_certificate {0}/cert.pem; ssl_certificate_key {0}/key.pem; root {0}/www;
  }}
}}
'''


class Nginx:
    """An nginx in the server's namespace, with a certificate and a file of its own."""

    def __init__(self, laboratory):
        self.lab = laboratory
        self.directory = laboratory.directory
        (self.directory / "www").mkdir()
        with open(self.directory / "www" / "big", "wb") as big:
            self.hash = hashlib.sha256()
            for _ in range(BIG // MB):
                part = random.randbytes(MB)
                big.write(part)
                self.hash.update(part)
        lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=relay.test", "-addext",
                "subjectAltName=DNS:relay.test", "-keyout", self.directory / "key.pem", "-out",
                self.directory / "cert.pem", stderr=subprocess.DEVNULL)
        config = laboratory.write("nginx.conf", NGINX.format(self.directory))
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", laboratory.server, "nginx", "-p", self.directory, "-c", config],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lab.wait_for("nginx", self.listens)

    def listens(self):
        done = subprocess.run(["ip", "netns", "exec", self.lab.server, "ss", "-Hltn"],
                              capture_output=True, text=True, check=True)
        return done.stdout.count(":8443") == 2

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Server:
    """Listens at the target of endpoint `own` only, and not on ::1."""

    def __init__(self, laboratory):
        def listen():
            # The namespace is an attribute of a thread.
            lab.enter_namespace(laboratory.server)
            self.socket = socket.create_server(("127.0.0.1", 9000), backlog=64)
        thread = threading.Thread(target=listen)
        thread.start()
        thread.join()
        self.socket.settimeout(lab.PATIENCE)

    def accept(self):
        sock = self.socket.accept()[0]
        sock.settimeout(lab.PATIENCE)
        return sock


def read_all(sock):
    hashed, total = hashlib.sha256(), 0
    while part := sock.recv(MB):
        hashed.update(part)
        total += len(part)
    return total, hashed.digest()


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Sender(threading.Thread):
    """Sends 100 MB and closes its side."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock, self.sent, self.hash = sock, 0, hashlib.sha256()
        self.ended = False
        self.start()

    def run(self):
        part = random.randbytes(MB)
        while self.sent < BIG:
            at = 0
            while at < MB:
                if self.ended:
                    return
                if not select.select([], [self.sock], [], 0.1)[1]:
                    continue
                n = self.sock.send(part[at:at + 65536])
                self.hash.update(part[at:at + n])
                at += n
                self.sent += n
        self.sock.shutdown(socket.SHUT_WR)

    def end(self):
        """close() would not close a socket while another thread waits for it."""
        self.ended = True
        self.join()


def held_up(*senders):
    """Returns true if the senders have sent octets, and then none for half a second."""
    before = [s.sent for s in senders]
    time.sleep(0.5)
    return all(0 < s.sent == b for s, b in zip(senders, before))


class Relay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, sample=8 << 20)
        cls.addClassCleanup(cls.lab.close)
        cls.nginx = Nginx(cls.lab)
        cls.addClassCleanup(cls.nginx.stop)
        cls.server = Server(cls.lab)
        cls.addClassCleanup(cls.server.socket.close)
        # A sanitizer keeps freed memory; with a small quarantine, growth can be measured.
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        cls.config = cls.lab.config(ENDPOINTS.format(lab=cls.lab))
        cls.lab.start(cls.config)

    def connect(self, port=8000):
        sock = socket.create_connection((self.lab.v4, port), timeout=lab.PATIENCE)
        self.addCleanup(sock.close)
        return sock

    def pair(self):
        """Returns both ends of a connection through the relay."""
        client = self.connect()
        server = self.server.accept()
        self.addCleanup(server.close)
        return client, server

    def counter(self, name):
        return self.lab.ctl("status")["counters"][name]

    def resident(self):
        """Returns VmRSS of the daemon, in octets."""
        with open(f"/proc/{self.lab.pid()}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.lab.pid()}/fd"))

    # --- programs ---------------------------------------------------------------------------

    def curl(self, address):
        done = subprocess.run(
            ["curl", "-sS", "-m", "250", "--cacert", self.lab.directory / "cert.pem", "--resolve",
             f"relay.test:443:{address}", "-o", self.lab.directory / "got", "-w",
             "%{time_connect} %{time_total} %{http_code}", "https://relay.test/big"],
            capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        connect, total, code = done.stdout.split()
        self.assertEqual(code, "200")
        self.assertGreaterEqual(float(connect), 0.2)
        with open(self.lab.directory / "got", "rb") as got:
            self.assertEqual(hashlib.file_digest(got, "sha256").digest(), self.nginx.hash.digest())
        print(f"\n  {address}: 100 MB over TLS, {BIG / MB / (float(total) - 0.2):.0f} MB/s")

    def test_curl_over_tls(self):
        self.curl(self.lab.v4)

    def test_curl_over_tls_ipv6(self):
        self.curl("[" + self.lab.v6 + "]")

    # --- slow sides -------------------------------------------------------------------------

    def test_a_client_that_does_not_read(self):
        client, server = self.pair()
        before = self.resident()
        sender = Sender(server)
        lab.wait_for("the server to be held up", lambda: held_up(sender))
        self.assertLess(sender.sent, 20 * MB)
        grown = self.resident() - before
        print(f"\n  the client does not read: {grown / 1024:.0f} KiB more")
        self.assertLess(grown, EACH + KEPT)
        begun = time.monotonic()
        self.assertEqual(read_all(client), (BIG, sender.hash.digest()))
        print(f"  then {BIG / MB / (time.monotonic() - begun):.0f} MB/s to it")
        self.assertLess(self.resident() - before, EACH + KEPT)

    def test_a_server_that_does_not_read(self):
        client, server = self.pair()
        before = self.resident()
        sender = Sender(client)
        lab.wait_for("the client to be held up", lambda: held_up(sender))
        self.assertLess(sender.sent, 20 * MB)
        grown = self.resident() - before
        print(f"\n  the server does not read: {grown / 1024:.0f} KiB more")
        self.assertLess(grown, EACH + KEPT)
        begun = time.monotonic()
        self.assertEqual(read_all(server), (BIG, sender.hash.digest()))
        print(f"  then {BIG / MB / (time.monotonic() - begun):.0f} MB/s from it")
        self.assertLess(self.resident() - before, EACH + KEPT)

    def test_twenty_slow_ones(self):
        before, opened = self.resident(), self.descriptors()
        pairs = [self.pair() for _ in range(20)]
        senders = [Sender(server) for _, server in pairs] + [Sender(client) for client, _ in pairs]
        lab.wait_for("all to be held up", lambda: held_up(*senders), 60)
        time.sleep(11)  # exceeds the timeout to connect to a server, which must not apply any more
        self.assertTrue(held_up(*senders))
        states = [c["state"] for c in self.lab.ctl("connections")]
        self.assertEqual(states.count("ESTABLISHED"), 20)
        grown = self.resident() - before
        print(f"\n  twenty that read nothing on either side: {grown / 1024:.0f} KiB more")
        self.assertLess(grown, 20 * EACH + KEPT)
        for sender in senders:
            sender.end()
        for client, _ in pairs:
            reset(client)
        lab.wait_for("their descriptors to be closed", lambda: self.descriptors() == opened)
        self.assertLessEqual({c["state"] for c in self.lab.ctl("connections")}, {"TIME-WAIT"})

    def test_octets_that_are_left_after_the_end(self):
        """Both sides are closed for TCP while the server has not yet read the last octets."""
        opened = self.descriptors()
        client, server = self.pair()
        server.shutdown(socket.SHUT_WR)
        self.assertEqual(client.recv(1), b"")
        sender = Sender(client)
        lab.wait_for("the client to be held up", lambda: held_up(sender))
        self.assertEqual(read_all(server), (BIG, sender.hash.digest()))
        lab.wait_for("its descriptor to be closed", lambda: self.descriptors() == opened)

    # --- ends -------------------------------------------------------------------------------

    def test_a_server_that_refuses(self):
        failed = self.counter("relays-failed")
        for _ in range(3):
            with self.assertRaises(ConnectionResetError):
                self.connect(8001).recv(1)
        self.assertEqual(self.counter("relays-failed"), failed + 3)
        said = "relay to 127.0.0.1 port 9: Connection refused"
        self.assertEqual(self.lab.logged().count(said), 1)

    def test_the_server_closes_its_side(self):
        client, server = self.pair()
        server.sendall(b"bye")
        server.shutdown(socket.SHUT_WR)
        self.assertEqual((client.recv(10), client.recv(10)), (b"bye", b""))
        client.sendall(b"one more thing")
        self.assertEqual(server.recv(100), b"one more thing")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(server.recv(1), b"")

    def test_the_client_closes_its_side(self):
        opened = self.descriptors()
        client, server = self.pair()
        client.sendall(b"the question")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual((server.recv(100), server.recv(1)), (b"the question", b""))
        server.sendall(b"the answer")
        server.close()
        self.assertEqual((client.recv(100), client.recv(1)), (b"the answer", b""))
        lab.wait_for("its descriptor to be closed", lambda: self.descriptors() == opened)

    def test_the_client_resets(self):
        # The RST sometimes arrives before the daemon knows that the server has accepted.
        for _ in range(100):
            client, server = self.pair()
            reset(client)
            with server, self.assertRaises(ConnectionResetError):
                server.recv(1)

    def test_the_server_resets(self):
        client, server = self.pair()
        server.sendall(b"so far")
        self.assertEqual(client.recv(100), b"so far")
        reset(server)
        with self.assertRaises(ConnectionResetError):
            client.recv(1)

    def test_a_client_that_says_nothing(self):
        client, server = self.pair()
        client.close()
        self.assertEqual(server.recv(1), b"")

    def test_a_rule_ends_it_before_it_begins(self):
        relays = self.counter("relays")
        with self.assertRaises(ConnectionResetError):
            self.connect(8002).recv(1)
        self.assertEqual(self.counter("relays"), relays)

    # --- the config -------------------------------------------------------------------------

    def test_a_reload_while_it_is_open(self):
        client, server = self.pair()
        self.lab.ctl("reload")
        client.sendall(b"still")
        self.assertEqual(server.recv(100), b"still")
        server.sendall(b"there")
        self.assertEqual(client.recv(100), b"there")

    def test_a_reload_to_an_invalid_target(self):
        good = self.config.read_text()
        self.addCleanup(self.config.write_text, good)
        self.config.write_text(good.replace("relay:127.0.0.1:9\"", f"relay:{self.lab.v4}:8000\""))
        answer = self.lab.ctl_raw("reload")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("is the endpoint 'own', which is a relay", answer.stderr)

    def test_one_that_is_added_live(self):
        place = self.lab.v4, "8999"
        server = self.server.socket.getsockname()
        self.lab.ctl("add", "live", *place, "--service", f"relay:{server[0]}:{server[1]}")
        self.addCleanup(self.lab.ctl, "remove", "live")
        client = socket.create_connection((place[0], int(place[1])), timeout=lab.PATIENCE)
        self.addCleanup(client.close)
        client.sendall(b"by and by")
        accepted = self.server.accept()
        self.addCleanup(accepted.close)
        self.assertEqual(lab.receive(accepted, 9), b"by and by")
        answer = self.lab.ctl_raw("add", "round", self.lab.v4, "8998", "--service",
                                  f"relay:{self.lab.v4}:8999")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("is the endpoint 'live', which is a relay", answer.stderr)
        answer = self.lab.ctl_raw("add", "nowhere", self.lab.v4, "8997", "--service",
                                  "relay:nobody.invalid:80")
        self.assertIn("cannot resolve", answer.stderr)

    def test_a_circle_that_comes_about_later(self):
        """A circle that arises by a reset of an endpoint, or by a later config."""
        around = "add", "round", "127.0.0.1", "9", "--service", f"relay:{self.lab.v4}:8001"
        good = self.config.read_text()
        self.addCleanup(self.lab.ctl, "reset")
        self.addCleanup(self.lab.ctl, "reload")
        self.addCleanup(self.config.write_text, good)
        self.lab.ctl("remove", "nobody")
        self.lab.ctl(*around)
        answer = self.lab.ctl_raw("reset", "nobody")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("is the endpoint 'round', which is a relay", answer.stderr)
        self.lab.ctl("reset")
        self.config.write_text(good.replace("relay:127.0.0.1:9\"", "echo\""))
        self.lab.ctl("reload")
        self.lab.ctl(*around)
        self.config.write_text(good)
        self.assertRegex("\n".join(self.lab.ctl("reload")["warnings"]), "round: .*is removed")
        self.assertEqual(self.lab.ctl("diff"), [])

    def test_the_end_of_the_daemon(self):
        client, server = self.pair()
        client.sendall(b"x")
        self.assertEqual(server.recv(1), b"x")
        self.lab.stop()
        try:
            with self.assertRaises(ConnectionResetError):
                server.recv(1)
        finally:
            client.close()
            self.lab.start(self.config)


class Names(unittest.TestCase):
    def test_a_name_server_that_says_nothing(self):
        """The daemon waits for it for less than the timeout of its watchdog."""
        laboratory = lab.Lab("Names", sample=8 << 20)
        self.addCleanup(laboratory.close)
        mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(mute.close)
        mute.bind(("10.77.0.2", 53))
        # Replaces /etc/resolv.conf for programs that are started in the namespace.
        etc = pathlib.Path("/etc/netns") / laboratory.server
        etc.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, etc)
        (etc / "resolv.conf").write_text("nameserver 10.77.0.2\noptions attempts:3\n")
        laboratory.start(laboratory.config(
            f'endpoints = ( {{ name = "a"; address = "{laboratory.v4}"; ports = "8000"; }} );'))
        begun = time.monotonic()
        answer = laboratory.ctl_raw("add", "one", laboratory.v4, "8001", "--service",
                                    "relay:one.synackd.test:80")
        self.assertLess(time.monotonic() - begun, 5 + tolerances.SLOW)
        self.assertIn("cannot resolve 'one.synackd.test': no name server answers", answer.stderr)
        self.assertIn(b"synackd", mute.recv(512))
        # A change that requires no name server does not wait.
        begun = time.monotonic()
        laboratory.ctl("add", "three", laboratory.v4, "8003", "--service", "relay:127.0.0.1:80")
        self.assertLess(time.monotonic() - begun, tolerances.SLOW)
        socket.create_connection((laboratory.v4, 8000), timeout=lab.PATIENCE).close()


class Bounds(unittest.TestCase):
    def test_connections_max(self):
        laboratory = lab.Lab("Down", sample=8 << 20)
        self.addCleanup(laboratory.close)
        server = Server(laboratory)
        self.addCleanup(server.socket.close)
        laboratory.start(laboratory.config(f'''
connections_max = 2;
endpoints = ( {{ name = "r"; address = "{laboratory.v4}"; ports = "8000";
                 service = "relay:127.0.0.1:9000"; time_wait = "100ms"; }} );
'''))
        for _ in range(4):
            socks = [socket.create_connection((laboratory.v4, 8000), timeout=lab.PATIENCE)
                     for _ in range(2)]
            servers = [server.accept() for _ in socks]
            for sock in socks + servers:
                sock.close()
            lab.wait_for("room", lambda: not laboratory.ctl("status")["connections"])
        self.assertEqual(laboratory.ctl("status")["counters"]["relays"], 8)


if __name__ == "__main__":
    lab.main()
