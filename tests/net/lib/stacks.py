# SPDX-License-Identifier: MIT
"""TCP stacks to judge. Each returns the report card of a suite, judged with its own profile."""
import json
import platform
import socket
import subprocess
import sys

from . import lab

LIMIT = 900
PORTS = range(7800, 7920)  # `judge --live` assigns these to its scenarios in order


def packaged(name):
    """Returns the version of a Debian package."""
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], text=True,
                          capture_output=True, check=True).stdout


def judge(*words):
    """Returns the report card; exits with the error if there is none."""
    done = subprocess.run([lab.SYNACKCTL, *map(str, words)], capture_output=True, text=True,
                          timeout=LIMIT)
    if done.returncode not in (0, 1):
        sys.exit(f"synackctl {' '.join(map(str, words))}: {done.stderr}")
    return json.loads(done.stdout)


def config(place, clients, endpoint):
    return place.write("synackd.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf", "{lab.CONF}/suites/*.conf",
         "{lab.CONF}/profiles/*.conf" );
clients = ( "{clients}" );
endpoints = ( {{ name = "first"; {endpoint} ports = "7"; }} );
''')


class Stack:
    """`name` includes the version. `evidence` is the directory for packets of failed clauses.

    judge() returns the card of a suite, or of a part of it; its arguments are options of `synackctl
    judge`. It moves its thread into the client's namespace."""

    def __init__(self, name, evidence=None):
        self.name = name
        self.evidence = ["--evidence", evidence] if evidence else []

    def judge_live(self, place, suite, address, *client):
        return judge("--json", "--control", place.control, "judge", *suite, "--profile",
                     self.profile, *self.evidence, "--live", address, "--", *client)


class Kernel(Stack):
    profile = "linux-6.18"

    def __init__(self, evidence=None):
        super().__init__(f"Linux {'.'.join(platform.release().split('.')[:2])}", evidence)

    def judge(self, *suite):
        return judge("--json", "judge", *suite, "--profile", self.profile, "--kernel",
                     *self.evidence)


class Lwip(Stack):
    """Each scenario has a port of its own, from which the client derives an address of its own."""
    profile = "lwip-2.1"

    def __init__(self, evidence=None):
        super().__init__(f"lwIP {packaged('liblwip-dev').partition('+')[0]}", evidence)

    def judge(self, *suite):
        place = lab.Lab("lwip", sample=0)  # it contains many lies, which the judge examines
        try:
            place.start(config(place, "10.77.0.0/24", f'address = "{place.v4}";'))
            client = 'exec "$0" eth0 10.77.0.$(({port} - 7790)) {address} {port}'
            return self.judge_live(place, suite, place.v4, "sh", "-c", client,
                                   lab.BUILD / "tests" / "lwip_client")
        finally:
            place.close()


class Slirp(Stack):
    """libslirp, the TCP of slirp4netns and of QEMU's user network. Towards the guest it is a TCP of
    its own; it opens a connection to the guest for each connection to a forwarded port. synackd is
    the guest: it answers on the TAP device, for an address that the kernel there does not own. The
    client is the kernel, connected to the forwarded port on the loopback of the other namespace."""
    profile = "libslirp-4.7"
    guest = "10.0.2.50"

    def __init__(self, evidence=None):
        said = lab.run("slirp4netns", "--version", capture_output=True, text=True).stdout
        super().__init__("libslirp " + said.partition("libslirp: ")[2].split()[0], evidence)

    @staticmethod
    def ask(path, **request):
        with socket.socket(socket.AF_UNIX) as api:
            api.settimeout(lab.PATIENCE)
            api.connect(str(path))
            api.sendall(json.dumps(request).encode())
            api.shutdown(socket.SHUT_WR)
            answer = json.loads(api.makefile().read())
        if "return" not in answer:
            raise AssertionError(f"slirp4netns: {request}: {answer}")

    def forward(self, place):
        """Starts slirp4netns, and waits until it forwards all ports."""
        path = place.directory / "slirp4netns"
        with open(place.directory / "slirp4netns.log", "w") as log:
            slirp = subprocess.Popen(
                ["slirp4netns", "--configure", "--mtu=1500", "--disable-dns", "--netns-type=path",
                 f"--api-socket={path}", f"/run/netns/{place.server}", "tap0"],
                stdout=log, stderr=log)
        try:
            lab.wait_for("slirp4netns", path.exists)
            for port in PORTS:
                self.ask(path, execute="add_hostfwd", arguments={
                    "proto": "tcp", "host_addr": "127.0.0.1", "host_port": port,
                    "guest_addr": self.guest, "guest_port": port})
        except BaseException:
            self.end(slirp)
            raise
        return slirp

    @staticmethod
    def end(slirp):
        slirp.terminate()
        slirp.wait(10)

    def judge(self, *suite):
        place = lab.Lab("slirp", sample=0)
        try:
            slirp = self.forward(place)
            try:
                place.start(config(place, "10.0.2.0/24",
                                   f'address = "{self.guest}"; interface = "tap0";'))
                return self.judge_live(place, suite, self.guest, lab.SYNACKCTL, "judge",
                                       "--be-client", "127.0.0.1", "{port}")
            finally:
                self.end(slirp)
        finally:
            place.close()
