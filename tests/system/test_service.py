#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The package on a booted system, from install to purge, each step after the previous ones. The
only network is a veth to the namespace of this process."""
import ctypes
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

import machine

ADDRESS, CLIENT = "10.78.0.1", "10.78.0.2"
NET_RAW, NET_ADMIN, BIND = 1 << 13, 1 << 12, 1 << 10
CONF = "/etc/synackd/synackd.conf"
CATALOGUE = "/etc/synackd/conf.d/catalogue.conf"
UNIT = "synackd.service"
LAB = "synackd@lab.service"
DROP_INS = "/etc/systemd/system/synackd.service.d"
ENDPOINTS = f'''
endpoints = (
  {{ name = "web"; address = "{ADDRESS}"; ports = "8080"; behaviour = "synack-delay=400ms"; }},
  {{ name = "closed"; address = "{ADDRESS}"; ports = "8081"; behaviour = "refuse"; }},
  {{ name = "own"; address = "{ADDRESS}"; ports = "8082"; behaviour = "lab-deaf"; }},
  {{ name = "low"; address = "{ADDRESS}"; ports = "80"; }}
);
'''
OWN = '''behaviours = {
  lab-deaf = { number = 900; summary = "Ours"; extends = "refuse"; };
};
'''
# Directories of packages, users and the system, without the records of dpkg and systemd.
KEPT = ("find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /srv -o "
        "-path /var/lib/dpkg -o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o "
        "-path /var/lib/systemd/catalog \\) -prune -o -print | sort")
# A backup that useradd and userdel always leave.
BACKUPS = {f"/etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")}
# $1 limits the capabilities of each process, also of a process that is `exec`ed in it. The
# container has an address of its own, and no writable file system.
CONTAINER = '''set -e
ip link set lo up
ip link add eth0 type veth peer name peer
ip addr add 10.99.0.1/24 dev eth0
ip link set eth0 up && ip link set peer up
mount -t tmpfs tmpfs /run && mount -o remount,bind,ro /
contained=(setpriv --no-new-privs --inh-caps=-all --bounding-set="$1")
"${contained[@]}" /srv/entrypoint &
"${contained[@]}" synackctl --wait 10 status
grep -E "^(Uid|CapPrm|CapBnd|NoNewPrivs):" "/proc/$!/status"
exec 3<>/dev/tcp/10.99.0.1/7001
'''
JOURNAL = machine.BUILD / "system-journal"
libc = ctypes.CDLL(None, use_errno=True)


def wait_for(what, condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def connect(port, timeout=5.0):
    """Returns the duration, or the error."""
    begun = time.monotonic()
    try:
        with socket.create_connection((ADDRESS, port), timeout):
            return time.monotonic() - begun
    except OSError as error:
        return error


class Network:
    """Two namespaces: the machine's, and that of this process."""

    def __init__(self):
        tag = os.getpid()
        self.server, self.client = f"synack-{tag}", f"synack-cli-{tag}"
        try:
            for name in self.server, self.client:
                machine.output("ip", "netns", "add", name)
                machine.output("ip", "-n", name, "link", "set", "lo", "up")
            machine.output("ip", "link", "add", "eth0", "netns", self.server, "type", "veth",
                           "peer", "name", "eth0", "netns", self.client)
            for name, address in (self.server, ADDRESS), (self.client, CLIENT):
                machine.output("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
                machine.output("ip", "-n", name, "link", "set", "eth0", "up")
            with open(f"/run/netns/{self.client}", "rb") as f:
                if libc.setns(f.fileno(), 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
        except BaseException:
            self.close()
            raise

    def close(self):
        for name in self.server, self.client:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def newer(package, to):
    """Returns the package with another version, and with another conffile."""
    with tempfile.TemporaryDirectory() as place:
        machine.output("dpkg-deb", "-R", package, place)
        control = pathlib.Path(place, "DEBIAN/control")
        control.write_text(re.sub(r"^Version: (.*)$", r"Version: \1+newer", control.read_text(),
                                  flags=re.M))
        conf = pathlib.Path(place + CONF)
        conf.write_text("# A newer one.\n" + conf.read_text())
        machine.output("dpkg-deb", "--root-owner-group", "-b", place, to)


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        package, = machine.PACKAGES.glob("synackd_*.deb")
        root = machine.root_of(package)
        network = Network()
        cls.addClassCleanup(network.close)
        place = tempfile.mkdtemp(prefix="synackd-machine-")
        cls.addClassCleanup(shutil.rmtree, place)
        cls.machine = machine.Machine(root, network.server, place)
        cls.addClassCleanup(cls.machine.close)
        cls.addClassCleanup(cls.keep_journal)
        shutil.copy(package, cls.machine.path("/srv/synackd.deb"))
        newer(package, cls.machine.path("/srv/newer.deb"))
        for user in "alice", "bob":
            cls.machine.run("useradd", "--create-home", user)
        cls.before = set(cls.machine.out("sh", "-c", KEPT).splitlines())
        cls.links = cls.machine.out("ip", "-brief", "link")

    @classmethod
    def keep_journal(cls):
        said = cls.machine.run("journalctl", "--no-pager", check=False).stdout
        JOURNAL.write_text(said)

    # --- helpers ----------------------------------------------------------------------------------

    def pid(self, unit=UNIT):
        return int(self.machine.show(unit, "MainPID"))

    def ctl(self, *words, user=None, check=False):
        become = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        return self.machine.run(*become, "synackctl", *words, check=check)

    def write(self, path, text):
        file = self.machine.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def process(self):
        """Returns the kernel's status of the daemon."""
        status = self.machine.out("cat", f"/proc/{self.pid()}/status")
        return dict(line.split(":\t", 1) for line in status.splitlines())

    def drop_in(self, name):
        self.machine.run("install", "-D", "-m", "644", "-t", DROP_INS,
                         f"/usr/share/synackd/systemd/{name}.conf")
        self.machine.run("systemctl", "daemon-reload")

    # --- steps ------------------------------------------------------------------------------------

    def test_01_install(self):
        self.machine.run("apt-get", "install", "-y", "-qq", "/srv/synackd.deb")
        self.assertEqual(self.machine.out("systemctl", "is-active", UNIT), "active")
        self.assertEqual(self.machine.out("systemctl", "is-enabled", UNIT), "enabled")
        begun, active = map(int, self.machine.show(UNIT, "InactiveExitTimestampMonotonic",
                                                   "ActiveEnterTimestampMonotonic"))
        self.assertLess((active - begun) / 1e6, 2)
        self.assertEqual(self.machine.out("systemctl", "--failed", "--quiet"), "")

    def test_02_files_and_rights(self):
        socket_is = self.machine.out("stat", "-c", "%F %U:%G %a", "/run/synackd/control")
        self.assertEqual(socket_is, "socket synackd:synackd 660")
        process = self.process()
        for name in "CapPrm", "CapEff", "CapBnd":
            self.assertEqual(int(process[name], 16), NET_RAW)
        self.assertEqual((process["NoNewPrivs"], process["Seccomp"]), ("1", "2"))
        self.assertEqual(len(set(process["Uid"].split())), 1)
        self.assertNotEqual(process["Uid"].split()[0], "0")
        self.assertRegex(self.machine.show(UNIT, "StatusText"),
                         r"^1 link, 0 endpoints, 0 connections$")
        self.machine.run("systemd-analyze", "security", "--threshold=17", "--no-pager", UNIT)
        self.machine.run("systemd-analyze", "verify", "--man=no", UNIT, "synackd@lab.service")
        # /etc/synackd/behaviours.d/README refers to this file.
        self.machine.run("test", "-s", "/usr/share/doc/synackd/README.md.gz")
        # The service takes no port by default; both commands print how to enable the catalogue, as
        # below.
        opens = "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/7001"
        self.assertNotEqual(self.machine.run(*opens, check=False).returncode, 0)
        steps = re.findall(r"^  (ln -s .*|synackctl reload)$", self.ctl("endpoints").stdout, re.M)
        self.assertEqual(len(steps), 2)
        self.assertIn(steps[0], self.ctl("status").stdout)
        for step in steps:
            self.machine.run("sh", "-c", step)
        self.assertRegex(self.machine.show(UNIT, "StatusText"), r"^1 link, \d{3} endpoints, ")
        self.machine.run(*opens)
        self.assertNotEqual(self.machine.run("bash", "-c", "exec 3<>/dev/tcp/::1/7006",
                                             check=False).returncode, 0)

    def test_02_the_judge_leaves_the_cpu_to_the_workers(self):
        self.ctl("verdicts", check=True)
        threads = self.machine.out("sh", "-c", f"cat /proc/{self.pid()}/task/*/stat")
        nice = {name: int(rest.split()[16])
                for name, rest in re.findall(r"^\d+ \((.*)\) (.*)$", threads, re.M)}
        self.assertEqual(nice.pop("judge"), 5)
        self.assertEqual(set(nice.values()), {0})

    def test_03_the_journal(self):
        self.machine.run("journalctl", "--sync")
        said = self.machine.out("journalctl", "-x", "-u", UNIT, "-o", "short", "--no-pager")
        self.assertIn("endpoints, control socket /run/synackd/control", said)
        self.assertIn("Subject: synackd answers clients", said)

    def test_04_autopkgtest(self):
        """Runs packaging/debian/tests as Debian would."""
        shutil.copy(machine.SOURCE / "packaging/debian/tests/service",
                    self.machine.path("/srv/autopkgtest"))
        self.assertIn("an invalid config", self.machine.out("/srv/autopkgtest"))

    def test_05_a_good_reload(self):
        before, pid = self.ctl("endpoints").stdout, self.pid()
        conf = self.machine.path(CONF).read_text()
        conf = conf.replace('# clients = ( "127.0.0.0/8", "::1" );',
                            f'clients = ( "127.0.0.0/8", "::1", "{CLIENT}" );')
        self.write("/etc/synackd/behaviours.d/own.conf", OWN)
        self.write(CONF, conf + ENDPOINTS)
        self.machine.run("systemctl", "reload", UNIT)
        # The reload is complete when the command returns.
        after = self.ctl("endpoints").stdout
        self.assertNotIn("web", before)
        self.assertIn("web", after)
        self.assertEqual(self.pid(), pid)

    def test_06_clients_from_elsewhere(self):
        took = connect(8080)
        self.assertIsInstance(took, float)
        self.assertGreater(took, 0.4)
        self.assertIsInstance(connect(8081), ConnectionRefusedError)
        # The endpoint that the operator wrote.
        self.assertIsInstance(connect(8082), ConnectionRefusedError)
        self.assertIn("Ours", self.ctl("behaviours", "lab-deaf").stdout)
        with socket.create_connection((ADDRESS, 8080), 5) as s:
            wait_for("the status", lambda: re.match(r"2 links, \d+ endpoints, 1 connection;",
                                                    self.machine.show(UNIT, "StatusText")))
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertRegex(s.recv(1000), b"200 OK")

    def test_07_missing_rights_are_reported(self):
        said = self.machine.out("journalctl", "-x", "-u", UNIT, "SYNACKD_ENDPOINT=low",
                                "--no-pager")
        self.assertIn("port 80 of 10.78.0.1: missing capability CAP_NET_BIND_SERVICE", said)
        self.assertIn("Subject: Endpoint low does not answer", said)
        self.assertIn("/usr/share/synackd/systemd/low-ports.conf", said)
        self.drop_in("low-ports")
        self.machine.run("systemctl", "restart", UNIT)
        self.assertIsInstance(connect(80), float)
        self.assertEqual(int(self.process()["CapBnd"], 16), NET_RAW | BIND)

    def test_08_access(self):
        self.machine.run("usermod", "-aG", "synackd", "alice")
        self.ctl("set", "web", "refuse", user="alice", check=True)
        self.assertIsInstance(connect(8080), ConnectionRefusedError)
        done = self.ctl("set", "web", "accept", user="bob")
        self.assertEqual((done.returncode, done.stderr), (
            3, "synackctl: /run/synackd/control: permission denied (only root and group 'synackd' "
            "have access): run 'sudo usermod -aG synackd bob' and log in again\n"))
        self.assertIsInstance(connect(8080), ConnectionRefusedError)
        said = self.machine.out("journalctl", "-u", UNIT, "SYNACKD_BEHAVIOUR=refuse", "-o", "cat",
                                "--no-pager")
        self.assertRegex(said, r'uid \d+ \(alice\), pid \d+: set \{"endpoint":"web"')
        self.ctl("reset", user="alice", check=True)

    def test_09_a_bad_reload(self):
        good, pid = self.machine.path(CONF).read_text(), self.pid()
        self.write(CONF, good.replace("refuse", "refsue"))
        done = self.machine.run("systemctl", "reload", UNIT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((self.pid(), self.machine.out("systemctl", "is-active", UNIT)),
                         (pid, "active"))
        self.assertIsInstance(connect(8081), ConnectionRefusedError)
        said = self.machine.out("journalctl", "-u", UNIT, "-n", "20", "-o", "cat", "--no-pager")
        self.assertRegex(said, r"/etc/synackd/synackd.conf:\d+: endpoints\[1\].behaviour: .*refsue")
        # A start with the invalid config fails, and systemd does not try again.
        self.assertEqual(self.machine.run("systemctl", "restart", UNIT, check=False).returncode, 1)
        self.assertEqual(self.machine.show(UNIT, "ActiveState", "NRestarts", "SubState"),
                         ["failed", "0", "failed"])
        self.write(CONF, good)
        self.machine.run("systemctl", "restart", UNIT)

    def test_10_the_watchdog(self):
        pid = self.pid()
        self.machine.run("systemctl", "kill", "--signal=STOP", "--kill-who=main", UNIT)
        wait_for("a new process", lambda: self.machine.show(UNIT, "NRestarts") == "1" and
                 self.machine.show(UNIT, "ActiveState") == "active", 20)
        self.assertNotEqual(self.pid(), pid)
        self.assertIsInstance(connect(8080), float)
        self.assertIn("Watchdog timeout", self.machine.out("journalctl", "-u", UNIT, "-n", "20",
                                                           "--no-pager"))

    def test_11_a_tun(self):
        self.drop_in("net-admin")
        # udev would make it so.
        self.machine.run("rm", "/dev/net/tun")
        self.machine.run("mknod", "-m", "666", "/dev/net/tun", "c", "10", "200")
        tun = 'tuns = ( { name = "synack0"; networks = ( "10.123.0.0/16" ); } );\n'
        catalogue = 'catalogues = ( { name = "tun"; network = "10.123.0.0/16"; } );\n'
        more = f'clients = ( "{CLIENT}" );\n' + ENDPOINTS
        load = self.machine.path(CONF).read_text()
        load = load[load.index("load = ("):load.index(");") + 2]
        self.write("/etc/synackd/other.conf", f"{load}\n{tun}{catalogue}{more}")
        self.write(f"{DROP_INS}/other.conf", "[Service]\nExecStartPre=\nExecStart=\n"
                   "ExecStart=/usr/sbin/synackd --config /etc/synackd/other.conf\n"
                   "Restart=no\n")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", UNIT)
        self.assertEqual(int(self.process()["CapBnd"], 16), NET_RAW | NET_ADMIN | BIND)
        self.assertIn("synack0", self.machine.out("ip", "-brief", "link"))
        self.machine.run("bash", "-c", "exec 3<>/dev/tcp/10.123.0.1/1234")

    def test_12_kill(self):
        """SIGKILL leaves nothing."""
        self.machine.run("systemctl", "kill", "--signal=KILL", UNIT)
        wait_for("its end", lambda: self.machine.show(UNIT, "ActiveState") == "failed")
        self.assertEqual(self.machine.run("ls", "/run/synackd", check=False).returncode, 2)
        self.assertEqual(self.machine.out("ip", "-brief", "link"), self.links)
        self.assertNotIn("PROMISC", self.machine.out("ip", "link"))
        # The kernel answers at its ports again.
        self.assertIsInstance(connect(8080), ConnectionRefusedError)
        self.machine.run("rm", "-r", DROP_INS, "/etc/synackd/other.conf")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "start", UNIT)
        self.assertIsInstance(connect(8080), float)

    def test_13_instances(self):
        """Two instances beside the default one; `lab` remains until the package is removed."""
        conf, count = re.subn(r',\s*"conf.d/\*.conf"', "", self.machine.path(CONF).read_text())
        self.assertEqual(count, 1)
        for name, base in ("lab", 9), ("edge", 6):
            self.write(f"/etc/synackd/{name}.conf", conf.replace("808", f"{base}08"))
            self.machine.run("systemctl", "enable", "--now", f"synackd@{name}.service")
            at = "--control", f"/run/synackd-{name}/control"
            self.ctl(*at, "set", "web", "accept", user="alice", check=True)
            self.assertEqual(self.machine.out("stat", "-c", "%U:%G %a", at[1]),
                             "synackd:synackd 660")
            self.machine.run("systemctl", "reload", f"synackd@{name}.service")
        for port in 8080, 9080, 6080:
            self.assertIsInstance(connect(port), float)
        self.machine.run("systemd-analyze", "security", "--threshold=17", "--no-pager", LAB)
        self.machine.run("systemctl", "disable", "--now", "synackd@edge.service")
        self.assertIsInstance(connect(6080), ConnectionRefusedError)
        self.assertEqual(self.machine.run("ls", "/run/synackd-edge", check=False).returncode, 2)
        for port in 8080, 9080:
            self.assertIsInstance(connect(port), float)

    def test_14_try(self):
        """As an ordinary user, with the installed programs."""
        done = self.machine.run(
            "setpriv", "--reuid", "bob", "--regid", "bob", "--init-groups", "synackctl", "try",
            "synack-delay=300ms", "--", "bash", "-c", "exec 3<>/dev/tcp/{address}/{port}")
        took = float(re.search(r"^([\d.]+) .* released", done.stdout, re.M).group(1))
        self.assertGreaterEqual(took, 0.3)
        self.assertIn("bash exited with code 0", done.stdout)
        self.assertIn("SYN-RECEIVED", done.stdout)

    def test_15_as_a_container(self):
        """With the capabilities and variables of the DaemonSet, and no others."""
        packaging = machine.SOURCE / "packaging"
        _, daemons = yaml.safe_load_all((packaging / "kubernetes/synackd.yaml").read_text())
        container, = daemons["spec"]["template"]["spec"]["containers"]
        for name in "entrypoint", "container.conf":
            shutil.copy(packaging / "container" / name, self.machine.path(f"/srv/{name}"))
        given = {e["name"]: e.get("value", "10.99.0.1") for e in container["env"]}
        # Without it, the entrypoint uses the address of the machine.
        del given["SYNACKD_ADDRESS"]
        rights = ",".join("+" + name.lower() for name in
                          container["securityContext"]["capabilities"]["add"])
        said = self.machine.out(
            "env", "SYNACKD_CONFIG=/srv/container.conf", *(f"{n}={v}" for n, v in given.items()),
            "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
            "bash", "-c", CONTAINER, "bash", f"-all,{rights}")
        self.assertRegex(said, r"endpoints  \d{3}\n")
        self.assertRegex(said, r"Uid:(\t[1-9]\d*){4}\n")
        self.assertRegex(said, f"CapPrm:\t{NET_RAW:016x}\nCapBnd:\t0{{16}}\nNoNewPrivs:\t1")

    def test_16_upgrade(self):
        edited, pids = self.machine.path(CONF).read_text(), [self.pid(), self.pid(LAB)]
        # The answer to dpkg's question: keep the config.
        self.machine.run("apt-get", "install", "-y", "-qq", "-o",
                         "Dpkg::Options::=--force-confold", "/srv/newer.deb")
        self.assertTrue(self.machine.path(CONF + ".dpkg-dist").exists())
        self.assertIn("+newer", self.machine.out("dpkg-query", "-W", "synackd"))
        self.assertEqual(self.machine.path(CONF).read_text(), edited)
        self.assertEqual(self.machine.out("systemctl", "is-active", UNIT), "active")
        for unit, before, port in (UNIT, pids[0], 8080), (LAB, pids[1], 9080):
            self.assertNotIn(self.pid(unit), (before, 0))
            self.assertIsInstance(connect(port), float)

    def test_17_remove(self):
        self.machine.run("apt-get", "remove", "-y", "-qq", "synackd")
        for unit, port in (UNIT, 8080), (LAB, 9080):
            self.assertEqual(self.machine.run("systemctl", "is-active", unit, check=False)
                             .stdout.strip(), "inactive")
            self.assertIsInstance(connect(port), ConnectionRefusedError)
        self.assertTrue(self.machine.path(CONF).exists())
        self.assertEqual(self.machine.out("sh", "-c", "ls -d /run/synackd* || true"), "")

    def test_18_purge(self):
        # The operator's files, which the operator deletes.
        self.machine.run("rm", CATALOGUE, "/etc/synackd/lab.conf", "/etc/synackd/edge.conf",
                         "/etc/synackd/behaviours.d/own.conf")
        self.machine.run("apt-get", "purge", "-y", "-qq", "synackd")
        self.assertEqual(self.machine.run("id", "synackd", check=False).returncode, 1)
        # Dependencies remain, until `apt-get autoremove`.
        self.machine.run("apt-get", "autoremove", "--purge", "-y", "-qq")
        left = set(self.machine.out("sh", "-c", KEPT).splitlines()) - self.before
        self.assertEqual({path for path in left if not path.startswith("/run/")} - BACKUPS, set())
        self.assertEqual([path for path in left if "synack" in path], [])
        self.assertEqual(self.machine.out("systemctl", "is-system-running"), "running")


def main():
    if os.geteuid() != 0:
        machine.skip("requires root to boot a machine")
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "overlay", "-o",
                            "lowerdir=/usr:/etc", "overlay", "/mnt"], capture_output=True,
                           check=False)
    if probe.returncode:
        machine.skip("cannot mount: a container forbids it")
    if not machine.CGROUPS:
        machine.skip("no control groups: a chroot without them")
    program = unittest.main(verbosity=2, failfast=True, exit=False)
    if not program.result.wasSuccessful():
        if JOURNAL.exists():
            print("".join(JOURNAL.read_text().splitlines(True)[-80:]), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
