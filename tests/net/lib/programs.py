# SPDX-License-Identifier: MIT
"""Real clients: each connects to some ports and returns a word for the result of each. They run in
the namespace of the caller."""
import errno
import re
import socket
import subprocess
import xml.etree.ElementTree

from . import guard, lab, tun
from .frames import RST

REQUEST = b"GET / HTTP/1.0\r\n\r\n"
SCAPY_MAC = "02:00:5c:a9:00:01"
ARPHRD_ETHER = 1
NOTHING = 1.5  # timeout where no answer is expected, in seconds


def output(*command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60,
                          **more)
    return done.returncode, done.stdout + done.stderr


def said(text, words):
    """Returns the word for the first sentence that the text contains, or the text itself."""
    return next((word for sentence, word in words.items() if sentence in text), text)


SENTENCES = {"200 OK": "page", "Connection refused": "refused", "Connection reset": "reset",
             "reset by peer": "reset", "curl: (28)": "timeout", "TIMEOUT": "timeout"}


def curl(address, port, patience=lab.PATIENCE):
    host = f"[{address}]" if ":" in address else address
    return said(output("curl", "-sS", "-v", "-g", "--connect-timeout", patience,
                       "-m", patience * 2, f"http://{host}:{port}/")[1], SENTENCES)


def ncat(address, port, patience=lab.PATIENCE):
    return said(output("ncat", "-v", "-w", f"{int(patience * 1000)}ms", address, port,
                       input=REQUEST.decode())[1], SENTENCES)


def kernel(address, port, patience=lab.PATIENCE):
    """Python's socket, which is the kernel's client."""
    try:
        with socket.create_connection((address, port), patience) as sock:
            sock.sendall(REQUEST)
            return "page" if b"200 OK" in sock.recv(4096) else "empty"
    except OSError as error:
        return {errno.ECONNREFUSED: "refused", errno.ECONNRESET: "reset", errno.EPIPE: "reset"
                }.get(error.errno, "timeout" if isinstance(error, TimeoutError) else str(error))


def hping(address, port, _):
    """Sends one SYN. hping3 supports IPv4 only, and waits for a second."""
    _, text = output("hping3", "-S", "-n", "-c", 1, "-s", 40000 + port % 1000, "-p", port, address)
    flags = re.search(r"flags=(\w+)", text)
    if flags:
        return {"SA": "syn-ack", "RA": "rst"}.get(flags[1], flags[1])
    return said(text, {"ICMP Port Unreachable": "icmp", "100% packet loss": "nothing"})


# --- nmap, of all ports at once ---------------------------------------------------------------

def nmap(address, ports, *options):
    """Returns the XML output."""
    code, text = output("nmap", "-n", "-Pn", "-T4", "--max-retries", 2, "--max-rtt-timeout",
                        f"{int(NOTHING * 500)}ms", *(["-6"] if ":" in address else []), *options,
                        "-p", ",".join(map(str, ports)), "-oX", "-", address)
    if code:
        raise AssertionError(text)
    return xml.etree.ElementTree.fromstring(text[:text.index("</nmaprun>") + 10])


def scan(address, ports, option):
    return {int(port.get("portid")): port.find("state").get("state")
            for port in nmap(address, ports, option).iter("port")}


def fingerprint(address, ports):
    """Returns a word for the ports that nmap used to guess the system, if it completed."""
    tree = nmap(address, ports, "-O", "--max-os-tries", "1", "--host-timeout", "25s")
    used = {(p.get("proto"), p.get("state")) for p in tree.iter("portused")}
    if tree.find("host/os") is None or tree.find("runstats/finished").get("exit") != "success":
        return "no end"
    return "complete" if {("tcp", "open"), ("tcp", "closed")} <= used else str(sorted(used))


# --- Scapy ------------------------------------------------------------------------------------

