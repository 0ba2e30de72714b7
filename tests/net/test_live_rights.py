#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Read access and write access of users to a running synackd."""
import json
import pwd
import socket
import subprocess
import sys

from lib import lab
from lib.live import GROUP, Live
from lib.users import become


class Rights(Live):
    def test_everyone_reads_and_the_group_changes(self):
        self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o666)
        self.assertEqual(self.as_user("nobody", [], "endpoints").returncode, 0)
        answer = self.as_user("nobody", [], "set", "a", "refuse")
        self.assertEqual(answer.returncode, 1, answer)
        self.assertIn(str(self.lab.control), answer.stderr)
        self.assertIn(f"the group '{GROUP}'", answer.stderr)
        self.assertIn("user nobody may only read", answer.stderr)
        self.assertTrue(self.opens(7100))
        # By a group of the process, and by a group of the user in the database.
        self.assertEqual(self.as_user("nobody", [GROUP], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))
        self.assertEqual(self.as_user(GROUP, [], "reset", "a").returncode, 0)
        self.assertTrue(self.opens(7100))

    def test_each_change_is_logged_with_its_user(self):
        process = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "set", "a",
                                    "refuse"], stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(20), 0)
        self.assertIn(f'uid 0 (root), pid {process.pid}: set {{"endpoint":"a",'
                      '"behaviour":"refuse"}\n', self.lab.logged())
        uid = pwd.getpwnam("nobody").pw_uid
        self.as_user("nobody", [], "reload")
        self.assertRegex(self.lab.logged(), rf"uid {uid} \(nobody\), pid \d+: reload: user nobody "
                         "may only read")
        before = self.lab.logged()
        self.ctl("endpoints")
        self.assertEqual(self.lab.logged(), before)

    def test_a_user_has_a_share_of_the_clients(self):
        held = subprocess.Popen([sys.executable, "-c", '''
import socket, sys
held = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    held.append((s, s.makefile().readline()))
print(sum("protocol" in greeting for _, greeting in held),
      sum("too many clients" in greeting for _, greeting in held), flush=True)
sys.stdin.read()
''', str(self.lab.control)], preexec_fn=become("nobody"), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(held.communicate)
        self.assertEqual(held.stdout.readline(), "16 24\n")
        answer = self.as_user("nobody", [], "status")
        self.assertEqual(answer.returncode, 3)
        self.assertRegex(answer.stderr, "refuses the connection: .*too many clients")
        self.assertEqual(self.ctl("status")["connections"], 0)

    def test_a_half_closed_client_gets_the_answers(self):
        with self.lab.connect_control() as sock:
            for i in range(60):
                sock.sendall(b'{"jsonrpc": "2.0", "id": %d, "method": "behaviours"}\n' % i)
            sock.shutdown(socket.SHUT_WR)
            with sock.makefile() as lines:
                answers = [json.loads(line) for line in lines][1:]
        self.assertEqual([answer["id"] for answer in answers], list(range(60)))


class RightsOfAGroup(Live):
    """Other users have no access."""
    control = f'control = {{ group = "{GROUP}"; }};\n'

    def test_the_socket_is_for_the_group(self):
        self.assertEqual(self.lab.control.stat().st_mode & 0o777, 0o660)
        answer = self.as_user("nobody", [], "status")
        self.assertEqual(answer.returncode, 3)
        self.assertIn(str(self.lab.control), answer.stderr)
        self.assertIn(f"group '{GROUP}' have access", answer.stderr)
        self.assertEqual(self.as_user("nobody", [GROUP], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))


class RightsOfTheDaemonsUser(Live):
    """The daemon switched to the user `nobody`, which then has write access."""
    control = 'user = "nobody";\n'

    def test_the_daemons_user(self):
        self.assertEqual(self.as_user("nobody", [], "set", "a", "refuse").returncode, 0)
        self.assertFalse(self.opens(7100))
        self.assertEqual(self.as_user("games", [], "status").returncode, 3)


if __name__ == "__main__":
    lab.main()
