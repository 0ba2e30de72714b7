# SPDX-License-Identifier: MIT
"""Shared code of the tests of the shipped behaviours. Each behaviour has an address of its own;
real clients connect to it over IPv4 and IPv6, and Scapy decodes the packets on the wire.

A check is a function of a Case. It runs twice for each family: at an address with the behaviour,
where it must pass, and at an address with `accept`, where it must fail, because otherwise it shows
nothing.

    @check("synack-delay=300ms")
    def synack_delay(c):
        sock = c.connect()
        late = c.sent("SA")[0].time - c.received("S")[0].time
        c.true(tolerances.takes(late, 0.3), f"late by {late} s")
        c.echoes(sock)
        c.closes(sock)

`main("establishment")` runs the checks, many at once. It fails if an entry of
conf/behaviours/establishment.conf has no check; if `accept` passes all checks of an entry; if an
entry has no check over one of the families and no `why`; and if no check of an entry, for each
family, ends with octets both ways and a close by both sides, as decoded by Scapy, and no `ends`
states why. With names as arguments it runs only these checks."""
import concurrent.futures
import inspect
import ipaddress
import itertools
import json
import os
import random
import re
import socket
import sys
import threading
import time
import traceback
import typing

from . import capture, frames, lab, outcome

from scapy.layers import inet, inet6, l2  # pylint: disable=unused-import
from scapy.layers.inet import TCP
from scapy.config import conf as scapy_conf
from scapy.packet import Raw

AT_ONCE = 24
# Four addresses for each run: one of the behaviour, the others for answers from a wrong address.
NETWORKS = {4: ("10.78.0.0", "10.79.0.0", 15), 6: ("fd78::", "fd79::", 15)}
STRIDE = 4
ICMP = {4: inet.ICMP, 6: inet6._ICMPv6}
QUOTED = {4: inet.IPerror, 6: inet6.IPerror6}

# The kernel with which the catalogue was measured, and the running kernel.
MEASURED, KERNEL = (6, 18), tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))
# Entries that `accept` always passes.
SAME_AS_ACCEPT = {"accept": "it is the behaviour accept"}

scapy_conf.debug_dissector = False
checks = []


class Check(typing.NamedTuple):
    behaviour: str
    run: typing.Callable
    service: str
    versions: tuple
    control: str | None  # why `accept` also passes
    more: str            # further keys of the endpoint
    lies: dict           # {fault that tshark reports: why it is expected}
    alone: bool          # not while other checks run
    ends: str | None     # why the connection cannot continue afterwards
    why: str | None      # why one family suffices

    @property
    def entry(self):
        return re.match(r"[a-z0-9-]+", self.behaviour)[0]

    @property
    def name(self):
        return self.run.__name__


def check(behaviour, service="echo", versions=(4, 6), control=None, more="", lies=None,
          alone=False, ends=None, why=None):
    """The decorated function is a check of this behaviour, given in the form of `synackctl set`."""
    def add(function):
        checks.append(Check(behaviour, function, service, versions, control, more, lies or {},
                            alone, ends, why))
        return function
    return add


def octets_in(packet):
    """The TCP payload, without octets after the end of the IP packet."""
    return len(packet[Raw].load) if Raw in packet else 0


def is_whole(theirs, ours):
    """Returns true if each side of this connection sent octets, and a FIN that was acknowledged,
    which acknowledges its octets too. A reset connection acknowledges no FIN."""
    for sent, answers in (theirs, ours), (ours, theirs):
        ends = {p[TCP].seq + octets_in(p) + 1 & 0xffffffff for p in sent if "F" in p[TCP].flags}
        if not any(map(octets_in, sent)) or ends.isdisjoint(p[TCP].ack for p in answers):
            return False
    return True


class Wire(capture.Capture):
    """Captures all frames on the client's interface, and gives each frame to its case."""

    def __init__(self, interface, give):
        self.lock, self.give, self.given = threading.Lock(), give, 0
        super().__init__(interface)

    def take(self):
        with self.lock:
            more = super().take()
            for one in self.taken[self.given:]:
                self.give(*one)
            self.given = len(self.taken)
            return more

    def catch_up(self):
        """Returns after all frames that the kernel has handled until now are given."""
        while self.take():
            pass