class Scapy:
    """A client of Scapy packets, with an address of its own that the kernel does not own. On
    interfaces without link addresses, where such an address is impossible, a guard silences the
    kernel."""

    def __init__(self, interface, source, address):
        from scapy.all import IP, TCP, Ether, IPv6, conf
        from scapy.layers.inet6 import IPv46
        self.TCP, self.IP = TCP, IPv6 if ":" in address else IP
        conf.verb = 0
        conf.ifaces.reload()
        conf.l2types.register_num2layer(tun.ARPHRD_NONE, IPv46)
        self.source, self.address = source, address
        self.socket = conf.L2socket(iface=interface, promisc=False)
        kind = self.socket.ins.getsockname()[3]
        self.head = Ether(src="00:00:00:00:00:00", dst="00:00:00:00:00:00")
        self.guarded = kind != ARPHRD_ETHER
        if kind == tun.ARPHRD_NONE:
            self.head = None
        elif not self.guarded:
            self.head.src = SCAPY_MAC
            self.resolve()

    def close(self):
        self.socket.close()

    def ask(self, packet, wanted, patience=lab.PATIENCE):
        """Sends a packet. Returns the first frame for which `wanted` is true, or None."""
        self.socket.send(packet)
        found = self.socket.sniff(timeout=patience, count=1, lfilter=wanted)
        return found[0] if found else None

    def resolve(self):
        """Returns the link address, by a hand-made query."""
        from scapy.all import (ARP, Ether, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr,
                               in6_getnsma, in6_getnsmac)
        mac = self.head.src
        if ":" in self.address:
            group = in6_getnsma(socket.inet_pton(socket.AF_INET6, self.address))
            to = self.IP(src=self.source, dst=socket.inet_ntop(socket.AF_INET6, group), hlim=255)
            got = self.ask(Ether(src=mac, dst=in6_getnsmac(group)) / to /
                           ICMPv6ND_NS(tgt=self.address) / ICMPv6NDOptSrcLLAddr(lladdr=mac),
                           lambda p: ICMPv6ND_NA in p and p[ICMPv6ND_NA].tgt == self.address)
        else:
            got = self.ask(Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") /
                           ARP(hwsrc=mac, psrc=self.source, pdst=self.address),
                           lambda p: ARP in p and (p[ARP].op, p[ARP].psrc) == (2, self.address))
        if got is None:
            raise AssertionError(f"no answer for {self.address}")
        self.head.dst = got.src

    def segment(self, flags, seq, ack=0, payload=b""):
        packet = (self.IP(src=self.source, dst=self.address) /
                  self.TCP(sport=self.sport, dport=self.dport, flags=flags, seq=seq & 0xffffffff,
                           ack=ack & 0xffffffff, window=65535) / payload)
        return packet if self.head is None else self.head / packet

    def about_us(self, packet):
        """Returns true for a segment to this client, and for an ICMP error that quotes one of its
        segments."""
        if self.TCP in packet:
            return (packet[self.TCP].dport, packet[self.TCP].sport) == (self.sport, self.dport)
        quote = self.sport.to_bytes(2, "big") + self.dport.to_bytes(2, "big")
        return self.TCP not in packet and quote in bytes(packet)

    def flags(self, packet):
        return int(packet[self.TCP].flags) if self.TCP in packet else None

    def get(self, port, patience):
        """Handshake, request, reply, and an RST to end the connection."""
        self.sport, self.dport = 50000 + port % 1000, port
        if not self.guarded:
            return self.converse(patience)
        with guard.guard(self.source, self.sport):
            return self.converse(patience)

    def converse(self, patience):
        isn = 0x5ca91000
        got = self.ask(self.segment("S", isn), self.about_us, patience)
        if got is None:
            return "nothing"
        if self.TCP not in got:
            return "icmp"
        if self.flags(got) & RST:
            return "rst"
        server = got[self.TCP].seq + 1
        self.socket.send(self.segment("A", isn + 1, server))
        got = self.ask(self.segment("PA", isn + 1, server, REQUEST),
                       lambda p: self.about_us(p) and self.TCP in p and
                       (self.flags(p) & RST or bytes(p[self.TCP].payload).startswith(b"HTTP")))
        if got is None:
            return "silence"
        if self.flags(got) & RST:
            return "reset"
        self.socket.send(self.segment("R", got[self.TCP].ack))
        return "page"
