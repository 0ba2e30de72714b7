#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Decodes the captures of the tests with other programs: tshark decodes each capture, Scapy the
captures of scripts and replays. No segment that the responder sent may be malformed or have a wrong
checksum or length, except the faults listed in LIES, which a test causes on purpose.

The other tests write BUILD/captures/: script/ (tests/runner/runner.c --capture), net/ (Lab of
tests/net/lib/lab.py) and replay/ (tests/net/test_replay.py). With --clear, the program empties
these directories; that runs before the tests."""
import collections
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "net"))
from lib import clients, frames, lab, tun

PLACES = "script", "net", "replay"
SCRIPTS = lab.SOURCE / "tests" / "scripts"
NET_TESTS = lab.SOURCE / "tests" / "net"

TCP = 6
EXTENSIONS = 0, 43, 44, 60, 253  # extension headers of IPv6, RFC 8200 4 and RFC 3692 2.1
RST, ACK, SYN_ACK = 0x04, 0x10, 0x12
TCP_CHECKSUM = "TCP checksum"
SHORT_OPTION = "too-short option length = 0"


BEHAVIOURS = "net/test_behaviours_"
TUNS = ("net/test_tun", "net/test_ip_layer.Tun", "net/test_matrix.Tun", "net/test_workers.Tun")
# Labs with addresses that no kernel owns.
CROWDS = "net/test_workers.Two", "net/test_workers.Four", "net/test_workers_cost."
BESIDE = ("net/test_virtual", "net/test_path.", "net/test_matrix.Host", "net/test_matrix.Router",
          BEHAVIOURS, *TUNS, *CROWDS)
# Each run has a network of its own, which the test cannot capture; or it makes none, where users
# cannot create namespaces.
SANDBOXED = "test_try", "test_try_catalogue", "test_judge"
# Labs that record nothing: their tests examine the output of programs, or send floods.
UNRECORDED = "test_examples", "test_output", "test_verdicts"
# The test deletes its interfaces, and their captures end with them.
PASSING = "test_interfaces",


class Lie(typing.NamedTuple):
    """A fault that a test causes on purpose. The program fails if a listed fault is not found."""
    capture: str
    port: int | None  # of the responder; None: any
    flags: int | None  # of the segment; None: ICMP; or ANY
    fault: str        # a part of the text that reports it
    reason: str


ANY = -1
CLIENTS = [f"net/test_clients.{name}" for name in ("Loopback4", "Loopback6", "Veth4", "Veth6")]
LIES = [
    Lie("script/behaviours/hdr-bad-cksum", None, SYN_ACK, TCP_CHECKSUM,
        "the behaviour sends a wrong checksum"),
    Lie("script/behaviours/opt-len-zero", None, SYN_ACK, SHORT_OPTION,
        "the behaviour sends such an option"),
    *(Lie(capture, 7080, SYN_ACK, TCP_CHECKSUM, "the port of hdr-bad-cksum")
      for capture in CLIENTS),
    *(Lie(capture, 7050, SYN_ACK, SHORT_OPTION, "the port of opt-len-zero")
      for capture in CLIENTS),
    Lie("net/test_control.Running", 7100, SYN_ACK, TCP_CHECKSUM,
        "test_half_open_are_shown sets hdr-bad-cksum"),
    Lie("net/test_live_connections.Connections", 7100, SYN_ACK, TCP_CHECKSUM,
        "test_half_open sets hdr-bad-cksum"),
    Lie("net/test_loopback.Marks", 7003, ACK, "IP checksum", "the behaviour ip-sum"),
    *(Lie("net/test_loopback.Wire", 7000, SYN_ACK, fault, "the behaviour short, over IPv6")
      for fault in (TCP_CHECKSUM, "Short segment", "alformed")),
    *(Lie(f"net/test_matrix.{name}", 7230, None, "acknowledgment number field is nonzero",
          "hping3's SYN, as icmp-port quotes it")
      for name in ("Host", "Loopback", "Router",
                   *(["TunHost", "TunRouter"] if tun.can_make_devices() else []))),
    *(Lie(f"net/test_matrix.{name}", None, None, fault,
          "a probe of nmap -O, as the Parameter Problem quotes it")
      for name in ("Host", "Router", *(["TunHost", "TunRouter"] if tun.can_make_devices() else []))
      for fault in ("Routing header type is deprecated", "Hop-by-Hop extension header must")),
    *(Lie(f"net/test_bound.{name}", port, SYN_ACK, "4 NOP in a row", "the behaviour opt-full")
      for name, port in (("Bound", 7001), ("Judged", 7001), ("Judged", 7800))),
    Lie("net/test_bound.Bound", None, ANY, "TCP checksum was not verified",
        "the bound cut the other fragments"),
]


def lies_of_behaviours(files):
    """Yields the faults that tests/net/lib/behaviours.py wrote beside its captures, and the faults
    that a script declares in a comment: "# lie: FAULT: REASON"."""
    for name, path in files.items():
        declared = path.with_suffix(".lies")
        if declared.exists():
            for fault, reason in json.loads(declared.read_text()).items():
                yield Lie(name, None, ANY, fault, reason)
        script = SCRIPTS / f"{name.removeprefix('script/')}.pkt"
        if name.startswith("script/") and script.exists():
            for fault, reason in re.findall(r"(?m)^# lie: ([^:]+): (.*)$", script.read_text()):
                yield Lie(name, None, ANY, fault, reason)


FIELDS = """frame.interface_id frame.len ip.src ip.proto ip.len ip.checksum.status ipv6.src
    ipv6.nxt ipv6.plen ipv6.flow icmp.checksum.status icmpv6.checksum.status tcp.srcport
    tcp.dstport tcp.flags tcp.checksum.status _ws.malformed _ws.expert.group _ws.expert.severity
    _ws.expert.message""".split()
SEVERAL = "\x1f"  # between the values of a field that a packet has several times
GOOD = "1"        # status of a checksum that was verified and is right

# Groups and severities of Wireshark's expert information, epan/proto.h. Checksums have fields of
# their own. Findings about the order of segments are not faults of a segment, but the same group
# contains options of a wrong length.
CHECKSUM, SEQUENCE, NOTE = 0x01000000, 0x02000000, 0x00400000
OF_ORDER = re.compile(r"This frame |Connection |TCP Zero Window|TCP window |TCP keep-alive|"
                      r"ACK to a |ACKed segment|Previous segment|Duplicate ACK|A new tcp session|"
                      r"No response|TCP SYN-ACK \w+ TFO data|D-SACK Sequence")


class Packet:
    """The fields that tshark prints for a packet. With nested headers, the outer one comes
    first."""

    def __init__(self, capture, number, line):
        self.capture, self.number = capture, number
        self.all = {name: value.split(SEVERAL) if value else []
                    for name, value in zip(FIELDS, line.split("\t"), strict=True)}
        source = self["ip.src"] or self["ipv6.src"]
        self.source = ipaddress.ip_address(source) if source else None
        self.protocol = int(self["ip.proto"] or self["ipv6.nxt"] or 0)
        if self["ipv6.nxt"] and self.protocol in EXTENSIONS:  # ICMPv6 never follows them here
            self.protocol = TCP
        # An ICMP error quotes the client's segment, so the quoted destination is the responder's
        # port.
        port = self["tcp.srcport" if self.protocol == TCP else "tcp.dstport"]
        self.port = int(port) if port else None
        self.flags = int(self["tcp.flags"] or "0", 16) if self.protocol == TCP else None

    def __getitem__(self, name):
        return self.all[name][0] if self.all[name] else ""

    def from_responder(self):
        """Returns false for packets of the client, and of the server's kernel: ARP, neighbour
        discovery, other ports."""
        if self.capture.startswith("replay/"):
            return True
        if self.capture.startswith("script/"):
            return not self.source or is_server(self.source)
        # After SIGKILL the kernel refuses connections, and leaves the checksum to the interface.
        # The kernel sets flow labels; the responder does not.
        if self.protocol == TCP and self.flags & RST and int(self["ipv6.flow"] or "0", 16):
            return False
        if str(self.source) in ("10.77.0.1", "fd77::1"):
            return self.protocol == TCP or self.port is not None
        # At addresses that no kernel owns, the responder also sends ARP, neighbour discovery and
        # echo.
        if self.capture.startswith(BESIDE) and self.source:
            return not (is_client(self.capture, self.source) or self.source.is_unspecified or
                        self.source.is_link_local)
        return bool(self.source and self.source.is_loopback and self.port and
                    (self.port == 80 or 7000 <= self.port < 9000))

    def checksums(self):
        if self.source.version == 4:
            yield "IP checksum", self["ip.checksum.status"]
        if self.protocol == TCP:
            yield TCP_CHECKSUM, self["tcp.checksum.status"]
        else:
            yield "ICMP checksum", self["icmp.checksum.status"] or self["icmpv6.checksum.status"]

    def faults(self):
        if not self.source:
            yield "missing IP header"
            return
        for what, status in self.checksums():
            if status != GOOD:
                yield f"{what} {'is wrong' if status == '0' else 'was not verified'}"
        for group, severity, message in zip(self.all["_ws.expert.group"],
                                            self.all["_ws.expert.severity"],
                                            self.all["_ws.expert.message"]):
            of_order = int(group) == SEQUENCE and OF_ORDER.match(message)
            if int(severity) >= NOTE and int(group) != CHECKSUM and not of_order:
                yield message
        if self["_ws.malformed"]:
            yield f"malformed: {self['_ws.malformed']}"
        length = int(self["ip.len"]) if self.source.version == 4 else 40 + int(self["ipv6.plen"])
        if self.capture.startswith("script/") and length != int(self["frame.len"]):
            yield f"IP length {length}, but the packet has {self['frame.len']} octets"

    def __str__(self):
        flags = "not TCP" if self.flags is None else f"flags {self.flags:#x}"
        return f"{self.capture}.pcap: packet {self.number} from {self.source} {self.port}, {flags}"


CLIENT_NETWORKS = [ipaddress.ip_network(n) for n in ("10.77.0.0/24", "fd77::/64")]


def is_client(capture, address):
    """Returns true if `address` belongs to a client. In test_virtual*.py, test_path.py and
    test_matrix.py client addresses end in 2 or 3. In the captures of behaviours they are in other
    networks, and on TUN devices they are outside the networks of the device. In labs with many
    clients, all addresses but the server's two are clients."""
    if capture.startswith(TUNS):
        return not tun.is_ours(address)
    if capture.startswith(CROWDS):
        return address.packed[-1] not in (1, *(ipaddress.ip_address(a).packed[-1]
                                               for a in clients.VIRTUAL.values()))
    if capture.startswith(BEHAVIOURS):
        return any(address in n for n in CLIENT_NETWORKS)
    return address.packed[-1] in (2, 3)


