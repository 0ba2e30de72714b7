# SPDX-License-Identifier: MIT
"""The network of the benchmark: a namespace with the server, one with the clients, and a veth
pair; and the programs that run in it."""
import contextlib
import functools
import json
import subprocess

from lib import lab

from .places import (CLIENT_CPU, CLIENT_MAC, GATEWAYS, NETWORKS, OURS, SERVER_CPU)

PROGRAMS = lab.BUILD / "tests" / "bench"


class Lost(Exception):
    """A generator lost its peer, or measured something other than its row."""


class Site(lab.Lab):
    def __init__(self):
        super().__init__("bench", sample=0)
        self.processes = []
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
        self.server_mac = self.mac(self.server)

    def mac(self, namespace):
        shown = subprocess.run(["ip", "-j", "-n", namespace, "link", "show", "eth0"], check=True,
                               capture_output=True, text=True).stdout
        return json.loads(shown)[0]["address"]

    # --- synackd ----------------------------------------------------------------------------------

    def start_ours(self, endpoints, more="", cpus=SERVER_CPU):
        """Starts synackd without bounds of amplification. `endpoints` is a list of texts of keys,
        each without name and address."""
        listed = ",\n".join(
            f'{{ name = "{name}{v}"; address = "{OURS[v]}"; {keys} }}'
            for name, keys in endpoints.items() for v in (4, 6))
        return self.start_with(f"endpoints = (\n{listed} );\n{more}", cpus)

    def start_with(self, body, cpus=SERVER_CPU):
        self.start(self.write("synackd.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
clients = ( {{ network = "0.0.0.0/0"; amplification = 0; rate = 0; }},
            {{ network = "::/0"; amplification = 0; rate = 0; }} );
reflection_rate = 0;
probe = false;
{body}'''), inside=("setpriv", "--pdeathsig", "KILL", "taskset", "-c", cpus))
        return self.daemon.pid

    @functools.cache
    def our_mac(self, v):
        """Returns the link address of synackd, which is always the same. synackd must run."""
        return ":".join(f"{octet:02x}" for octet in self.gateway(OURS[v]))

    @contextlib.contextmanager
    def ours(self, endpoints, more="", cpus=SERVER_CPU):
        pid = self.start_ours(endpoints, more, cpus)
        try:
            yield pid
        finally:
            self.stop()

    def counters(self):
        """Returns the counters of synackd, with the frames that its links lost as `dropped-in`."""
        status = self.ctl("status")
        lost = sum(link["counters"]["dropped-in"] for link in status["links"])
        return {**status["counters"], "dropped-in": lost, "half_open": status["half_open"]}

    # --- other programs ---------------------------------------------------------------------------

    def spawn(self, namespace, cpu, program, **words):
        """Starts a program of the benchmark."""
        command = ["ip", "netns", "exec", namespace, "setpriv", "--pdeathsig", "KILL", "taskset",
                   "-c", cpu, PROGRAMS / program,
                   *(f"{name}={value}" for name, value in words.items())]
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
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
            if process.stdout.readline().strip() != "ready":
                raise Lost(f"{program}: {process.stderr.read().strip()}")
            yield process.pid
        finally:
            self.end(process)

    def end(self, process):
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
        if process in self.processes:
            self.processes.remove(process)

    @contextlib.contextmanager
    def on_server(self):
        """Sockets that are made inside belong to the server's namespace."""
        lab.enter_namespace(self.server)
        try:
            yield
        finally:
            lab.enter_namespace(self.client)

    @contextlib.contextmanager
    def rps(self, on):
        """Lets the server's kernel process frames on the server's CPU, not on the sender's."""
        def write(mask):
            lab.run("ip", "netns", "exec", self.server, "sh", "-c",
                    f"echo {mask} >/sys/class/net/eth0/queues/rx-0/rps_cpus")
        write(f"{1 << int(SERVER_CPU):x}" if on else "0")
        try:
            yield
        finally:
            write("0")

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
