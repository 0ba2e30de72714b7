# SPDX-License-Identifier: MIT
"""Shared code of the tests of TUN devices. The test itself is in the daemon's namespace, whose
kernel routes the devices' networks to it."""
import fcntl
import ipaddress
import os
import random
import struct
import subprocess

from . import frames, lab, outcome

DEVICE = "synack0"
ARPHRD_NONE = 0xfffe  # packets without a link header
# Tests take networks of these for their devices, /24 or wider (IPv6: /112). The kernel's own
# address, the last of each network, is then recognizable by its end.
ALL = {4: ipaddress.ip_network("10.120.0.0/13"), 6: ipaddress.ip_network("fd12::/16")}
NETWORK = {4: ipaddress.ip_network("10.120.0.0/16"), 6: ipaddress.ip_network("fd12::/64")}
# For endpoints of their own, apart from the catalogues.
ECHO = {4: "10.120.9.0/24", 6: "fd12::9:0:0/96"}


def last_host(network):
    """Returns the kernel's own end of the device."""
    return str(network[-2] if network.version == 4 else network[-1])


KERNEL = {v: last_host(NETWORK[v]) for v in (4, 6)}


def is_kernels(address):
    return address.packed[-1] == 254 if address.version == 4 else address.packed[-2:] == b"\xff\xff"


def is_ours(address):
    """Returns true for an address in the network of a device that no kernel owns."""
    return address in ALL[address.version] and not is_kernels(address)


def open_device(name):
    """Opens a TUN device, as another program would. The device is removed when the descriptor is
    closed."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    try:
        fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", name.encode(), 0x1001))  # TUNSETIFF
    except OSError:
        os.close(fd)
        raise
    return fd


def can_make_devices():
    """Returns true if /dev/net/tun can be opened. A user with the right to create namespaces needs
    nothing else."""
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
        return True
    except OSError:
        return False


class Watch(frames.Watch):
    """Calls `take` with every packet on the TUN devices of this namespace, also on later ones, and
    with true if the kernel sent it."""

    def __init__(self, take):
        super().__init__(None, take)

    def meet(self, packet, address):
        if address[3] == ARPHRD_NONE:
            self.enough = self.take(packet, address[2] == frames.PACKET_OUTGOING)


class Seen(Watch):
    """Keeps the packets in .packets, as (packet, sent by the kernel)."""

    def __init__(self):
        self.packets = []
        super().__init__(lambda packet, kernels: self.packets.append((packet, kernels)))

    def segments(self, kernels):
        """Returns the segments of one side, until now."""
        return [frames.Segment(packet) for packet, by_kernel in self.packets.copy()
                if by_kernel == kernels and packet[9 if packet[0] >> 4 == 4 else 6] == 6]


class Lab(lab.Lab):
    """Captures the packets on the devices."""

    def __init__(self, name, sample=None):
        super().__init__(name, sample=sample)
        self.inside()

    def record(self, sample):
        self.inside()
        self.capture = frames.Capture(self.capture_path(), sample, link=101)
        self.recorder = Watch(lambda packet, _: self.capture.add(packet))

    def inside(self):
        lab.enter_namespace(self.server)

    def device(self, name=DEVICE):
        """Returns the output of `ip` about the device, or None if there is none."""
        done = subprocess.run(["ip", "-n", self.server, "-d", "-j", "addr", "show", name],
                              capture_output=True, text=True)
        return lab.json.loads(done.stdout)[0] if done.returncode == 0 else None


def config(*devices, more=""):
    """Returns the key `tuns`: each device is a name, networks, and further keys."""
    return "tuns = (\n" + ",\n".join(
        f'{{ name = "{name}"; networks = ( ' + ", ".join(f'"{n}"' for n in networks) +
        f" ); {keys} }}" for name, networks, keys in devices) + f" );\n{more}"


def endpoints(networks, service="http"):
    """Returns a catalogue for each network."""
    return "catalogues = (\n" + ",\n".join(
        f'{{ name = "t{v}"; network = "{n}"; service = "{service}"; }}'
        for v, n in networks.items()) + " );\n"


def host_of(network):
    """Returns an address of the network, neither the first nor the last."""
    network = ipaddress.ip_network(network)
    return str(network[random.randrange(1, min(network.num_addresses, 1 << 32) - 2)])


def some_port():
    return random.choice((1, 65535, random.randrange(2, 65535)))


def echo_endpoints():
    return "endpoints = (\n" + ",\n".join(
        f'{{ name = "echo{v}"; address = "{network}"; ports = "1-65535"; service = "echo"; }}'
        for v, network in ECHO.items()) + " );\n"


def shipped(networks=None, keys=""):
    """Returns one device with a catalogue of each network, and the echo endpoints."""
    return config((DEVICE, NETWORK.values(), keys),
                      more=endpoints(networks or NETWORK) + echo_endpoints())


def main():
    """Runs the tests of the calling file, or skips them if /dev/net/tun cannot be opened."""
    if not can_make_devices():
        outcome.skip("cannot open /dev/net/tun")
    lab.main()
