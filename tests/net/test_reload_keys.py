#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A reload applies each key of the config, or reports that the key requires a restart. The keys are
taken from synackd.conf(5), so a new key fails here until it has a check."""
import json
import re
import signal
import socket
import struct
import unittest

from lib import lab, tun

MANUAL = lab.BUILD / "packaging" / "man" / "synackd.conf.5"
SERVER = "10.77.0.1"
BESIDE = "10.77.0.9"  # an address that no host owns

BASE = {
    "load": f'( "{lab.CONF}/behaviours/*.conf" )',
    "interfaces": '( "eth0" )',
    "probe": "false",
    "clients": '( "10.77.0.0/24" )',
    "behaviours": """{
        deaf = { summary = "Ignores ACKs"; rules = ( { on = "receive ACK"; drop = true; } ); };
        asks = { summary = "Answers with SYNs"; rules = ( { on = "receive SYN"; drop = true;
          emit = ( { segment = "S 0:0(0)"; times = 4; } ); } ); };
        says = { summary = "A SYN-ACK and two copies"; rules = (
          { on = "send SYN-ACK"; duplicate = 2; } ); };
      }""",
    "endpoints": f"""(
        {{ name = "echo"; address = "{SERVER}"; ports = "7100"; service = "echo"; }},
        {{ name = "deaf"; address = "{SERVER}"; ports = "7101"; behaviour = "deaf"; }},
        {{ name = "held"; address = "{SERVER}"; ports = "7102"; behaviour = "synack-delay=1h"; }},
        {{ name = "asks"; address = "{SERVER}"; ports = "7103"; behaviour = "asks"; }},
        {{ name = "says"; address = "{SERVER}"; ports = "7104"; behaviour = "says"; }},
        {{ name = "open"; address = "{SERVER}"; ports = "7105"; behaviour = "sim-open";
          service = "echo"; }},
        {{ name = "bye"; address = "{SERVER}"; ports = "7106"; service = "banner:bye";
          close = "reply"; }} )""",
}
# Keys that a reload reports, and does not apply. `control` has keys of its own.
RESTART = {"user": '"nobody"', "seed": "7", "workers": "2"}
CONTROL = {"path": '"/nowhere/control"', "group": '"games"', "read": '"everyone"'}


def manual_keys(section):
    """Returns the keys of a section of the manual, with true for keys that need a restart."""
    text = MANUAL.read_text().split(f".Ss {section}\n")[1]
    entries = re.split(r"\n\.It Cm ", re.split(r"\n\.S[sh] ", text)[0])[1:]
    return {e.split("\n")[0]: "needs a restart" in e for e in entries}


class Reload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.ctl = cls.lab.ctl

    def setUp(self):
        self.values = dict(BASE)

    def tearDown(self):
        self.lab.stop()

    def write(self, **changes):
        self.values |= changes
        return self.lab.write("synackd.conf", "".join(
            f"{key} = {value};\n" for key, value in self.values.items() if value))

    def reload(self, **changes):
        """Reloads with these changes. Returns the keys that require a restart."""
        self.write(**changes)
        answer = self.ctl("reload")
        keys = [r["key"] for r in answer["restart"]]
        for key in keys:
            self.assertIn(f"{key}: warning: requires a restart", "\n".join(answer["warnings"]))
        self.assertEqual(keys, [r["key"] for r in self.ctl("status")["restart"]])
        return keys

    def connect(self, port):
        sock = socket.create_connection((SERVER, port), timeout=lab.PATIENCE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.addCleanup(sock.close)
        return sock

    def begin(self, port, source=0):
        """Starts a connection, which may remain half-open, from the given port."""
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.bind(("0.0.0.0", source))
        sock.setblocking(False)
        sock.connect_ex((SERVER, port))
        return sock

    def closed_by_the_server(self):
        with socket.create_connection((SERVER, 7106), timeout=lab.PATIENCE) as sock:
            self.assertEqual(lab.receive(sock, 3) + sock.recv(1), b"bye")

    def counter(self, name):
        return self.ctl("status")["counters"][name]

    def counts(self, name, attempts):
        """Expects attempts() to increase the counter, after a while."""
        before = self.counter(name)
        attempts()
        lab.wait_for(name, lambda: self.counter(name) > before)

    def limits(self, key, value):
        self.assertEqual(self.ctl("status")["limits"][key], value)

    def echo(self, sock, octets):
        sock.sendall(octets)
        return lab.receive(sock, len(octets))

    # --- one function a key: it changes the key and checks the effect --------------------------

    def change_load(self):
        self.lab.write("more.conf", 'behaviours = { more = { summary = "More"; }; };')
        self.reload(load=f'( "{lab.CONF}/behaviours/*.conf", "more.conf" )')
        self.ctl("set", "echo", "more")

    def change_log_level(self):
        def moves():
            return self.lab.logged().count("SYN-RECEIVED -> ESTABLISHED")
        self.reload(log_level='"debug"')
        self.connect(7100)
        before = lab.wait_for("a line about a connection", moves)
        self.reload(log_level='"info"')
        ended = self.counter("connections")
        self.connect(7100)
        self.assertEqual(self.counter("connections"), ended + 1)
        self.reload()
        self.assertEqual(moves(), before)

    def change_trace_size(self):
        self.connect(7100)
        first = self.ctl("connections")[0]["id"]
        self.reload(trace_size='"128k"')
        self.limits("trace_size", 128 << 10)
        self.assertTrue(self.ctl("trace", first))
        for _ in range(300):
            self.connect(7100).close()
        self.assertNotEqual(self.lab.ctl_raw("trace", first).returncode, 0)

    def change_half_open_max(self):
        self.reload(half_open_max="1")
        self.limits("half_open_max", 1)
        self.counts("half-open-full", lambda: [self.connect(7101), self.begin(7101)])

    def change_connections_max(self):
        self.reload(connections_max="1")
        self.limits("connections_max", 1)
        self.counts("connections-full", lambda: [self.connect(7100), self.begin(7100)])

    def change_time_wait_max(self):
        self.reload(time_wait_max="1")
        self.limits("time_wait_max", 1)
        self.counts("time-wait-full", lambda: [self.closed_by_the_server() for _ in range(2)])

    def change_delayed_max(self):
        self.reload(delayed_max="1")
        self.limits("delayed_max", 1)
        self.counts("delayed-full", lambda: [self.begin(7102), self.begin(7102)])

    def change_reflection_rate(self):
        self.connect(7104)
        before = self.counter("over-budget")
        self.reload(reflection_rate="1")
        self.limits("reflection_rate", 1)
        self.assertEqual(self.counter("over-budget"), before)
        self.counts("over-budget", lambda: self.connect(7104))

    def change_loop_syns(self):
        source = self.begin(7103).getsockname()[1]
        lab.wait_for("its SYN", lambda: self.counter("dropped-by-rule"))
        self.assertEqual(self.counter("loops-cut"), 0)
        self.reload(loop_syns="1")
        self.limits("loop_syns", 1)
        self.doCleanups()
        self.counts("loops-cut", lambda: self.begin(7103, source))

    def change_loop_segments(self):
        self.reload(loop_segments="1")
        self.limits("loop_segments", 1)
        sock = self.connect(7105)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.counts("loops-cut", lambda: [sock.sendall(b"x") for _ in range(40)])

    def change_loop_octets(self):
        self.reload(loop_octets="1")
        self.limits("loop_octets", 1)
        sock = self.connect(7105)
        self.counts("loops-cut", lambda: sock.sendall(bytes(1000)))

    def change_probe(self):
        def probing(name):
            more = f'{{ name = "{name}"; address = "{BESIDE}"; ports = "80"; }} )'
            self.reload(endpoints=BASE["endpoints"][:-1] + "," + more)
            return {e["name"]: e for e in self.ctl("endpoints")}[name]["probing"]
        self.assertFalse(probing("beside"))
        self.reload(endpoints=BASE["endpoints"], probe="true")
        self.assertTrue(probing("anew"))

    def change_interfaces(self):
        def links():
            return {link["name"] for link in self.ctl("status")["links"]}
        self.assertEqual(links(), {"eth0"})
        self.reload(interfaces='( "eth0", "lo" )')
        self.assertEqual(links(), {"eth0", "lo"})
        self.assertEqual(self.reload(interfaces='( "eth0" )'), ["interfaces"])
        self.assertEqual(self.reload(interfaces='( "lo", "eth0" )'), [])

    def change_tuns(self):
        changed = {"tuns": '( { name = "synack0"; networks = ( "10.120.0.0/16" ); } )'}
        if tun.can_make_devices():
            self.reload(**changed)
            self.assertIn("synack0", [link["name"] for link in self.ctl("status")["links"]])
        else:
            self.write(**changed)
            self.assertIn("/dev/net/tun", self.lab.ctl_raw("reload").stderr)

    def change_clients(self):
        self.reload(clients="( )")
        self.counts("client-refused", lambda: self.begin(7100))

    def change_endpoints(self):
        self.connect(7100)
        self.reload(endpoints=BASE["endpoints"].replace("7100", "7110"))
        self.connect(7110)

    def change_catalogues(self):
        self.reload(catalogues=f'( {{ name = "all"; address = "{SERVER}"; base = 8000; }} )')
        self.connect(8002)

    def change_behaviours(self):
        self.reload(behaviours=BASE["behaviours"].replace("{", '{ own = { summary = "Own"; };', 1))
        self.ctl("set", "echo", "own")

    def change_reserved(self):
        self.write(reserved="{ deaf = 900; }")
        self.assertIn("deaf", self.lab.ctl_raw("reload").stderr)

    def change_suites(self):
        self.reload(suites='{ own = { scenarios = ( { name = "accept"; } ); }; }')
        with self.lab.connect_control() as sock, sock.makefile("rw") as stream:
            stream.readline()  # the greeting
            stream.write('{"jsonrpc": "2.0", "id": 1, "method": "suites"}\n')
            stream.flush()
            suites = json.loads(stream.readline())["result"]
        self.assertIn("own", [suite["name"] for suite in suites])

    def change_profiles(self):
        self.assertNotEqual(self.lab.ctl_raw("verdicts", "--profile", "own").returncode, 0)
        self.reload(profiles='( { name = "own"; } )')
        self.ctl("verdicts", "--profile", "own")

    # --- all -----------------------------------------------------------------------------------

    def test_each_key_is_in_force_or_needs_a_restart(self):
        keys = manual_keys("the top level")
        self.assertGreater(len(keys), 20)
        self.assertEqual({key for key, restart in keys.items() if restart},
                         {"control", *RESTART})
        for key in keys:
            if key in RESTART or key == "control":
                continue
            with self.subTest(key):
                self.values = dict(BASE)
                self.lab.start(self.write())
                try:
                    getattr(self, f"change_{key}")()
                finally:
                    self.doCleanups()
                    self.lab.stop()

    def test_keys_that_need_a_restart_are_listed_until_then(self):
        self.assertEqual(manual_keys("control"), dict.fromkeys(CONTROL, True))
        self.lab.start(self.write(), "--seed", "1")
        self.assertEqual(self.reload(), [])
        self.assertEqual(self.reload(user='"nobody"'), ["user"])
        self.assertEqual(self.reload(workers="2"), ["user", "workers"])
        self.assertEqual(self.reload(user=""), ["workers"])
        self.assertEqual(self.ctl("status")["restart"],
                         [{"key": "workers", "in_force": "1", "config": "2"}])
        self.assertEqual(len(self.ctl("status")["workers"]), 1)
        for key, value in CONTROL.items():
            self.assertEqual(self.reload(workers="", control=f"{{ {key} = {value}; }}"),
                             [] if key == "path" else [f"control.{key}"])
        self.assertEqual(self.reload(control=""), [])
        said = self.lab.ctl_raw("reload")
        self.assertEqual((said.stderr, said.stdout.count("\n")), ("", 1))
        self.write(user='"nobody"')
        said = self.lab.ctl_raw("reload")
        self.assertIn("Keys that require a restart of synackd: user.", said.stdout)
        self.assertIn("user: warning: requires a restart", said.stderr)

    def test_a_key_that_an_option_replaces_is_reported_once(self):
        self.lab.start(self.write(), "--seed", "1", "--log-level", "error", "--interface", "eth0")
        for changes in {"seed": "7"}, {"log_level": '"debug"'}, {"interfaces": '( "lo" )'}:
            key = next(iter(changes))
            self.assertEqual(self.reload(), [])
            self.write(**changes)
            answer = self.ctl("reload")
            self.assertEqual(answer["restart"], [])
            self.assertRegex("\n".join(answer["warnings"]), f"{key}: warning: the option --")
            self.assertEqual(self.ctl("reload")["warnings"], [])
        self.assertEqual(self.ctl("status")["seed"], 1)

    def test_a_signal_says_it_in_the_log(self):
        self.lab.start(self.write())
        self.write(seed="7")
        self.lab.daemon.send_signal(signal.SIGHUP)
        lab.wait_for("the line", lambda: "seed: warning: requires a restart" in self.lab.logged())


if __name__ == "__main__":
    lab.main()