class Case:
    """One run of a check: an address, and the packets to and from it."""

    def __init__(self, bench, what, number, version, plain):
        self.bench, self.check, self.version, self.plain = bench, what, version, plain
        first = ipaddress.ip_address(NETWORKS[version][plain])
        self.address = str(first + STRIDE * (number + 1))
        self.behaviour = "accept" if plain else what.behaviour
        self.endpoint = f"{what.name}-{version}{'-plain' if plain else ''}"
        self.patience = 1.5 if plain else lab.PATIENCE  # timeout of a step, in seconds
        self.port = random.randrange(1024, 60000)
        self.frames, self.decoded, self.closers = [], [], []  # frames: (ns, of_client, octets)
        self.differences = []

    # --- clients ----------------------------------------------------------------------------

    @property
    def family(self):
        return socket.AF_INET if self.version == 4 else socket.AF_INET6

    def socket(self, timeout=None):
        """Returns a socket of the kernel's client, not connected yet."""
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        self.closers.append(sock.close)
        sock.settimeout(timeout or self.patience)
        return sock

    def connect(self, timeout=None, port=None):
        sock = self.socket(timeout)
        sock.connect((self.address, port or self.port))
        return sock

    def raw_client(self, **more):
        """Returns a hand-made client, frames.RawClient, at an address that no kernel owns."""
        client = frames.RawClient("eth0", self.bench.spare(self.version), self.address, self.port,
                                  random.randrange(1024, 65536), random.getrandbits(32),
                                  self.bench.gateway(self), **more)
        client.socket.settimeout(self.patience)
        self.closers.append(client.close)
        return client

    def receive(self, sock, count):
        return lab.receive(sock, count)

    def echoes(self, sock, text=None):
        """Expects the octets back from the service."""
        text = text or random.randbytes(random.randrange(10, 400))
        sock.sendall(text)
        self.equal(self.receive(sock, len(text)), text)

    def closes(self, sock):
        """The client closes, then the responder, and neither resets."""
        sock.shutdown(socket.SHUT_WR)
        self.equal(sock.recv(1), b"")

    def survives(self):
        """Expects normal service after the behaviour has acted: a small exchange, and segments of
        the largest size, which the link must pass with all that the behaviour adds to them."""
        sock = self.connect()
        self.echoes(sock)
        self.echoes(sock, random.randbytes(6000))
        self.closes(sock)
        return sock

    def ctl(self, *words):
        """Returns the JSON output of a synackctl command."""
        return self.bench.lab.ctl(*words)

    def by_hand(self):
        """Runs a client that does only what the RFC requires: it opens, ignores anything before the
        SYN-ACK, sends octets, reads as many, and closes after the responder's answer."""
        client, text = self.raw_client(), random.randbytes(100)
        client.send(frames.SYN, 0)
        synack = self.next_of(client, lambda s: s.flags == frames.SYN | frames.ACK)
        client.send(frames.ACK, 1, synack.seq + 1)
        client.send(frames.PSH | frames.ACK, 1, synack.seq + 1, payload=text)
        echo = self.next_of(client, lambda s: s.payload)
        self.equal(echo.payload, text)
        client.send(frames.FIN | frames.ACK, 101, echo.seq + 100)
        fin = self.next_of(client, lambda s: s.flags & frames.FIN)
        client.send(frames.ACK, 102, fin.seq + 1)

    def next_of(self, client, wanted):
        """Returns the next segment to a hand-made client that satisfies `wanted`."""
        while True:
            segment = client.receive()
            if wanted(segment):
                return segment

    # --- the wire ---------------------------------------------------------------------------

    @property
    def packets(self):
        """Returns the packets on the wire until now, in both directions, decoded by Scapy. Each has
        `time`, in seconds, and `ours`, true if the responder sent it."""
        self.bench.wire.catch_up()
        for when, of_client, frame in self.frames[len(self.decoded):]:
            packet = l2.Ether(frame)
            packet.time = when / 1e9
            packet.ours = not of_client
            self.decoded.append(packet)
        return list(self.decoded)

    def _chosen(self, ours, flags):
        return [p for p in self.packets if p.ours == ours and TCP in p and
                (flags is None or p[TCP].flags == flags)]

    def sent(self, flags=None):
        """Returns the responder's TCP packets in order, or only those with exactly these flags
        ("SA")."""
        return self._chosen(True, flags)

    def received(self, flags=None):
        """Returns the client's TCP packets, as sent() does."""
        return self._chosen(False, flags)

    def icmp(self):
        """Returns the responder's ICMP errors, without neighbour discovery."""
        return [p for p in self.packets if p.ours and QUOTED[self.version] in p]

    def sequence(self):
        """Returns the flags of all TCP packets in both directions: ["S", "SA", "A"]."""
        return [str(p[TCP].flags) for p in self.packets if TCP in p]

    def goes_on(self):
        """Returns true if on one connection octets were delivered both ways, then both sides
        closed, and neither reset."""
        connections = {}
        for p in self.packets:
            if TCP in p:
                port = p[TCP].dport if p.ours else p[TCP].sport
                connections.setdefault(port, ([], []))[p.ours].append(p)
        return any(is_whole(*both) for both in connections.values())

    # --- assertions -------------------------------------------------------------------------

    def wait(self, condition, what="the condition of the check", seconds=None):
        """Waits until condition() is true, and returns its value."""
        return lab.wait_for(what, condition, seconds or self.patience)

    def true(self, truth, what):
        if not truth:
            raise AssertionError(what)

    def equal(self, got, expected, what=""):
        if got != expected:
            raise AssertionError(f"{what}: {got!r} is not {expected!r}"[:500])

    def raises(self, kinds, call, *args):
        """Expects call() to raise one of `kinds`; returns the exception."""
        try:
            got = call(*args)
        except kinds as error:
            return error
        raise AssertionError(f"expected {kinds}, got {got!r}")

    def linux(self, truth, what):
        """Checks a choice that is specific to Linux. The check fails if the measured kernel does
        otherwise; for another kernel the difference is reported."""
        if not truth and (self.plain or KERNEL == MEASURED):
            raise AssertionError(f"Linux {MEASURED[0]}.{MEASURED[1]}: {what}")
        if not truth:
            self.differs(f"unlike the measured kernel: {what}")

    def differs(self, what):
        """Reports a difference of the client's kernel, which is not a fault of the responder."""
        self.differences.append(what)

    # --- running ----------------------------------------------------------------------------

    def run(self):
        """Runs the check. Returns None, or the problem."""
        try:
            self.check.run(self)
        except (AssertionError, TimeoutError, ConnectionError, OSError) as error:
            return self.explain(error)
        except (LookupError, TypeError, ValueError) as error:
            # c.sent("SA")[3]: the packet, or its option, is missing.
            return self.explain(error)
        finally:
            for close in self.closers:
                close()
        return None

    def explain(self, error):
        where = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno for f in where if f.name == self.check.name), 0)
        wire = " ".join(f"{'>' if p.ours else '<'}{p[TCP].flags}"
                        for p in self.packets if TCP in p)
        return f"line {line}: {type(error).__name__}: {error} [{wire[:300]}]"


