# SPDX-License-Identifier: MIT
"""What the tests of the shipped behaviours share: each has an address of its own, real clients meet
it over IPv4 and IPv6, and Scapy reads what was on the wire.

A check is a function of a Case. It runs twice for each family: at an address with the behaviour,
where it must hold, and at one with `accept`, where it must fail, or it has shown nothing.

    @check("synack-delay=300ms")
    def synack_delay(c):
        sock = c.connect()
        late = c.sent("SA")[0].time - c.received("S")[0].time
        c.true(tolerances.takes(late, 0.3), f"late by {late} s")
        c.echoes(sock)
        c.closes(sock)

`main("establishment")` runs them, many at once, and fails when an entry of
conf/behaviours/establishment.conf has none; when all that it has pass with `accept`, too; when it
has none over one of the families, without a reason; and when none of them goes on, over each
family, to octets both ways and a close by both sides, which Scapy sees on the wire, without a
reason why there is no such end. With names as arguments it runs only those."""
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
# Four addresses for each run: of the behaviour, and beside it for answers from a wrong one.
NETWORKS = {4: ("10.78.0.0", "10.79.0.0", 15), 6: ("fd78::", "fd79::", 15)}
STRIDE = 4
ICMP = {4: inet.ICMP, 6: inet6._ICMPv6}
QUOTED = {4: inet.IPerror, 6: inet6.IPerror6}

# The kernel whose clients were measured for the catalogue, and this one.
MEASURED, KERNEL = (6, 18), tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))
# Entries that `accept` cannot but pass.
SAME_AS_ACCEPT = {"accept": "it is accept"}

scapy_conf.debug_dissector = False
checks = []


class Check(typing.NamedTuple):
    behaviour: str
    run: typing.Callable
    service: str
    versions: tuple
    control: str | None  # why `accept` passes it, too
    more: str            # further keys of the endpoint
    lies: dict           # what tshark finds wrong with it, and why that is right
    alone: bool          # not while others run
    ends: str | None     # why nothing goes on after it
    why: str | None      # it is met over one family alone

    @property
    def entry(self):
        return re.match(r"[a-z0-9-]+", self.behaviour)[0]

    @property
    def name(self):
        return self.run.__name__


def check(behaviour, service="echo", versions=(4, 6), control=None, more="", lies=None,
          alone=False, ends=None, why=None):
    """The decorated function is a check of this behaviour, as an operator would write it."""
    def add(function):
        checks.append(Check(behaviour, function, service, versions, control, more, lies or {},
                            alone, ends, why))
        return function
    return add


def octets_in(packet):
    """Of TCP; not what trails behind the IP packet."""
    return len(packet[Raw].load) if Raw in packet else 0


def is_whole(theirs, ours):
    """Each side of this connection sent octets, and a FIN that was acknowledged, so they were, too.
    One that was reset acknowledges no FIN."""
    for sent, answers in (theirs, ours), (ours, theirs):
        ends = {p[TCP].seq + octets_in(p) + 1 & 0xffffffff for p in sent if "F" in p[TCP].flags}
        if not any(map(octets_in, sent)) or ends.isdisjoint(p[TCP].ack for p in answers):
            return False
    return True


class Wire(capture.Capture):
    """All that crosses the client's interface, each frame to the case that it belongs to."""

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
        """What the kernel has handled until now is given when this returns."""
        while self.take():
            pass


