# SPDX-License-Identifier: MIT
"""Shared code of the tests with real clients: network namespaces, a running synackd, and synackctl.

The test process itself enters the client's namespace, so that its sockets are clients."""
import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from . import frames, outcome
from .frames import PATIENCE
from .installed import install

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
VERSION = re.search(r"^project\(synackd VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text(),
                    re.M)[1]
# Any user can run and read the installed programs; the tree may be inaccessible to them.
INSTALLED = install(BUILD)
SYNACKD = INSTALLED / "sbin" / "synackd"
SYNACKCTL = INSTALLED / "bin" / "synackctl"
CONF = INSTALLED / "share" / "synackd"  # behaviours/, suites/, profiles/, examples/
SANITIZED = any(name in SYNACKD.read_bytes() for name in (b"__asan_init", b"__tsan_init"))
CAPTURES = BUILD / "captures"  # read by tests/decode.py
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace(name):
    """Sockets created after this call belong to the namespace."""
    fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(fd)


@contextlib.contextmanager
def namespace(name, back):
    """Sockets created inside the block belong to the namespace, and later ones to `back`."""
    enter_namespace(name)
    try:
        yield
    finally:
        enter_namespace(back)


def run(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, **more)


def set_sysctl(namespace, name, value):
    """Sets a sysctl; `name` is in the form ipv4/ip_forward."""
    run("ip", "netns", "exec", namespace, "sh", "-c", f"echo {value} >/proc/sys/net/{name}")


def receive(sock, count):
    """Returns `count` octets. Raises AssertionError if the connection ends before."""
    got = b""
    while len(got) < count:
        part = sock.recv(65536)
        if not part:
            raise AssertionError(f"the connection ended after {len(got)} octets of {count}")
        got += part
    return got


def fail_to_connect(connect, *args):
    """Expects connect(*args) to raise the error of an ICMP message. Linux wakes the waiting thread
    a moment before the socket has the error; until then the socket appears connected."""
    connect(*args).recv(1)


def wait_for(what, condition, seconds=PATIENCE):
    """Waits until condition() is true, and returns its value."""
    end, ended = time.monotonic() + seconds, False
    while not ended:
        ended = time.monotonic() >= end
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"{what}: not within {seconds} s")