def is_server(address):
    """In scripts the responder's addresses end in 2, the client's in 1."""
    return address.packed[-1] == 2


def captures():
    """Returns {"script/tcp/nagle": path}. Omits the capture of a whole bench of behaviours: each of
    its checks has a capture with the same packets, and with its own lies."""
    found = {str(path.relative_to(lab.CAPTURES)).removesuffix(".pcap"): path
             for place in PLACES for path in sorted((lab.CAPTURES / place).rglob("*.pcap"))}
    return {name: path for name, path in found.items()
            if not (name.startswith(BEHAVIOURS) and name.endswith(".accept"))}


def decode(files):
    """Yields every packet of the captures. One tshark decodes all of them; the interface number
    identifies the capture."""
    options = ["-n", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
               # The payload is not examined, and ports do not identify its protocol.
               "-d", "tcp.port==0-65535,data", "-o", "tcp.desegment_tcp_streams:FALSE"]
    names, numbers = list(files), collections.Counter()
    merge = subprocess.Popen(["mergecap", "-a", "-I", "none", "-w", "-", *files.values()],
                             stdout=subprocess.PIPE)
    shark = subprocess.Popen(["tshark", "-r", "-", *options, "-T", "fields", "-E",
                              f"aggregator={SEVERAL}", *(x for f in FIELDS for x in ("-e", f))],
                             stdin=merge.stdout, stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.PIPE,
                             # Ignore the user's settings.
                             env=os.environ | {"WIRESHARK_CONFIG_DIR": "/nonexistent"})
    merge.stdout.close()
    for line in shark.stdout:
        name = names[int(line.split("\t", 1)[0])]
        numbers[name] += 1
        yield Packet(name, numbers[name], line.rstrip("\n"))
    said = shark.stderr.read()
    if merge.wait() or shark.wait():
        sys.exit(f"tshark: cannot read all captures: {said}")