class Case:
    """One run of a check: an address, and what crossed the wire to and from it."""

    def __init__(self, bench, what, number, version, plain):
        self.bench, self.check, self.version, self.plain = bench, what, version, plain
        first = ipaddress.ip_address(NETWORKS[version][plain])
        self.address = str(first + STRIDE * (number + 1))
        self.behaviour = "accept" if plain else what.behaviour
        self.endpoint = f"{what.name}-{version}{'-plain' if plain else ''}"
        self.patience = 1.5 if plain else lab.PATIENCE  # seconds that a step may take
        self.port = random.randrange(1024, 60000)
        self.frames, self.decoded, self.closers = [], [], []  # frames: (ns, the client's, octets)
        self.differences = []

    # --- clients ----------------------------------------------------------------------------

    @property
    def family(self):
        return socket.AF_INET if self.version == 4 else socket.AF_INET6

    def socket(self, timeout=None):
        """The kernel's client, not connected yet."""
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        self.closers.append(sock.close)
        sock.settimeout(timeout or self.patience)
        return sock

    def connect(self, timeout=None, port=None):
        sock = self.socket(timeout)
        sock.connect((self.address, port or self.port))
        return sock

    def raw_client(self, **more):
        """A client made by hand, frames.RawClient, at an address that no kernel owns."""
        client = frames.RawClient("eth0", self.bench.spare(self.version), self.address, self.port,
                                  random.randrange(1024, 65536), random.getrandbits(32),
                                  self.bench.gateway(self), **more)
        client.socket.settimeout(self.patience)
        self.closers.append(client.close)
        return client

    def receive(self, sock, count):
        return lab.receive(sock, count)

    def echoes(self, sock, text=None):
        """Octets go both ways."""
        text = text or random.randbytes(random.randrange(10, 400))
        sock.sendall(text)
        self.equal(self.receive(sock, len(text)), text)

    def closes(self, sock):
        """We close, the responder does, and nobody resets."""
        sock.shutdown(socket.SHUT_WR)
        self.equal(sock.recv(1), b"")

    def survives(self):
        """What a correct client gets after the oddity: little, and segments as large as they may
        be, for which the link must have room with all that is added to them."""
        sock = self.connect()
        self.echoes(sock)
        self.echoes(sock, random.randbytes(6000))
        self.closes(sock)
        return sock

    def ctl(self, *words):
        """The JSON of a synackctl command."""
        return self.bench.lab.ctl(*words)

    def by_hand(self):
        """A client that does no more than the RFC has it do: it opens, whatever else comes before
        the SYN-ACK, sends octets, reads as many, and closes after the responder's answer."""
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
        """The next segment for a client made by hand that is so."""
        while True:
            segment = client.receive()
            if wanted(segment):
                return segment

    # --- the wire ---------------------------------------------------------------------------

    @property
    def packets(self):
        """What crossed the wire until now, both ways, decoded by Scapy. Each has its `time` in
        seconds, and `ours`: the responder sent it."""
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
        """The responder's TCP packets, those with exactly these flags ("SA"), in order."""
        return self._chosen(True, flags)

    def received(self, flags=None):
        """The client's."""
        return self._chosen(False, flags)

    def icmp(self):
        """The responder's ICMP errors (not neighbour discovery)."""
        return [p for p in self.packets if p.ours and QUOTED[self.version] in p]

    def sequence(self):
        """["S", "SA", "A"]: the flags of all TCP packets both ways."""
        return [str(p[TCP].flags) for p in self.packets if TCP in p]

    def goes_on(self):
        """On one connection octets went both ways, then both sides closed, and nobody reset."""
        connections = {}
        for p in self.packets:
            if TCP in p:
                port = p[TCP].dport if p.ours else p[TCP].sport
                connections.setdefault(port, ([], []))[p.ours].append(p)
        return any(is_whole(*both) for both in connections.values())

    # --- assertions -------------------------------------------------------------------------

    def wait(self, condition, what="what the check waits for", seconds=None):
        """The truth of condition(), as soon as it is true."""
        return lab.wait_for(what, condition, seconds or self.patience)

    def true(self, truth, what):
        if not truth:
            raise AssertionError(what)

    def equal(self, got, expected, what=""):
        if got != expected:
            raise AssertionError(f"{what}: {got!r} is not {expected!r}"[:500])

    def raises(self, kinds, call, *args):
        """call() raises it; gives the exception."""
        try:
            got = call(*args)
        except kinds as error:
            return error
        raise AssertionError(f"expected {kinds}, got {got!r}")

    def linux(self, truth, what):
        """What Linux does where it might do otherwise. The kernel that was measured does it, or the
        check fails; of another one it is reported."""
        if not truth and (self.plain or KERNEL == MEASURED):
            raise AssertionError(f"Linux {MEASURED[0]}.{MEASURED[1]}: {what}")
        if not truth:
            self.differs(f"not so: {what}")

    def differs(self, what):
        """The client's kernel is not as the check would have it, and the report says so: no fault
        of ours."""
        self.differences.append(what)

    # --- running ----------------------------------------------------------------------------

    def run(self):
        """None, or what went wrong."""
        try:
            self.check.run(self)
        except (AssertionError, TimeoutError, ConnectionError, OSError) as error:
            return self.explain(error)
        except (LookupError, TypeError, ValueError) as error:
            # c.sent("SA")[3]: no such packet; or it has no such option.
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
    """The laboratory: one daemon, an endpoint for each run of a check, and one look at the wire."""

    def __init__(self, wanted):
        self.cases, self.by_address = [], {}
        self.spares = itertools.count()
        self.lab = lab.Lab("bench", sample=0)  # Wire keeps a capture for each check
        for address in "10.78.0.0/15", "fd78::/15":
            lab.run("ip", "-n", self.lab.client, "route", "add", address, "dev", "eth0")
        # Segments on the wire are those that the client's TCP made.
        lab.run("ip", "-n", self.lab.client, "link", "set", "eth0", "gso_max_segs", "1")
        # Nor does it send a last segment again (RFC 8985) when an answer takes some milliseconds.
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
        """To the case whose address it has."""
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
        """An address for a client made by hand, of nobody else's."""
        return str(ipaddress.ip_address("10.77.0.0" if version == 4 else "fd77::") +
                   next(self.spares) % 200 + 20)  # not those of the lab itself

    def gateway(self, case):
        """The MAC of a case's address, as the kernel learns it."""
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
        """A capture for each check, with the lies that are in it: for tests/decode.py."""
        for what in {id(c.check): c.check for c in self.cases}.values():
            all_ = sorted((when, frame) for c in self.cases if c.check is what
                          for when, _, frame in c.frames)
            (lab.CAPTURES / "net").mkdir(parents=True, exist_ok=True)
            path = lab.CAPTURES / "net" / f"{lab.pathlib.Path(sys.argv[0]).stem}.{what.name}.pcap"
            frames.write_pcap(path, all_)
            path.with_suffix(".lies").write_text(json.dumps(what.lies))


