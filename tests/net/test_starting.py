#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Start-up: errors of the config and the command line, ports in use, privileges."""
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from lib import lab

ENDPOINTS = '''
endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7100"; service = "echo"; },
              { name = "b"; address = "127.0.0.1"; ports = "7101"; behaviour = "refuse"; } );
'''


class Reloading(unittest.TestCase):
    """The endpoint never answers: a reset would be the kernel's, at a port without its guard."""

    def config(self, name):
        return self.lab.config(f'endpoints = ( {{ name = "{name}"; address = "{self.lab.v4}"; '
                               'ports = "7000-10999"; behaviour = "synack-never"; } );')

    def test_a_port_that_stays_is_never_the_kernels(self):
        self.lab = lab.Lab(type(self).__name__, sample=0)  # there are no packets of the responder
        self.addCleanup(self.lab.close)
        self.lab.start(self.config("one"))
        clients = []
        for name in "other", "one":
            self.config(name)
            reload = threading.Thread(target=self.lab.ctl, args=("reload",))
            reload.start()
            while reload.is_alive() and len(clients) < 800:
                client = socket.socket()
                self.addCleanup(client.close)
                client.setblocking(False)
                client.connect_ex((self.lab.v4, (7000, 9000, 10999)[len(clients) % 3]))
                clients.append(client)
                time.sleep(0.0005)
            reload.join()
            self.assertEqual(self.lab.ctl("endpoints")[0]["name"], name)
        self.assertTrue(clients)
        self.assertEqual({c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for c in clients}, {0})