class Bench:
    """The lab of all checks: one daemon, an endpoint for each run of a check, and one capture."""

    def __init__(self, wanted):
        self.cases, self.by_address = [], {}
        self.spares = itertools.count()
        self.lab = lab.Lab("bench", sample=0)  # Wire keeps a capture for each check
        for address in "10.78.0.0/15", "fd78::/15":
            lab.run("ip", "-n", self.lab.client, "route", "add", address, "dev", "eth0")
        # The client's kernel segments its data itself, so that frames are segments.
        lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "gso_max_segs", "1")
        # Disables tail loss probes (RFC 8985), which would retransmit the last segment if an answer
        # takes some milliseconds.
        lab.set_sysctl(self.lab.client, "ipv4/tcp_early_retrans", 0)
        for number, what in enumerate(wanted):
            for version in what.versions:
                for plain in (False, True):
                    self.add(Case(self, what, number, version, plain))
        self.wire = Wire("eth0", self.take)
        self.lab.start(self.lab.config("endpoints = (\n" + ",\n".join(
            f'{{ name = "{c.endpoint}"; address = "{c.address}"; ports = "1-65535"; '
            f'interface = "eth0"; behaviour = {json.dumps(c.behaviour)}; '
            f'service = "{c.check.service}"; {c.check.more} }}' for c in self.cases) + " );"))

    def add(self, case):
        self.cases.append(case)
        first = ipaddress.ip_address(case.address)
        for i in range(STRIDE):
            self.by_address[(first + i).packed] = case

    def take(self, when, of_client, frame):
        """Gives a frame to the case with its address."""
        if frame[12:14] == b"\x08\x00":
            addresses = frame[26:30], frame[30:34]
        elif frame[12:14] == b"\x86\xdd":
            addresses = frame[22:38], frame[38:54]
        else:
            return
        for address in addresses:
            case = self.by_address.get(address)
            if case:
                case.frames.append((when, of_client, frame))
                return

    def spare(self, version):
        """Returns an unused address for a hand-made client."""
        return str(ipaddress.ip_address("10.77.0.0" if version == 4 else "fd77::") +
                   next(self.spares) % 200 + 20)  # not the addresses of the lab itself

    def gateway(self, case):
        """Returns the MAC address that the kernel has learned for the case's address."""
        case.socket().connect_ex((case.address, case.port))
        words = lab.run("ip", "-n", self.lab.client, "-j", "neigh", "show", case.address,
                        capture_output=True).stdout
        return bytes.fromhex(json.loads(words)[0]["lladdr"].replace(":", ""))

    def close(self):
        self.lab.stop()
        self.wire.stop()
        self.save()
        self.lab.close()

    def save(self):
        """Writes a capture for each check, with its lies, for tests/decode.py."""
        for what in {id(c.check): c.check for c in self.cases}.values():
            all_ = sorted((when, frame) for c in self.cases if c.check is what
                          for when, _, frame in c.frames)
            (lab.CAPTURES / "net").mkdir(parents=True, exist_ok=True)
            path = lab.CAPTURES / "net" / f"{lab.pathlib.Path(sys.argv[0]).stem}.{what.name}.pcap"
            frames.write_pcap(path, all_)
            path.with_suffix(".lies").write_text(json.dumps(what.lies))


