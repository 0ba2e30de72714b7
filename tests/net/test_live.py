#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What operators change while synackd runs, who may, and what follows it."""
import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import threading
import unittest

import lab

ENDPOINTS = '''
endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7100"; service = "echo"; },
              { name = "b"; address = "127.0.0.1"; ports = "7101"; behaviour = "refuse"; } );
'''
GROUP = "games"  # any that a Debian has


def become(user, groups=()):
    """For preexec_fn: that user, whose effective group is nogroup, in these groups beside."""
    uid, nogroup = pwd.getpwnam(user).pw_uid, grp.getgrnam("nogroup").gr_gid

    def now():
        os.setgroups([grp.getgrnam(g).gr_gid for g in groups])
        os.setgid(nogroup)
        os.setuid(uid)
    return now


class Live(unittest.TestCase):
    """A daemon that everyone may ask, and GROUP may change."""
    control = f'control = {{ group = "{GROUP}"; read = "everyone"; }};\n'

    def setUp(self):
        self.lab = lab.Lab(veth=False)
        self.addCleanup(self.lab.close)
        self.config = self.lab.config(self.control + ENDPOINTS)
        self.lab.start(self.config)
        self.ctl, self.ctl_raw = self.lab.ctl, self.lab.ctl_raw

    def connect(self, port, timeout=5, **more):
        sock = socket.create_connection(("127.0.0.1", port), timeout=timeout, **more)
        self.addCleanup(sock.close)
        return sock

    def opens(self, port):
        try:
            self.connect(port).close()
            return True
        except ConnectionRefusedError:
            return False

    def fails(self, code, *words, **more):
        """The sentence of a command that ends with `code`."""
        answer = self.ctl_raw(*words, **more)
        self.assertEqual(answer.returncode, code, answer)
        self.assertEqual(answer.stdout, "")
        return answer.stderr

    def endpoints(self):
        return {e["name"]: e for e in self.ctl("endpoints")}

    def as_user(self, user, groups, *words):
        place = self.lab.directory / "synackctl"
        if not place.exists():
            shutil.copy(lab.SYNACKCTL, place)
            place.chmod(0o755)
        return subprocess.run([place, "--control", self.lab.control, *words], text=True,
                              capture_output=True, timeout=60, preexec_fn=become(user, groups))


class Rights(Live):
    def test_everyone_reads_and_the_group_changes(self):
        self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o666)
        self.assertEqual(self.as_user("nobody", [], "endpoints").returncode, 0)
        answer = self.as_user("nobody", [], "set", "a", "refuse")
        self.assertEqual(answer.returncode, 1, answer)
        self.assertIn(str(self.lab.control), answer.stderr)
        self.assertIn(f"the group `{GROUP}`", answer.stderr)
        self.assertIn("nobody may read", answer.stderr)
        self.assertTrue(self.opens(7100))
        # By a group of the process, and by one that the user is in on paper.
        self.assertEqual(self.as_user("nobody", [GROUP], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))
        self.assertEqual(self.as_user(GROUP, [], "reset", "a").returncode, 0)
        self.assertTrue(self.opens(7100))

    def test_each_change_is_logged_with_who_made_it(self):
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "set", "a",
                                    "refuse"], stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(20), 0)
        self.assertIn(f'uid 0 (root), pid {process.pid}: set {{"endpoint":"a",'
                      '"behaviour":"refuse"}\n', self.lab.logged())
        uid = pwd.getpwnam("nobody").pw_uid
        self.as_user("nobody", [], "reload")
        self.assertRegex(self.lab.logged(), rf"uid {uid} \(nobody\), pid \d+: reload: nobody may")
        before = self.lab.logged()
        self.ctl("endpoints")
        self.assertEqual(self.lab.logged(), before)


class RightsOfAGroup(Live):
    """Nobody else may even ask."""
    control = f'control = {{ group = "{GROUP}"; }};\n'

    def test_the_socket_is_for_the_group(self):
        self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o660)
        answer = self.as_user("nobody", [], "status")
        self.assertEqual(answer.returncode, 3)
        self.assertIn(str(self.lab.control), answer.stderr)
        self.assertIn(f"for the group `{GROUP}`", answer.stderr)
        self.assertEqual(self.as_user("nobody", [GROUP], "set", "a", "refuse").returncode, 0)


class RightsOfTheDaemonsUser(Live):
    """It became nobody, who may then change things, too."""
    control = 'user = "nobody";\n'

    def test_the_daemons_user(self):
        self.assertEqual(self.as_user("nobody", [], "set", "a", "refuse").returncode, 0)
        self.assertEqual(self.as_user("games", [], "status").returncode, 3)


if __name__ == "__main__":
    lab.main()