class Starting(unittest.TestCase):
    """Tests without a running daemon: the errors if it cannot start."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)

    def daemon(self, *options, **more):
        return subprocess.run(["ip", "netns", "exec", self.lab.server, lab.SYNACKD, *options],
                              capture_output=True, text=True, timeout=30, **more)

    def test_no_daemon(self):
        answer = self.lab.ctl_raw("status")
        self.assertEqual(answer.returncode, 3)
        self.assertIn("no synackd is listening", answer.stderr)

    def test_all_errors_of_meaning_at_once(self):
        path = self.lab.config('''
clinets = ( "10.0.0.0/8" );
endpoints = (
  { name = "a"; address = "127.0.0.300"; ports = "7100"; },
  { name = "b"; address = "127.0.0.1"; ports = "70000"; },
  { name = "c"; address = "127.0.0.1"; ports = "7102"; behaviour = "synack-delay=soon"; },
  { name = "c"; address = "127.0.0.1"; ports = "7103"; rto_min = "fast"; isn = 3000000000; }
);
''', "bad.conf")
        done = self.daemon("--config", path, "--control", self.lab.control)
        self.assertEqual(done.returncode, 78)
        lines = [line for line in done.stderr.splitlines() if str(path) in line]
        self.assertGreaterEqual(len(lines), 6, done.stderr)
        for line in lines:
            self.assertRegex(line, r":\d+: \S+.*: ")
        for word in "clients", "address", "ports", "duration", "isn":
            self.assertIn(word, done.stderr)
        self.assertFalse(self.lab.control.exists())
        check = self.daemon("--config", path, "--check-config")
        self.assertEqual((check.returncode, check.stderr), (78, done.stderr))

    def test_syntax_error_and_missing_file(self):
        path = self.lab.write("syntax.conf", "endpoints = ( { name = ;\n")
        done = self.daemon("--config", path, "--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"{path}:1:", done.stderr)
        done = self.daemon("--config", "/nonexistent/x.conf", "--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nonexistent/x.conf", done.stderr)

    def test_features_that_the_host_lacks(self):
        path = self.lab.config('''user = "nowhere-user";
control = { group = "nowhere-group"; };
interfaces = ( "lo", "nope0" );
endpoints = ( { name = "a"; address = "192.0.2.1"; ports = "80"; interface = "nope1"; },
  { name = "b"; address = "192.0.2.1"; ports = "81"; interface = "lo"; } );
''', "host.conf")
        def lines(*options):
            done = self.daemon("--config", path, "--check-config", *options)
            return done.returncode, [re.sub(r"^\S+host.conf:\d+: ", "", line)
                                     for line in done.stderr.splitlines()]
        code, said = lines()
        self.assertEqual(code, 78)
        self.assertRegex(said[0], "^user: unknown user 'nowhere-user'")
        self.assertRegex(said[1], "^control.group: unknown group 'nowhere-group'")
        path.write_text(re.sub(r"(?m)^(user|control) .*$", "", path.read_text()))
        code, said = lines()
        self.assertEqual((code, len(said)), (0, 2))
        self.assertRegex(said[0], "^interfaces: warning: missing interface 'nope0'")
        self.assertRegex(said[1], "^a: warning: missing interface 'nope1'")
        self.assertEqual(lines("--strict"), (78, [s.replace("warning: ", "") for s in said]))
        path.write_text(path.read_text().replace("nope0", "lo").replace("nope1", "lo"))
        self.assertEqual(lines("--strict"), (0, []))
        self.assertEqual(self.daemon("--strict").returncode, 64)

    def test_a_reload_refuses_an_unknown_user(self):
        self.lab.start(self.lab.config(ENDPOINTS, "host.conf"))
        try:
            self.lab.config('user = "nowhere-user";' + ENDPOINTS, "host.conf")
            self.assertIn("unknown user", self.lab.ctl_raw("reload").stderr)
        finally:
            self.lab.stop()

    def test_shipped_configs_are_right(self):
        for path in [lab.SOURCE / "conf/synackd.conf",
                     *sorted((lab.SOURCE / "conf/examples").glob("*.conf"))]:
            done = self.daemon("--config", path, "--check-config")
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)
            self.assertIn("ok", done.stdout)

    def test_files_beside_the_main_one(self):
        """Loaded files add clients and endpoints. The shipped behaviours need no `load`."""
        added = self.lab.directory / "conf.d"
        added.mkdir()
        (added / "mine.conf").write_text('clients = ( "192.0.2.0/24" );\n' + ENDPOINTS)
        load = f'load = ( "{lab.CONF}/behaviours/*.conf", "conf.d/*.conf" );\n'
        self.lab.start(self.lab.write("main.conf", load))
        try:
            # Loopback is still a client, because the main file has no `clients`.
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
            self.lab.write("main.conf", load + 'clients = ( "127.0.0.2" );\n')
            self.lab.ctl("reload")
            with self.assertRaises(TimeoutError):
                socket.create_connection(("127.0.0.1", 7100), timeout=0.5)
            path = self.lab.write("main.conf", ENDPOINTS)
            self.lab.ctl("reload")
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
            self.lab.ctl("set", "a", "synack-never")
        finally:
            self.lab.stop()
        done = self.daemon("--config", path, "--check-config")
        shipped = self.daemon("--config", lab.SOURCE / "conf/synackd.conf", "--check-config")
        self.assertEqual(re.findall(r"\d+ behaviours", done.stdout),
                         re.findall(r"\d+ behaviours", shipped.stdout))

    def test_no_such_interface(self):
        path = self.lab.config(ENDPOINTS, "if.conf")
        done = self.daemon("--config", path, "--interface", "nope0", "--control", self.lab.control)
        self.assertEqual(done.returncode, 69)
        self.assertIn("nope0", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_without_the_capability(self):
        path = self.lab.config(ENDPOINTS, "cap.conf")
        done = subprocess.run(["ip", "netns", "exec", self.lab.server, "capsh",
                               "--drop=cap_net_raw", "--", "-c",
                               f"{lab.SYNACKD} --config {path} --control {self.lab.control}"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 69, done)
        self.assertIn("CAP_NET_RAW", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_command_line(self):
        for words, expected in ((["--confg", "x"], "did you mean"), (["--replay", "x"], "--write"),
                                (["--drain", "soon"], "duration"), (["word"], "word")):
            done = self.daemon(*words)
            self.assertEqual(done.returncode, 64, words)
            self.assertIn(expected, done.stderr)
        self.assertEqual(self.daemon("--version").stdout, f"synackd {lab.VERSION}\n")
        self.assertIn("--check-config", self.daemon("--help").stdout)

    def test_a_busy_port_fails_its_endpoint_only(self):
        busy = socket.create_server(("127.0.0.1", 7101))
        path = self.lab.config(ENDPOINTS, "busy.conf")
        self.lab.start(path)
        try:
            by_name = {e["name"]: e for e in self.lab.ctl("endpoints")}
            self.assertIsNone(by_name["a"]["problem"])
            self.assertIn("7101", by_name["b"]["problem"])
            self.assertIn("7101", self.lab.ctl_raw("endpoints").stdout)
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE).close()
            busy.close()
            self.lab.ctl("reload")
            self.assertIsNone({e["name"]: e for e in self.lab.ctl("endpoints")}["b"]["problem"])
        finally:
            busy.close()
            self.lab.stop()

    def test_a_second_daemon_and_a_dead_ones_socket(self):
        path = self.lab.config(ENDPOINTS, "two.conf")
        self.lab.start(path)
        try:
            done = self.daemon("--config", path, "--control", self.lab.control)
            self.assertEqual(done.returncode, 69)
            self.assertIn("another synackd", done.stderr)
            self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o660)
            self.lab.kill(signal.SIGKILL)
            self.assertTrue(self.lab.control.exists())
            self.lab.start(path)
        finally:
            self.lab.stop()
        self.assertFalse(self.lab.control.exists())

    def test_privileges_are_dropped(self):
        self.lab.start(self.lab.config(ENDPOINTS, "caps.conf"))
        try:
            text = pathlib.Path(f"/proc/{self.lab.pid()}/status").read_text()
            caps = {line.split()[0]: int(line.split()[1], 16) for line in text.splitlines()
                    if line.startswith("Cap")}
            allowed = 1 << 13 | 1 << 12 | 1 << 10  # NET_RAW, NET_ADMIN, NET_BIND_SERVICE
            self.assertTrue(caps["CapEff:"] & 1 << 13)
            self.assertEqual(caps["CapEff:"] & ~allowed, 0)
            self.assertEqual(caps["CapPrm:"] & ~allowed, 0)
        finally:
            self.lab.stop()

    def test_a_client_outside_the_allow_list(self):
        path = self.lab.write("allow.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf" );
clients = ( "127.0.0.2" );
{ENDPOINTS}''')
        self.lab.start(path)
        try:
            with self.assertRaises(TimeoutError):
                socket.create_connection(("127.0.0.1", 7100), timeout=0.5)
            self.assertGreater(self.lab.ctl("status")["counters"]["client-refused"], 0)
            socket.create_connection(("127.0.0.1", 7100), timeout=lab.PATIENCE,
                                     source_address=("127.0.0.2", 0)).close()
        finally:
            self.lab.stop()


if __name__ == "__main__":
    lab.main()