def entries(group):
    """The names that conf/behaviours/GROUP.conf defines."""
    text = (lab.SOURCE / "conf" / "behaviours" / f"{group}.conf").read_text()
    return re.findall(r"^  ([a-z0-9-]+) = \{$", text, re.M)


def judge(case, problem):
    """What is wrong with a run, or None."""
    if not case.plain:
        return problem
    if case.check.control:
        return problem and f"`accept` passes no more, though {case.check.control}: {problem}"
    return None if problem else "`accept` passes this check, too: it shows nothing"


def run_all(cases):
    """[(case, what is wrong or None)], many at once."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        together = [c for c in cases if not c.check.alone]
        found = list(zip(together, pool.map(Case.run, together)))
    found += [(c, c.run()) for c in cases if c.check.alone]
    return [(case, judge(case, problem)) for case, problem in found]


def holds_soon(condition):
    """What a check has not waited for may be on its way."""
    try:
        return lab.wait_for("", condition)
    except AssertionError:
        return False


def lacking(group, cases):
    """What is not shown of the entries that these cases are about, all of which were run."""
    for name in entries(group):
        its = [c for c in cases if c.check.entry == name and not c.plain]
        if not its:
            yield f"no check of `{name}`"
            continue
        if all(c.check.control for c in its) and name not in SAME_AS_ACCEPT:
            yield f"`accept` passes all checks of `{name}`"
        if {c.version for c in its} != {4, 6} and not any(c.check.why for c in its):
            yield f"no check of `{name}` over one family, and no `why`"
        for version in {c.version for c in its if not any(i.check.ends for i in its)}:
            its_own = sorted((c for c in its if c.version == version),
                             key=lambda c: len(c.frames))
            if not holds_soon(lambda some=its_own: any(c.goes_on() for c in some)):
                yield (f"after `{name}`, over IPv{version}, nothing goes both ways until both "
                       "close, and no `ends` says why")


def report(results):
    """A line for each check. How many failed."""
    failed = 0
    for what in checks:
        wrong = [(c, p) for c, p in results if c.check is what and p]
        if not any(c.check is what for c, _ in results):
            continue
        failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok':7}{what.name:32} {what.behaviour}"
              f"{'  (accept passes, too: ' + what.control + ')' if what.control else ''}"
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
    """Run the checks of the calling file, which is about one file of the catalogue."""
    if not lab.can_make_namespaces():
        outcome.skip("cannot make network namespaces")
    wanted = [c for c in checks if not sys.argv[1:] or c.entry in sys.argv[1:] or
              c.name in sys.argv[1:]]
    names = [c.name for c in checks]
    assert len(set(names)) == len(names), "two checks have one name"
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