class Lab:
    """Namespaces `srv` (synackd) and `cli` (the test), joined by a veth pair; or one with lo only.

    The frames on the client's interface are written to CAPTURES/net/PROGRAM.NAME.pcap: all of them,
    or the first `sample` octets; 0 for none."""

    def __init__(self, name, veth=True, sample=None):
        self.name = f"{pathlib.Path(sys.argv[0]).stem}.{name}"
        tag = f"{os.getpid()}-{id(self) % 10000}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="synackd-test-"))
        self.directory.chmod(0o755)
        self.control = self.directory / "control"
        self.server = f"syn-srv-{tag}"
        self.client = f"syn-cli-{tag}" if veth else self.server
        self.daemon = None
        run("ip", "netns", "add", self.server)
        run("ip", "-n", self.server, "link", "set", "lo", "up")
        if veth:
            run("ip", "netns", "add", self.client)
            run("ip", "-n", self.client, "link", "set", "lo", "up")
            self.join()
        self.v4, self.v6 = ("10.77.0.1", "fd77::1") if veth else ("127.0.0.1", "::1")
        self.interface = "eth0" if veth else "lo"
        enter_namespace(self.client)
        self.recorder = None
        if sample != 0:
            self.record(sample)

    def join(self):
        """Creates the veth pair between the namespaces."""
        run("ip", "link", "add", "eth0", "netns", self.server, "type", "veth",
            "peer", "name", "eth0", "netns", self.client)
        for name, number in (self.server, 1), (self.client, 2):
            run("ip", "-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            run("ip", "-n", name, "addr", "add", f"fd77::{number}/64", "dev", "eth0", "nodad")
            run("ip", "-n", name, "link", "set", "eth0", "up")

    def capture_path(self):
        (CAPTURES / "net").mkdir(parents=True, exist_ok=True)
        path = CAPTURES / "net" / f"{self.name}.pcap"
        path.unlink(missing_ok=True)
        return path

    def record(self, sample):
        self.capture = frames.Capture(self.capture_path(), sample)
        self.recorder = frames.Watch(self.interface, self.capture.add)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def config(self, body, name="synackd.conf", probe=False, bound=3):
        """Writes a config with the shipped behaviours, all clients allowed, and `body`. Without
        `probe`, virtual addresses are in use at once. The amplification bound is the default; 0 is
        for endpoints with a given ISN, for which the bound stays in force."""
        return self.write(name, f'''
load = ( "{CONF}/behaviours/*.conf" );
clients = ( {{ network = "0.0.0.0/0"; amplification = {bound}; }},
            {{ network = "::/0"; amplification = {bound}; }} );
probe = {"true" if probe else "false"};
{body}
''')

    def start(self, config, *options, expect=True, inside=()):
        """Runs synackd in the server's namespace, through the command `inside` if one is given.
        With `expect`, waits until it answers synackctl."""
        with open(self.directory / "log", "a") as log:
            self.daemon = subprocess.Popen(
                ["ip", "netns", "exec", self.server, *inside, SYNACKD, "--config", config,
                 "--control", self.control, *options], stdout=log, stderr=log)
        if expect:
            answer = self.ctl_raw("--wait", "20", "status")
            if answer.returncode:
                raise AssertionError(f"synackd does not answer: {answer.stderr}\n{self.logged()}")
        return self.daemon

    def logged(self):
        return (self.directory / "log").read_text(errors="backslashreplace")

    def ctl_raw(self, *words, **more):
        return subprocess.run([SYNACKCTL, "--control", self.control, *map(str, words)],
                              capture_output=True, text=True, timeout=60, **more)

    def ctl(self, *words):
        """Returns the JSON output of a command."""
        answer = self.ctl_raw("--json", *words)
        if answer.returncode:
            raise AssertionError(f"synackctl {' '.join(map(str, words))}: {answer.stderr}")
        return json.loads(answer.stdout)

    def connect_control(self):
        """Returns a connection to the control socket. The greeting has not been read."""
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(self.control))  # with a timeout it would not wait for the backlog
        sock.settimeout(PATIENCE)
        return sock

    def pid(self):
        return self.ctl("status")["pid"]

    def gateway(self, address):
        """Returns the link address of an address of synackd, as learned by the client's kernel."""
        run("ip", "neigh", "flush", "dev", "eth0")
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                           socket.SOCK_DGRAM) as s:
            s.sendto(b"", (address, 9))

            def known():
                shown = subprocess.run(["ip", "neigh", "show", address, "dev", "eth0"], check=True,
                                       capture_output=True, text=True, timeout=60).stdout
                return re.search(r"lladdr (\S+)", shown)
            return bytes.fromhex(wait_for("a neighbour", known)[1].replace(":", ""))

    def kill(self, sig=signal.SIGKILL):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(sig)
            self.daemon.wait(20)

    def stop(self):
        """Ends the daemon as systemd would. A report of a sanitizer fails the test."""
        if self.daemon:
            self.kill(signal.SIGTERM)
            text = self.logged()
            if "Sanitizer" in text or "runtime error" in text:
                raise AssertionError(text)

    def close(self):
        try:
            self.stop()
        finally:
            self.clean_up()

    def clean_up(self):
        try:
            if self.recorder:
                self.recorder.stop()
                self.capture.close()
        finally:
            for name in {self.server, self.client}:
                subprocess.run(["ip", "netns", "del", name], check=False)
            shutil.rmtree(self.directory, ignore_errors=True)


def can_make_namespaces():
    probe = f"syn-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode:
        return False
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return True


def main():
    """Runs the tests of the calling file, or skips them without the right to create namespaces."""
    if not can_make_namespaces():
        outcome.skip("cannot create network namespaces")
    outcome.main()
