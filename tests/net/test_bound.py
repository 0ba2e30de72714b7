#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The amplification bound of clients that have not proved their address: the octets on the wire,
where answers are cut short, and the warnings about it."""
import json
import random
import re
import socket
import subprocess
import unittest

from lib import frames, lab

VIRTUAL = {4: "10.77.0.9", 6: "fd77::9"}
FORGED = {4: "10.77.0.{}", 6: "fd77:0:0:{}::7"}
LOUD = "synack-dup=40+opt-full"  # 41 SYN-ACKs, each with the largest options
ENDPOINTS = f'''
suites = {{ loud = {{ summary = "says much"; scenarios = (
  {{ name = "loud"; behaviour = "{LOUD}"; service = "echo"; octets = 5000; }} ); }}; }};
behaviours = {{ loud-fragments = {{ summary = "41 SYN-ACKs in fragments";
  extends = "synack-dup=40+ip-frag=8"; }}; }};
endpoints = (
  {{ name = "owned4"; address = "10.77.0.1"; ports = "7001"; behaviour = "{LOUD}"; }},
  {{ name = "owned6"; address = "fd77::1"; ports = "7001"; behaviour = "loud-fragments"; }},
  {{ name = "virtual4"; address = "{VIRTUAL[4]}"; ports = "7001"; behaviour = "loud-fragments"; }},
  {{ name = "virtual6"; address = "{VIRTUAL[6]}"; ports = "7001"; behaviour = "{LOUD}"; }},
  {{ name = "plain"; address = "10.77.0.1"; ports = "7002"; service = "http"; }},
  {{ name = "local"; address = "127.0.0.1"; ports = "7002"; behaviour = "{LOUD}"; }}
);
'''


class Bounded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.config = cls.write("")
        cls.lab.start(cls.config)

    @classmethod
    def write(cls, more):
        return cls.lab.write("synackd.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
interfaces = ( "eth0", "lo" );
clients = ( "127.0.0.0/8", "10.77.0.0/24", "fd77::/16"{more} );
probe = false;
{ENDPOINTS}
''')

    def reload(self, more):
        self.write(more)
        self.lab.ctl("reload")

    def over_budget(self):
        return self.lab.ctl("status")["counters"]["over-budget"]

    def forge(self, address, version):
        """Sends a SYN with a forged source. Returns the octets of frames in and out, until the
        bound cut something."""
        source = FORGED[version].format(random.randrange(50, 250))
        isn, port = random.getrandbits(32), random.randrange(1024, 60000)
        gateway, before = self.lab.gateway(address), self.over_budget()
        out = []

        def take(frame):
            if frame[12:14] in (b"\x08\x00", b"\x86\xdd") and frame[:6] == client.mac and \
                    frames_destination(frame) == frames_address(source):
                out.append(max(60, len(frame)))

        client = frames.RawClient("eth0", source, address, 7001, port, isn, gateway)
        self.addCleanup(client.close)
        watch = frames.Watch("eth0", take)
        client.send(frames.SYN, 0, options=b"\x02\x04\x05\xb4")
        lab.wait_for("a cut by the bound", lambda: self.over_budget() > before)
        watch.stop()
        return max(60, 14 + (20 if version == 4 else 40) + 24), sum(out)


class Bound(Bounded):
    def test_a_forged_syn_draws_three_octets_for_each(self):
        for version in 4, 6:
            for address in (self.lab.v4 if version == 4 else self.lab.v6), VIRTUAL[version]:
                with self.subTest(address=address):
                    came, sent = self.forge(address, version)
                    self.assertGreater(sent, 0)
                    self.assertLessEqual(sent, 3 * came)

    def test_a_client_connects_and_then_nothing_is_cut(self):
        with socket.create_connection((self.lab.v4, 7002), lab.PATIENCE) as s:
            before = self.over_budget()
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            got = b""
            while chunk := s.recv(65536):
                got += chunk
        self.assertIn(b"200", got)
        self.assertEqual(self.over_budget(), before)

    def lines(self, *words):
        done = self.lab.ctl_raw(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout + done.stderr

    def test_a_warning_states_the_needed_bound_and_its_key(self):
        cut = re.compile(r'it sends up to (\d+) octets per octet received, and the bound is 3: '
                         r'write \{ network = "10\.77\.0\.0/24"; amplification = (\d+); \}')
        endpoints = {e["name"]: e["unavailable"] for e in self.lab.ctl("endpoints")}
        needed, key = cut.match(endpoints["owned4"]).groups()
        self.assertEqual(needed, key)
        self.assertGreater(int(needed), 41)
        self.assertIn('"fd77::/16"', endpoints["owned6"])
        # The first needs less than the bound, and the second is reachable from this host only.
        self.assertIsNone(endpoints["plain"])
        self.assertIsNone(endpoints["local"])
        self.assertRegex(self.lines("endpoints"), "it sends up to")
        for behaviour, told in ("synack-dup=9", True), ("accept", False), ("isn-edge", True):
            said = self.lines("set", "plain", behaviour)
            self.assertEqual("part of the behaviour does not reach clients: it" in said, told, said)
        self.assertIn('its ISN is predictable, so the bound of 3 octets per octet received stays '
                      'in force: write { network = "10.77.0.0/24"; amplification = 0; } in '
                      "'clients'", said)
        self.lines("reset", "plain")
        said = self.lines("add", "more", "10.77.0.1", "7003", "synack-dup=9")
        self.assertRegex(said, cut)
        self.lines("remove", "more")
        self.assertRegex(self.lines("next", "10.77.0.2", "synack-dup=9"), cut)
        self.assertNotRegex(self.lines("next", "127.0.0.1", "synack-dup=9"), cut)
        self.lines("next", "--cancel")
        # The suggested setting removes the warning.
        self.addCleanup(self.reload, "")
        self.reload(f', {{ network = "10.77.0.0/28"; amplification = {needed}; }}')
        self.assertNotRegex(self.lines("next", "10.77.0.2", LOUD), cut)
        self.assertRegex(self.lines("next", "10.77.0.22", LOUD), cut)
        self.lines("next", "--cancel")

    def test_only_users_with_write_access_lift_a_bound(self):
        with self.lab.connect_control() as s:
            lines = s.makefile()
            lines.readline()
            for client in "10.77.0.0/24", "client":
                s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "unbounded",
                                      "params": {"client": client}}).encode() + b"\n")
                self.assertIn("client: expected", json.loads(lines.readline())["error"]["message"])
        verbs = (lab.SOURCE / "daemon/control/verbs.c").read_text()
        self.assertIn("{METHOD_UNBOUNDED, true,", verbs)


class Judged(Bounded):
    """Has a daemon of its own, to which no other client connects."""

    def judge(self, address, *more):
        """Judges at ADDRESS with a scenario that exceeds the bound. Returns how much of it was
        cut."""
        before = self.over_budget()
        done = self.lab.ctl_raw("--json", "judge", "--suite", "loud", "--live", address, *more,
                                "--kernel")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)["requirements"]
        self.assertNotIn("FAIL", {r["result"] for r in rows})
        return self.over_budget() - before, done.stderr

    def test_judge_lifts_the_bound_for_the_judged_client_alone(self):
        for address in self.lab.v4, VIRTUAL[6]:
            with self.subTest(address=address):
                cut, said = self.judge(address)
                self.assertEqual((cut, said), (0, ""))
        # The bound is back in force after the run.
        source = ("10.77.0.2", 0)
        before = self.over_budget()
        with socket.create_connection((self.lab.v4, 7001), lab.PATIENCE, source):
            lab.wait_for("a cut by the bound", lambda: self.over_budget() > before)
        # The bound of another client is lifted; the cut part does not count against the judged one.
        cut, said = self.judge(self.lab.v4, "--client", "10.77.0.77")
        self.assertGreater(cut, 0)
        self.assertEqual(said, "")
        cut, said = self.judge(self.lab.v4, "--client", "192.0.2.1")
        self.assertGreater(cut, 0)
        self.assertIn("192.0.2.1 is not answered: add", said)

class Loops(unittest.TestCase):
    """Two daemons, and clients of a simultaneous or split open."""

    PORTS = {7001: ("split-syn", "rst-zero-window"), 7002: ("sim-open", "sim-open-rst-syn"),
             7003: ("split-syn", "data-push"), 7004: ("split-ack-syn", "ask-the-dead")}

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, sample=0)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.config("a.conf", 1, 0, """
  { name = "open"; address = "10.77.0.1"; ports = "7010"; behaviour = "sim-open";
    service = "http"; },
  { name = "split"; address = "fd77::1"; ports = "7010"; behaviour = "split-syn";
    service = "http"; },
  { name = "slow"; address = "10.77.0.1"; ports = "7011"; behaviour = "split-syn";
    service = "chargen"; },"""))

    @classmethod
    def config(cls, name, number, which, more=""):
        """On both sides, segments of the behaviour answer the other side's port of the same
        number."""
        endpoints = ",".join(f'''
  {{ name = "{port}.{v}"; address = "{address}"; ports = "{port}"; behaviour = "{pair[which]}";
     service = "echo"; }}''' for port, pair in cls.PORTS.items()
            for v, address in ((4, f"10.77.0.{number}"), (6, f"fd77::{number}")))
        return cls.lab.write(name, f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
clients = ( {{ network = "10.77.0.0/24"; amplification = 0; rate = 0; }},
            {{ network = "fd77::/64"; amplification = 0; rate = 0; }} );
endpoints = ( {more}{endpoints} );
''')

    def counters(self, control=None):
        words = [lab.SYNACKCTL, "--control", control or self.lab.control, "--json", "status"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)["counters"]

    def test_a_client_opens_and_gets_its_answer(self):
        for address in self.lab.v4, self.lab.v6:
            with self.subTest(address=address):
                before = self.counters()["loops-cut"]
                with socket.create_connection((address, 7010), lab.PATIENCE) as s:
                    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    got = b""
                    while chunk := s.recv(65536):
                        got += chunk
                self.assertIn(b"200", got[:20])
                self.assertEqual(self.counters()["loops-cut"], before)

    def test_bulk_is_bounded_and_goes_on(self):
        """The first mebibyte is sent at once; afterwards 64 KiB per second."""
        before = self.counters()["loops-cut"]
        with socket.create_connection((self.lab.v4, 7011), lab.PATIENCE) as s:
            s.settimeout(lab.PATIENCE)
            got = 0
            while got < 600_000:
                got += len(s.recv(65536))
            while self.counters()["loops-cut"] == before:
                got += len(s.recv(65536))
            # Octets continue to arrive, because the cut part counts as lost.
            self.assertGreater(len(s.recv(65536)), 0)
        self.assertLess(got, 4 << 20)

    def test_a_reload_changes_the_bounds(self):
        path = self.lab.directory / "a.conf"
        was = path.read_text()

        def reset():
            path.write_text(was)
            self.lab.ctl("reload")

        self.addCleanup(reset)
        path.write_text("loop_octets = 100;\n" + was)
        self.lab.ctl("reload")
        before = self.counters()["loops-cut"]
        with socket.create_connection((self.lab.v6, 7010), lab.PATIENCE) as s:
            s.sendall(b"GET /" + 2000 * b"x" + b" HTTP/1.0\r\n\r\n")
            lab.wait_for("a cut by the bound", lambda: self.counters()["loops-cut"] > before)

    def test_two_daemons_are_cut_short(self):
        control = self.lab.directory / "control.b"
        with open(self.lab.directory / "log.b", "a") as log:
            other = subprocess.Popen([lab.SYNACKD, "--config", self.config("b.conf", 2, 1),
                                      "--control", control], stdout=log, stderr=log)
        self.addCleanup(other.wait, lab.PATIENCE)
        self.addCleanup(other.terminate)
        subprocess.run([lab.SYNACKCTL, "--control", control, "--wait", "20", "status"],
                       capture_output=True, timeout=60, check=True)
        shown = subprocess.run(["ip", "-n", self.lab.server, "-o", "link", "show", "eth0"],
                               capture_output=True, text=True, timeout=60, check=True).stdout
        gateway = bytes.fromhex(re.search(r"link/ether (\S+)", shown)[1].replace(":", ""))

        def cut():
            return self.counters()["loops-cut"] + self.counters(control)["loops-cut"]

        for version in 4, 6:
            there, here = ("10.77.0.1", "10.77.0.2") if version == 4 else ("fd77::1", "fd77::2")
            for port in self.PORTS:
                before = cut()
                client = frames.RawClient("eth0", here, there, port, port,
                                          random.getrandbits(32), gateway)
                self.addCleanup(client.close)
                client.send(frames.SYN, 0)
                with self.subTest(version=version, port=port):
                    lab.wait_for("a cut by the bound", lambda: cut() > before)
        # Without the bounds, each pair continues for as long as the daemons run.
        self.assertLess(self.counters()["segments-out"], 100_000)


class Keys(unittest.TestCase):
    def test_next_considers_the_keys_of_each_endpoint(self):
        """The second endpoint retransmits its SYN-ACK often, and the others have equal keys."""
        own = lab.Lab(type(self).__name__, sample=0)
        self.addCleanup(own.close)
        keys = {"calm": "", "quick": 'rto_initial = "1s"; rto_max = "1s"; r2_syn = "100s";',
                "calm2": ""}
        own.start(own.config("endpoints = ( " + ", ".join(
            f'{{ name = "{name}"; address = "10.77.0.9"; ports = "{7001 + i}"; {more} }}'
            for i, (name, more) in enumerate(keys.items())) + " );"))
        said = own.ctl_raw("next", "10.77.0.2", "accept")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("at quick, part of the behaviour does not reach clients: it sends up to",
                      said.stdout + said.stderr)


def frames_destination(frame):
    return frame[30:34] if frame[12:14] == b"\x08\x00" else frame[38:54]


def frames_address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


if __name__ == "__main__":
    lab.main()