def lie_of(packet, fault):
    return next((lie for lie in LIES if lie.capture == packet.capture and
                 lie.port in (None, packet.port) and lie.flags in (ANY, packet.flags) and
                 lie.fault in fault), None)


def at_least(script):
    """Returns the number of responder packets in a script, for IPv4 and IPv6 together."""
    text = re.sub(r"(?ms)^block .*?(?=^cell |\Z)", "", script.read_text())
    families = 1 if re.search(r"(?m)^family", text) else 2
    return families * len(re.findall(r"(?m)^\+\S+ +>", text))


def missing(files, ours, labs):
    """Yields the captures that are missing or too short. `ours` counts the responder's packets."""
    for script in sorted(SCRIPTS.glob("*/*.pkt")):
        name = f"script/{script.parent.name}/{script.stem}"
        if name not in files:
            yield f"{name}.pcap: missing capture"
        elif ours[name] < at_least(script):
            yield (f"{name}.pcap: {ours[name]} packets of the responder, "
                   f"the script has {at_least(script)}")
    without_devices = [] if tun.can_make_devices() else ["test_tun", "test_tun_device"]
    skipped = [*SANDBOXED, *UNRECORDED, *PASSING, *without_devices]
    for test in sorted(NET_TESTS.glob("test_*.py")) if labs else ():
        if test.stem not in skipped and not any(
                name.split("/")[1].startswith(f"{test.stem}.") for name in files):
            yield f"net/{test.stem}.*.pcap: missing capture"
    for name in files:
        if not name.startswith("script/") and not ours[name]:
            yield f"{name}.pcap: no packet of the responder"