def entries(group):
    """Returns the names that conf/behaviours/GROUP.conf defines."""
    text = (lab.SOURCE / "conf" / "behaviours" / f"{group}.conf").read_text()
    return re.findall(r"^  ([a-z0-9-]+) = \{$", text, re.M)


def judge(case, problem):
    """Returns the problem of a run, or None."""
    if not case.plain:
        return problem
    if case.check.control:
        return problem and f"'accept' fails the check, although {case.check.control}: {problem}"
    return None if problem else "'accept' passes this check: the check shows nothing"


def run_all(cases):
    """Runs all cases, many at once. Returns [(case, problem or None)]."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        together = [c for c in cases if not c.check.alone]
        found = list(zip(together, pool.map(Case.run, together)))
    found += [(c, c.run()) for c in cases if c.check.alone]
    return [(case, judge(case, problem)) for case, problem in found]


def holds_soon(condition):
    """Waits for the condition, because packets that the check has not waited for may still arrive.
    Returns its value, or false."""
    try:
        return lab.wait_for("", condition)
    except AssertionError:
        return False


def lacking(group, cases):
    """Yields the shortcomings of the entries of a group whose checks were all run."""
    for name in entries(group):
        its = [c for c in cases if c.check.entry == name and not c.plain]
        if not its:
            yield f"'{name}': missing check"
            continue
        if all(c.check.control for c in its) and name not in SAME_AS_ACCEPT:
            yield f"'{name}': 'accept' passes all its checks"
        if {c.version for c in its} != {4, 6} and not any(c.check.why for c in its):
            yield f"'{name}': missing check over one family, or a 'why'"
        for version in {c.version for c in its if not any(i.check.ends for i in its)}:
            its_own = sorted((c for c in its if c.version == version),
                             key=lambda c: len(c.frames))
            if not holds_soon(lambda some=its_own: any(c.goes_on() for c in some)):
                yield (f"'{name}': over IPv{version} no check ends with octets both ways and a "
                       "close by both sides: add one, or an 'ends'")


def report(results):
    """Prints a line for each check. Returns the number of failed checks."""
    failed = 0
    for what in checks:
        wrong = [(c, p) for c, p in results if c.check is what and p]
        if not any(c.check is what for c, _ in results):
            continue
        failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok':7}{what.name:32} {what.behaviour}"
              f"{'  (accept passes: ' + what.control + ')' if what.control else ''}"
              f"{'  (' + what.why + ')' if what.why else ''}"
              f"{'  (ends: ' + what.ends + ')' if what.ends else ''}")
        for case in sorted((c for c, _ in results if c.check is what and not c.plain),
                           key=lambda c: c.version):
            for difference in case.differences:
                print(f"        IPv{case.version}, this kernel: {difference}")
        for case, problem in wrong:
            print(f"        IPv{case.version}{' accept' if case.plain else ''}: {problem}")
    return failed


def main(group):
    """Runs the checks of the calling file, which covers one file of the catalogue."""
    if not lab.can_make_namespaces():
        outcome.skip("cannot make network namespaces")
    wanted = [c for c in checks if not sys.argv[1:] or c.entry in sys.argv[1:] or
              c.name in sys.argv[1:]]
    names = [c.name for c in checks]
    assert len(set(names)) == len(names), "duplicate name of a check"
    begun = time.monotonic()
    bench = Bench(wanted)
    try:
        failed = report(run_all(bench.cases))
        lacks = [] if sys.argv[1:] else list(lacking(group, bench.cases))
    finally:
        bench.close()
    print(f"{len(wanted)} checks of {len({c.entry for c in wanted})} behaviours, {failed} failed, "
          f"{sum(len(c.differences) for c in bench.cases)} differences of this kernel, Linux "
          f"{os.uname().release}, {time.monotonic() - begun:.1f} s")
    for what in lacks:
        print(f"{inspect.stack()[1].filename}: {what}")
    sys.exit(1 if failed or lacks else 0)
