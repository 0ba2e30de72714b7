#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""synackctl -H: through an sshd on loopback, to a synackd on the same host."""
import json
import os
import random
import socket
import subprocess
import unittest

from lib import lab

# sshd writes nothing to the disk of this machine.
INSIDE = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$@"',
          "sh")


class Remote(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(
            'endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7001"; } );'))
        with socket.create_connection(("127.0.0.1", 7001), 5):
            pass
        cls.port = random.randrange(20000, 30000)
        place = cls.lab.directory
        for name in "host", "user":
            lab.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place / name)
        (place / "known").write_text(f"[127.0.0.1]:{cls.port} {(place / 'host.pub').read_text()}")
        (place / "authorized").write_text((place / "user.pub").read_text())
        cls.lab.write("sshd_config", f"""
Port {cls.port}
ListenAddress 127.0.0.1
HostKey {place}/host
AuthorizedKeysFile {place}/authorized
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
PidFile none
SetEnv PATH={lab.SYNACKCTL.parent}:/usr/bin:/bin
""")
        cls.lab.write("ssh_config", f"""
Host there
  HostName 127.0.0.1
  Port {cls.port}
  User root
  IdentityFile {place}/user
  IdentitiesOnly yes
  UserKnownHostsFile {place}/known
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
""")
        cls.ssh = cls.lab.write("ssh", f'#!/bin/sh\nexec ssh -F {place}/ssh_config "$@"\n')
        cls.ssh.chmod(0o755)
        cls.sshd = subprocess.Popen([*INSIDE, "/usr/sbin/sshd", "-D", "-e", "-f",
                                     place / "sshd_config"], stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end)
        lab.wait_for("sshd", cls.answers)

    @classmethod
    def end(cls):
        cls.sshd.terminate()
        cls.sshd.wait(20)

    @classmethod
    def answers(cls):
        try:
            with socket.create_connection(("127.0.0.1", cls.port), 1) as s:
                return s.recv(3) == b"SSH"
        except OSError:
            return False

    def far(self, *words, control=None, **environment):
        """Runs synackctl -H, which can reach a daemon only through ssh."""
        return subprocess.run(
            [lab.SYNACKCTL, "-H", "there", "--control", control or self.lab.control, *words],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "SYNACKD_SSH": str(self.ssh), "SYNACKD_CONTROL": "/nowhere",
                 **environment})

    def test_as_if_it_were_here(self):
        for words in ("endpoints",), ("--json", "behaviours"), ("trace", "last"):
            there, here = self.far(*words), self.lab.ctl_raw(*words)
            self.assertEqual((there.returncode, there.stdout), (0, here.stdout), there.stderr)

    def test_changes(self):
        self.assertEqual(self.far("set", "a", "refuse").returncode, 0)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", 7001), 5)
        self.assertEqual(self.far("reset").returncode, 0)
        wrong = self.far("set", "a", "refsue")
        self.assertEqual((wrong.returncode, wrong.stderr), (
            2, "synackctl: unknown behaviour 'refsue'; did you mean 'refuse'?\n"))

    def test_follow(self):
        ssh = {"SYNACKD_SSH": str(self.ssh)}
        with subprocess.Popen(
                [lab.SYNACKCTL, "--host=there", "--control", self.lab.control, "--json",
                 "connections", "--follow"], stdout=subprocess.PIPE, text=True,
                env={**os.environ, **ssh}) as watching:
            self.addCleanup(watching.kill)
            lab.wait_for("the follower", lambda: self.lab.ctl("status")["followers"] == 1)
            with socket.create_connection(("127.0.0.1", 7001), 5):
                self.assertEqual(json.loads(watching.stdout.readline())["from"], "LISTEN")
            watching.terminate()
        # No process is left on the remote host.
        lab.wait_for("its end", lambda: self.lab.ctl("status")["followers"] == 0)

    def test_no_daemon_there(self):
        done = self.far("status", control="/no/where it's said")
        self.assertEqual(done.returncode, 3)
        first, second = done.stderr.splitlines()
        self.assertIn("/no/where it's said: no synackd is listening: run 'systemctl", first)
        self.assertIn("there:/no/where it's said: no synackd answers by ssh:", second)

    def test_no_such_host(self):
        done = subprocess.run([lab.SYNACKCTL, "-H", "elsewhere.invalid", "status"], text=True,
                              capture_output=True, timeout=60, check=False,
                              env={**os.environ, "SYNACKD_SSH": str(self.ssh)})
        self.assertEqual(done.returncode, 3)
        self.assertIn("no synackd answers by ssh", done.stderr)

    def test_no_ssh(self):
        done = self.far("status", SYNACKD_SSH="/no/ssh")
        self.assertEqual(done.returncode, 3)
        self.assertIn("synackctl: /no/ssh: cannot execute (No such file", done.stderr)

    def test_a_host_is_no_option(self):
        done = subprocess.run([lab.SYNACKCTL, "-H", "-oProxyCommand=touch /tmp/x", "status"],
                              text=True, capture_output=True, timeout=60, check=False,
                              env={**os.environ, "SYNACKD_SSH": str(self.ssh)})
        self.assertEqual(done.returncode, 3)
        self.assertFalse(os.path.exists("/tmp/x"))

    def test_a_completion_asks_for_no_password(self):
        fake, said = self.lab.directory / "fake-ssh", self.lab.directory / "said"
        fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>"{said}"\n')
        fake.chmod(0o755)
        for words, alone in (("__complete", "-H", "there", "set", ""), True), (
                ("-H", "there", "status"), False):
            said.write_text("")
            subprocess.run([lab.SYNACKCTL, *words], capture_output=True, timeout=60, check=False,
                           env={**os.environ, "SYNACKD_SSH": str(fake)})
            options, host = said.read_text().split("--\n")
            self.assertEqual("BatchMode=yes" in options, alone, options)
            self.assertTrue(host.startswith("there\n"))

    def test_commands_without_a_daemon(self):
        done = self.far("try", "accept", "--", "true")
        self.assertEqual(done.returncode, 2)
        self.assertIn("uses no daemon", done.stderr)


if __name__ == "__main__":
    lab.main()
