# SPDX-License-Identifier: MIT
"""A lab with many clients: addresses of the client's kernel, and addresses that no kernel owns, for
which the test makes frames by hand. The server has an address of its kernel and one that no kernel
owns."""
import ipaddress
import json
import random
import socket
import struct
import subprocess

from . import frames, lab

COUNT = 12  # clients of each family
OWN = {4: "10.77.0.1", 6: "fd77::1"}
VIRTUAL = {4: "10.77.0.100", 6: "fd77::64"}  # tests/decode.py identifies them by the last octet
PORTS = 7000, 7031
ENDPOINTS = ",\n".join(
    f'{{ name = "{name}{v}"; address = "{address[v]}"; ports = "{ports}"; service = "echo"; }}'
    for v in (4, 6) for name, address, ports in (("own", OWN, "%d-%d" % PORTS),
                                                 ("virtual", VIRTUAL, "1-65535")))
KINDS = {4: b"\x08\x00", 6: b"\x86\xdd"}


def client(version, number):
    return str(ipaddress.ip_address(f"10.77.0.{10 + number}" if version == 4 else
                                    f"fd77::{0x10 + number:x}"))


def stranger(version, number):
    """Returns an address behind the client's interface that no host owns, so no kernel resets
    segments to it."""
    return str(ipaddress.ip_address(f"10.77.0.{150 + number}" if version == 4 else
                                    f"fd77::9:{0x10 + number:x}"))


CLIENTS = [client(v, i) for v in (4, 6) for i in range(COUNT)]


def version_of(address):
    return ipaddress.ip_address(address).version


def ip_packet(src, dst, protocol, body, fragment=0):
    """Returns an IP packet of any protocol. `fragment` is the field of flags and offset."""
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 6:
        return (struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + a.packed + b.packed +
                body)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0x4711, fragment, 64, protocol,
                         0, a.packed, b.packed)
    return header[:10] + struct.pack("!H", frames.checksum(header)) + header[12:] + body


def icmp_error(src, dst, quoted):
    """Returns a Port Unreachable that quotes a packet of `dst`."""
    if version_of(src) == 4:
        body = struct.pack("!BBHI", 3, 3, 0, 0) + quoted[:28]
        sum_ = frames.checksum(body)
        protocol = 1
    else:
        body = struct.pack("!BBHI", 1, 4, 0, 0) + quoted
        sum_ = frames.checksum(ipaddress.ip_address(src).packed +
                               ipaddress.ip_address(dst).packed +
                               struct.pack("!IHBB", len(body), 0, 0, 58) + body)
        protocol = 58
    return ip_packet(src, dst, protocol, body[:2] + struct.pack("!H", sum_) + body[4:])


def in_fragments(packet):
    """Returns an IP packet with TCP in two fragments. Over IPv4 the first has a part of the header,
    which RFC 7112 5 forbids over IPv6; there it has the header without some of its options."""
    if packet[0] >> 4 == 4:
        src, dst = (str(ipaddress.ip_address(packet[i:i + 4])) for i in (12, 16))
        body = packet[20:]
        return [ip_packet(src, dst, 6, body[:16], 0x2000), ip_packet(src, dst, 6, body[16:], 2)]
    src, dst = (str(ipaddress.ip_address(packet[i:i + 16])) for i in (8, 24))
    body, number = packet[40:], random.getrandbits(32)
    return [ip_packet(src, dst, 44, struct.pack("!BBHI", 6, 0, mark, number) + part)
            for mark, part in ((1, body[:24]), (24, body[24:]))]


class Lab(lab.Lab):
    def __init__(self, name, **more):
        super().__init__(name, **more)
        for address in CLIENTS:
            bits = 24 if version_of(address) == 4 else 64
            lab.run("ip", "-n", self.client, "addr", "add", f"{address}/{bits}", "dev", "eth0",
                    *([] if bits == 24 else ["nodad"]))
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.raw.bind(("eth0", 0))
        self.mac = self.raw.getsockname()[4]

    def close(self):
        self.raw.close()
        super().close()

    def mac_at(self, address, refused=False):
        """Returns the link address that the client's kernel learns for a server address. With
        `refused`, its ports are closed."""
        def entry():
            try:
                socket.create_connection((address, PORTS[0]), timeout=lab.PATIENCE).close()
            except ConnectionRefusedError:
                if not refused:
                    raise
            done = subprocess.run(["ip", "-n", self.client, "-j", "neigh", "show", address],
                                  capture_output=True, text=True, check=True)
            return [e["lladdr"] for e in json.loads(done.stdout) if "lladdr" in e]
        return bytes.fromhex(lab.wait_for("a link address", entry)[0].replace(":", ""))

    def send(self, mac, *packets):
        """Sends IP packets from the client's interface."""
        for packet in packets:
            self.raw.send(mac + self.mac + KINDS[packet[0] >> 4] + packet)

    def workers(self):
        return self.ctl("status")["workers"]


def counter(worker, name):
    """Returns a counter of the worker, or of its link on eth0."""
    if name in worker["counters"]:
        return worker["counters"][name]
    return next(each["counters"][name] for each in worker["links"] if each["name"] == "eth0")