def rebuilt(packet):
    """Returns the packet as Scapy writes it after reading it, with checksums and lengths computed
    by Scapy."""
    from scapy.layers import inet, inet6
    from scapy.packet import Raw

    p = inet.IP(packet) if packet[0] >> 4 == 4 else inet6.IPv6(packet)
    layer = p.payload
    while isinstance(layer, inet6._IPv6ExtHdr):
        layer = layer.payload
    if inet6.IPv6ExtHdrFragment in p or p.fields.get("frag") or p.fields.get("flags") == "MF":
        octets = layer.original
        layer.underlayer.remove_payload()
        p = p / Raw(octets)  # a fragment does not identify its payload
        layer = None
    for name in "ihl", "len", "chksum", "plen", "dataofs", "cksum":
        for each in filter(None, (p, layer)):
            if name in each.fields:
                each.delfieldval(name)
    known = layer is None or isinstance(layer, (inet.TCP, inet.ICMP, inet6._ICMPv6))
    return bytes(p) if known else b""


def scapy_differs(files, ours, lies):
    """Yields the packets of scripts and replays that Scapy would write in another way."""
    for name, path in files.items():
        if name.startswith("net/"):
            continue
        link, packets = frames.read_pcap(path)
        for number, (_, packet) in enumerate(packets, 1):
            if (name, number) in ours and (name, number) not in lies:
                packet = packet if link == 101 else frames.without_ethernet(packet)
                if rebuilt(packet) != packet:
                    yield (f"{name}.pcap: packet {number}: Scapy would write "
                           f"{rebuilt(packet).hex()} for {packet.hex()}")


def clear():
    for place in PLACES:
        shutil.rmtree(lab.CAPTURES / place, ignore_errors=True)
        (lab.CAPTURES / place).mkdir(parents=True)
    for about in SCRIPTS.iterdir():
        (lab.CAPTURES / "script" / about.name).mkdir()


def judge(files):
    """Returns the responder's packets as (capture, number), the packets that lie, the lies found,
    and the problems."""
    ours, lying, found, problems = set(), set(), set(), []
    for packet in decode(files):
        if not packet.from_responder():
            continue
        ours.add((packet.capture, packet.number))
        for fault in packet.faults():
            lie = lie_of(packet, fault)
            if lie:
                found.add(lie)
                lying.add((packet.capture, packet.number))
            else:
                problems.append(f"{packet}: {fault}")
    return ours, lying, found, problems


def main():
    files, labs = captures(), lab.can_make_namespaces()
    if not files:
        sys.exit(f"no captures in {lab.CAPTURES}: run the tests script/* and net/* first")
    LIES.extend(lies_of_behaviours(files))
    ours, lying, found, problems = judge(files)
    problems += missing(files, collections.Counter(name for name, _ in ours), labs)
    problems += [f"{lie.capture}.pcap: missing fault '{lie.fault}', expected because of "
                 f"{lie.reason}" for lie in LIES
                 if lie not in found and (labs or not lie.capture.startswith("net/"))]
    problems += scapy_differs(files, ours, lying)
    print(f"{len(ours)} packets of the responder in {len(files)} captures, {len(lying)} wrong on "
          f"purpose, {len(problems)} problems", flush=True)
    if problems:
        sys.exit("\n".join(problems[:100]))
    if not labs:
        print("cannot create network namespaces: the net tests left no captures")
        sys.exit(77)


if __name__ == "__main__":
    clear() if sys.argv[1:] == ["--clear"] else main()
