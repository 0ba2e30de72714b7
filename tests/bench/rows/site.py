# SPDX-License-Identifier: MIT
"""The network of the benchmark: a namespace with the server, one with the clients, and a veth
pair; and the programs that run in it."""
import contextlib
import functools
import ipaddress
import json
import subprocess

from lib import lab, virtual

from . import lossy
from .places import (CLIENT_ADDRESSES, CLIENT_CPU, CLIENT_FIRST, CLIENT_MAC, GATEWAYS, NETWORKS,
                     OURS, SERVER_CPU)

START = 180  # seconds until synackd answers, at most


class Lost(Exception):
    """A generator lost its peer, or measured something other than its row."""


# A measurement failed, but the next one may succeed.
FAILURES = (Lost, AssertionError, subprocess.SubprocessError, OSError)


class Site(lab.Lab):
    BUILD, PROGRAMS = lab.BUILD, lab.BUILD / "tests" / "bench"

    def __init__(self, realtime=False):
        super().__init__("bench", sample=0)
        self.processes, self.realtime = [], realtime
        try:
            self.set_up()
        except BaseException:
            self.close()
            raise

    def set_up(self):
        for name in "all", "eth0":
            lab.set_sysctl(self.server, f"ipv4/conf/{name}/rp_filter", 0)
        for name, value in (("tcp_max_syn_backlog", 8192), ("tcp_syncookies", 1)):
            lab.set_sysctl(self.server, f"ipv4/{name}", value)
        lab.set_sysctl(self.server, "core/somaxconn", 8192)
        for v in 4, 6:
            lab.run("ip", "-n", self.server, "neigh", "add", GATEWAYS[v], "lladdr", CLIENT_MAC,
                    "dev", "eth0", "nud", "permanent")
            lab.run("ip", "-n", self.server, f"-{v}", "route", "add", NETWORKS[v], "via",
                    GATEWAYS[v], "dev", "eth0")
        for number in range(CLIENT_ADDRESSES):
            address = ipaddress.ip_address(CLIENT_FIRST) + number
            lab.run("ip", "-n", self.client, "addr", "add", f"{address}/24", "dev", "eth0")
        lab.set_sysctl(self.client, "ipv4/ip_local_port_range", "1024 65535")
        self.server_mac = self.mac(self.server)

    def mac(self, namespace):
        shown = subprocess.run(["ip", "-j", "-n", namespace, "link", "show", "eth0"], check=True,
                               capture_output=True, text=True).stdout
        return json.loads(shown)[0]["address"]

    def start_on(self, cpus):
        """Returns the start of a command that runs on some CPUs, and ends with this process."""
        first = ("chrt", "--fifo", "1") if self.realtime else ()
        return ("setpriv", "--pdeathsig", "KILL", *first, "taskset", "-c", cpus)

    # --- synackd ----------------------------------------------------------------------------------

    def start_ours(self, endpoints, more, cpus, at):
        """Starts synackd without bounds of amplification, and returns its pid. `endpoints` has the
        keys of each endpoint by its name, without name and address: each is at all addresses of
        `at`."""
        listed = ",\n".join(f'{{ name = "{name}-{number}"; address = "{address}"; {keys} }}'
                            for name, keys in endpoints.items()
                            for number, address in enumerate(at))
        self.start(self.write("synackd.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
clients = ( {{ network = "0.0.0.0/0"; amplification = 0; rate = 0; }},
            {{ network = "::/0"; amplification = 0; rate = 0; }} );
reflection_rate = 0;
probe = false;
endpoints = (
{listed} );
{more}'''), inside=self.start_on(cpus),
            expect=False)
        self.wait_for_start()
        return self.daemon.pid

    def wait_for_start(self):
        """Waits until synackd answers: with many endpoints it may take long."""
        def answers():
            if self.daemon.poll() is not None:
                raise Lost(f"synackd: {self.logged()}")
            return self.ctl_raw("--wait", "1", "status").returncode == 0
        lab.wait_for("an answer of synackd", answers, START)

    @functools.cache
    def our_mac(self, v):
        """Returns the link address of synackd, which is always the same. synackd must run."""
        return ":".join(f"{octet:02x}" for octet in self.gateway(OURS[v]))

    @contextlib.contextmanager
    def ours(self, endpoints, more="", cpus=SERVER_CPU, at=tuple(OURS.values())):
        """synackd runs in the block."""
        pid = self.start_ours(endpoints, more, cpus, at)
        try:
            yield pid
        finally:
            self.stop()

    def counters(self):
        """Returns the counters of synackd, with the frames that its links lost as `dropped-in`."""
        status = self.ctl("status")
        lost = sum(link["counters"]["dropped-in"] for link in status["links"])
        return {**status["counters"], "dropped-in": lost, "half_open": status["half_open"]}

    def wait_for_connections(self, count, kind="connections"):
        """Waits until synackd has this number of connections of a kind of `synackctl status`. A
        kind that it does not list is part of all connections."""
        def enough():
            status = self.ctl("status")
            return status.get(kind, status["connections"]) >= count
        lab.wait_for(f"{count} of {kind}", enough)

    # --- other programs ---------------------------------------------------------------------------

    def spawn(self, namespace, cpu, program, **words):
        """Starts a program of the benchmark."""
        command = ["ip", "netns", "exec", namespace, *self.start_on(cpu),
                   self.PROGRAMS / program,
                   *(f"{name}={value}" for name, value in words.items())]
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.program = program
        self.processes.append(process)
        return process

    def result(self, process, seconds=120):
        """Waits for a program and returns its JSON. Raises Lost if it failed."""
        out, errors = process.communicate(timeout=seconds)
        self.processes.remove(process)
        if process.returncode:
            raise Lost(f"{process.program}: exit status {process.returncode}: "
                       f"{errors.strip() or out.strip()}")
        return json.loads(out)

    def generate(self, program, **words):
        """Runs a generator in the clients' namespace, and returns its result."""
        return self.result(self.spawn(self.client, CLIENT_CPU, program, **words))

    @contextlib.contextmanager
    def serving(self, program, cpu=SERVER_CPU, **words):
        """Runs a server in the server's namespace from the moment it is ready. Returns its pid."""
        process = self.spawn(self.server, cpu, program, **words)
        try:
            self.expect(process, "ready")
            yield process.pid
        finally:
            self.end(process)

    def end(self, process):
        process.kill()
        process.wait()
        for stream in process.stdin, process.stdout, process.stderr:
            stream.close()
        if process in self.processes:
            self.processes.remove(process)

    def expect(self, process, text):
        """Waits until a program prints a line with the text."""
        if text not in process.stdout.readline():
            process.kill()
            raise Lost(f"{process.program}: {process.communicate()[1].strip()}")

    def on_server(self):
        """Sockets that are created inside the block belong to the server's namespace."""
        return lab.namespace(self.server, self.client)

    @contextlib.contextmanager
    def without_offload(self):
        """No interface has offload in the block."""
        def set_all(on):
            for side in self.server, self.client:
                with lab.namespace(side, self.client):
                    virtual.set_offload("eth0", on)
        set_all(False)
        try:
            yield
        finally:
            set_all(True)

    @contextlib.contextmanager
    def lossy_path(self):
        """The path to the addresses LOSSY_ in `places` exists in the block."""
        router = lossy.Router(self.server, self.client)
        try:
            yield
            if router.lost() == 0:
                raise Lost("the router lost no packet")
        finally:
            router.close()

    @contextlib.contextmanager
    def rps(self, side, cpu):
        """Lets the kernel of a side process its frames on a CPU instead of on their sender's."""
        def write(mask):
            lab.run("ip", "netns", "exec", side, "sh", "-c",
                    f"echo {mask:x} >/sys/class/net/eth0/queues/rx-0/rps_cpus")
        write(1 << int(cpu))
        try:
            yield
        finally:
            write(0)

    @contextlib.contextmanager
    def sysctl(self, name, value):
        """Sets a sysctl of the server's namespace until the end of the block."""
        path = f"/proc/sys/net/{name}"
        old = subprocess.run(["ip", "netns", "exec", self.server, "cat", path], check=True,
                             capture_output=True, text=True).stdout.strip()
        lab.set_sysctl(self.server, name, value)
        try:
            yield
        finally:
            lab.set_sysctl(self.server, name, f"'{old}'")

    def close(self):
        for process in list(self.processes):
            self.end(process)
        super().close()
