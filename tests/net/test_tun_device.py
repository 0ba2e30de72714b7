#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""TUN devices: their state after each kind of end of synackd, reloads, changes by other programs,
and the errors if none can be created."""
import ipaddress
import json
import os
import signal
import socket
import subprocess
import unittest

from lib import lab, programs, tun
from lib.tun import DEVICE, ECHO, KERNEL, NETWORK, echo_endpoints, host_of, shipped, some_port


def as_nobody(*capabilities, octal="666"):
    """Returns a command that runs another as the user `nobody`, with a /dev/net/tun of this
    mode."""
    capabilities = ",".join(f"+{c}" for c in capabilities)
    return [*with_device(octal), "setpriv", "--reuid=65534", "--clear-groups",
            f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}"]


def with_device(octal):
    return ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev/net && "
            f'mknod -m {octal} /dev/net/tun c 10 200 && exec "$0" "$@"']


class Device(unittest.TestCase):
    """Each test has a daemon of its own."""

    @classmethod
    def setUpClass(cls):
        cls.lab = tun.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        self.addCleanup(self.clear)

    def clear(self):
        self.lab.stop()
        for name in self.devices():
            lab.run("ip", "-n", self.lab.server, "link", "del", name)

    def devices(self):
        done = subprocess.run(["ip", "-n", self.lab.server, "-j", "tuntap", "show"], text=True,
                              capture_output=True, check=True)
        return {each["ifname"] for each in json.loads(done.stdout or "[]")}

    def start(self, text, *options, **more):
        self.lab.start(self.lab.config(text), *options, **more)

    def reload(self, text):
        self.lab.config(text)
        return self.lab.ctl_raw("reload")

    def addresses(self, name=DEVICE):
        """Returns the addresses of the device, without link-local ones."""
        return {f"{a['local']}/{a['prefixlen']}" for a in self.lab.device(name)["addr_info"]
                if a["scope"] == "global"}

    def answers(self, *versions, networks=NETWORK):
        for v in versions or (4, 6):
            self.assertEqual(programs.kernel(str(networks[v][1]), some_port()), "page")

    def test_it_is_gone_after_sigkill(self):
        for how in signal.SIGKILL, signal.SIGTERM:
            self.start(shipped())
            self.answers()
            self.assertEqual(self.addresses(), {f"{KERNEL[v]}/{NETWORK[v].prefixlen}"
                                                for v in (4, 6)})
            self.lab.kill(how)
            self.assertIsNone(self.lab.device())

    def test_a_persistent_one_stays_and_is_taken_up_again(self):
        keys = "persistent = true; mtu = 1400;"
        self.start(shipped(keys=keys))
        self.answers()
        index = self.lab.device()["ifindex"]
        for how in signal.SIGKILL, signal.SIGTERM:
            self.lab.kill(how)
            self.assertEqual(self.lab.device()["ifindex"], index)
            self.assertEqual(self.addresses(), {f"{KERNEL[v]}/{NETWORK[v].prefixlen}"
                                                for v in (4, 6)})
            self.assertNotEqual(programs.kernel(str(NETWORK[4][1]), some_port(),
                                                programs.NOTHING), "page")
            self.start(shipped(keys=keys))
            self.assertEqual(self.lab.device()["ifindex"], index)
            self.assertEqual(self.lab.device()["mtu"], 1400)
            self.answers()
        # After this reload the device is no longer persistent.
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.assertEqual(self.lab.device()["mtu"], 1500)
        self.answers()
        self.lab.kill()
        self.assertIsNone(self.lab.device())

    def test_a_persistent_one_that_another_program_made(self):
        """The device has an address of its own, which is removed, and it is down."""
        lab.run("ip", "-n", self.lab.server, "tuntap", "add", DEVICE, "mode", "tun")
        lab.run("ip", "-n", self.lab.server, "addr", "add", "10.121.9.9/24", "dev", DEVICE)
        self.start(shipped(keys="persistent = true;"))
        self.assertEqual(self.addresses(), {f"{KERNEL[v]}/{NETWORK[v].prefixlen}" for v in (4, 6)})
        self.answers()
        self.lab.kill()
        self.assertIsNotNone(self.lab.device())

    def test_reload_adds_changes_and_removes(self):
        more = {4: ipaddress.ip_network("10.122.0.0/20"), 6: ipaddress.ip_network("fd12:1::/100")}
        both = tun.config((DEVICE, NETWORK.values(), ""), ("synack1", more.values(), "mtu = 9000;"),
                          more=tun.endpoints(more) + echo_endpoints())
        self.start(shipped())
        with socket.create_connection((host_of(ECHO[4]), some_port()),
                                      timeout=lab.PATIENCE) as sock:
            self.assertEqual(self.reload(both).returncode, 0)
            self.assertEqual(self.devices(), {DEVICE, "synack1"})
            self.answers(networks=more)
            self.assertNotEqual(programs.kernel(str(NETWORK[4][1]), some_port(),
                                                programs.NOTHING), "page")
            # An open connection continues on its device.
            sock.sendall(b"still here")
            self.assertEqual(lab.receive(sock, 10), b"still here")
        self.assertEqual(self.addresses("synack1"),
                         {f"{tun.last_host(more[v])}/{more[v].prefixlen}" for v in (4, 6)})
        # The networks change places, and the MTU changes.
        swapped = tun.config((DEVICE, more.values(), "mtu = 1280;"),
                             ("synack1", NETWORK.values(), ""), more=tun.endpoints(more))
        self.assertEqual(self.reload(swapped).returncode, 0)
        self.assertEqual(self.addresses(),
                         {f"{tun.last_host(more[v])}/{more[v].prefixlen}" for v in (4, 6)})
        self.assertEqual((self.lab.device()["mtu"], self.lab.device("synack1")["mtu"]),
                         (1280, 1500))
        self.answers(networks=more)
        links = {each["name"]: each["mtu"] for each in self.lab.ctl("status")["links"]}
        self.assertEqual((links[DEVICE], links["synack1"]), (1280, 1500))
        # One device is removed, the other stays.
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.assertEqual(self.devices(), {DEVICE})
        self.answers()
        links = [each["name"] for each in self.lab.ctl("status")["links"]]
        self.assertNotIn("synack1", links)
        self.assertEqual(self.reload(both).returncode, 0)
        self.assertEqual(self.devices(), {DEVICE, "synack1"})
        self.answers(networks=more)

    def test_a_reload_that_is_refused_leaves_all_as_it_was(self):
        self.start(shipped())
        before = self.addresses()
        other = ipaddress.ip_network("10.125.0.0/24")
        lab.run("ip", "-n", self.lab.server, "link", "add", "taken0", "type", "veth", "peer",
                "name", "taken1")
        self.addCleanup(lab.run, "ip", "-n", self.lab.server, "link", "del", "taken0")
        for devices, more in (
                [[("synack1", [other], "persistent = true;"), ("taken0", ["10.126.0.0/24"], "")],
                 ""],
                [[("synack1", [other], "persistent = true;")], 'interfaces = ( "nope0" );\n'],
                [[(DEVICE, [other], "mtu = 2000; persistent = true;"),
                  ("synack1", ["10.77.0.0/24"], "")], ""]):
            answer = self.reload(tun.config(*devices, more=more))
            self.assertEqual(answer.returncode, 1, answer)
            self.assertIn("interfaces: " if more else "tuns: ", answer.stderr)
            self.assertEqual((self.devices(), self.addresses()), ({DEVICE}, before))
            self.assertEqual(self.lab.device()["mtu"], 1500)
            self.answers()
        self.lab.kill()
        self.assertEqual(self.devices(), set())

    def test_one_that_is_deleted_is_made_again_by_a_reload(self):
        self.start(shipped())
        self.answers()
        lab.run("ip", "-n", self.lab.server, "link", "del", DEVICE)
        lab.wait_for("the daemon's notice", lambda: "after a reload" in self.lab.logged())
        status = self.lab.ctl("status")
        self.assertNotIn(DEVICE, [each["name"] for each in status["links"]])
        self.assertIn(f"{DEVICE}: the TUN device was deleted", "\n".join(status["problems"]))
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.answers()
        self.assertEqual(self.lab.ctl("status")["problems"], [])

    def test_down_and_up(self):
        """IPv6 addresses are removed with the link; a reload restores them."""
        self.start(shipped())
        for state in "down", "up":
            lab.run("ip", "-n", self.lab.server, "link", "set", DEVICE, state)
        self.answers(4)
        self.assertEqual(self.reload(shipped()).returncode, 0)
        self.answers()

    def test_the_users_rights_are_enough(self):
        """The daemon's user can change the device; another device requires the permissions of
        /dev/net/tun."""
        nobody = 'user = "nobody";\n'
        second = tun.config((DEVICE, NETWORK.values(), "mtu = 1300; persistent = true;"),
                            ("synack1", ["10.124.0.0/24"], ""), more=tun.endpoints(NETWORK))
        for octal, code in ("600", 1), ("666", 0):
            with self.subTest(octal):
                self.start(nobody + shipped(), inside=with_device(octal))
                self.answers()
                answer = self.reload(nobody + second)
                self.assertEqual(answer.returncode, code, answer)
                if code:
                    self.assertIn("grant the user of synackd read and write access", answer.stderr)
                self.assertEqual(self.lab.device()["mtu"], 1500 if code else 1300)
                self.answers()
                self.lab.kill()
        self.assertEqual(self.devices(), {DEVICE})

    def test_one_that_was_prepared_needs_no_right(self):
        lab.run("ip", "-n", self.lab.server, "tuntap", "add", DEVICE, "mode", "tun", "user",
                "65534")
        lab.run("ip", "-n", self.lab.server, "link", "set", DEVICE, "up")
        for v in 4, 6:
            lab.run("ip", "-n", self.lab.server, "addr", "add",
                    f"{KERNEL[v]}/{NETWORK[v].prefixlen}", "dev", DEVICE)
        self.lab.directory.chmod(0o777)
        self.addCleanup(self.lab.directory.chmod, 0o755)
        self.start(shipped(keys="persistent = true;"), inside=as_nobody("net_raw"))
        self.answers()
        answer = self.reload(shipped(keys="persistent = true; mtu = 1400;"))
        self.assertEqual(answer.returncode, 1)
        self.assertIn(f"cannot set the MTU of {DEVICE}: missing capability CAP_NET_ADMIN",
                      answer.stderr)
        self.answers()


class Refused(unittest.TestCase):
    """Errors: one sentence with the remedy, and nothing is left."""

    @classmethod
    def setUpClass(cls):
        cls.lab = tun.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(shipped()))  # also for a packet in the capture
        programs.kernel(str(NETWORK[4][1]), some_port(), programs.NOTHING)
        cls.lab.kill()

    def refused(self, *devices, inside=()):
        path = self.lab.config(tun.config(*devices), "refused.conf")
        done = subprocess.run(["ip", "netns", "exec", self.lab.server, *inside, lab.SYNACKD,
                               "--config", path, "--control", self.lab.control],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(subprocess.run(["ip", "-n", self.lab.server, "tuntap", "show"],
                                        capture_output=True, check=True).stdout, b"")
        return done.stderr

    def test_no_device(self):
        hide = "unshare", "-m", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$0" "$@"'
        self.assertRegex(self.refused((DEVICE, ["10.120.0.0/24"], ""), inside=hide),
                         "missing /dev/net/tun.*'modprobe tun'")

    def test_no_right_to_open_it(self):
        self.lab.directory.chmod(0o777)
        self.addCleanup(self.lab.directory.chmod, 0o755)
        user = as_nobody("net_raw", "net_admin", octal="600")
        self.assertRegex(self.refused((DEVICE, ["10.120.0.0/24"], ""), inside=user),
                         "cannot open /dev/net/tun: permission denied: run as root, or grant")

    def test_no_right_to_make_it(self):
        self.lab.directory.chmod(0o777)
        self.addCleanup(self.lab.directory.chmod, 0o755)
        self.assertRegex(self.refused((DEVICE, ["10.120.0.0/24"], ""), inside=as_nobody("net_raw")),
                         f"cannot create the TUN device {DEVICE}: missing capability "
                         "CAP_NET_ADMIN: run")

    def test_the_name_is_taken(self):
        said = self.refused(("eth0", ["10.120.0.0/24"], ""))
        self.assertRegex(said, "eth0: in use by an interface that is not a TUN.*another name")

    def test_another_program_has_it(self):
        fd = tun.open_device(DEVICE)
        try:
            path = self.lab.config(tun.config((DEVICE, ["10.120.0.0/24"], "")), "refused.conf")
            done = subprocess.run(["ip", "netns", "exec", self.lab.server, lab.SYNACKD, "--config",
                                   path, "--control", self.lab.control], capture_output=True,
                                  text=True, timeout=30)
        finally:
            os.close(fd)
        self.assertEqual(done.returncode, 69)
        self.assertRegex(done.stderr, f"TUN device {DEVICE}: in use by another program: stop it")

    def test_a_network_with_an_address_of_this_host(self):
        for network, own in (("10.77.0.0/24", "10.77.0.1"), ("fd77::/60", "fd77::1"),
                             ("10.0.0.0/8", "10.77.0.1")):
            said = self.refused((DEVICE, ["10.120.0.0/24" if ":" in network else "fd12::/64",
                                          network], ""))
            self.assertIn(f"{DEVICE}: the network {network} contains {own}, an address of "
                          "this host (eth0): choose another network", said)

    def test_no_ipv6(self):
        off = ("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; "
               'exec "$0" "$@"')
        self.addCleanup(lab.run, "ip", "netns", "exec", self.lab.server, "sh", "-c",
                        "echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        said = self.refused((DEVICE, ["10.120.0.0/24", "fd12::/64"], ""), inside=off)
        self.assertRegex(said, f"{DEVICE}: IPv6 is disabled: enable it .*IPv4 networks only")


if __name__ == "__main__":
    tun.main()
