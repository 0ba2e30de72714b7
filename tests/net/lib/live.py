# SPDX-License-Identifier: MIT
"""Shared code of the tests of live changes: a daemon with read access for everyone, and users other
than root."""
import socket
import struct
import subprocess
import unittest

from . import lab
from .users import become

ENDPOINTS = '''
endpoints = ( { name = "a"; address = "127.0.0.1"; ports = "7100"; service = "echo"; },
              { name = "b"; address = "127.0.0.1"; ports = "7101"; behaviour = "refuse"; } );
'''
GROUP = "games"  # a group of every Debian system


class Live(unittest.TestCase):
    """A daemon that everyone may query, and GROUP may change."""
    control = f'control = {{ group = "{GROUP}"; read = "everyone"; }};\n'

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        """Each test has a daemon of its own."""
        self.addCleanup(self.lab.stop)
        self.lab.start(self.lab.config(self.control + ENDPOINTS))
        self.ctl, self.ctl_raw = self.lab.ctl, self.lab.ctl_raw

    def connect(self, port, timeout=lab.PATIENCE, **more):
        sock = socket.create_connection(("127.0.0.1", port), timeout=timeout, **more)
        self.addCleanup(self.abort, sock)
        return sock

    def abort(self, sock):
        """Resets the connection. A closed socket would retransmit its FIN to the daemon of the next
        test."""
        if sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()

    def opens(self, port):
        try:
            self.connect(port).close()
            return True
        except ConnectionRefusedError:
            return False

    def fails(self, code, *words, **more):
        """Expects the command to exit with `code`. Returns its error message."""
        answer = self.ctl_raw(*words, **more)
        self.assertEqual(answer.returncode, code, answer)
        self.assertEqual(answer.stdout, "")
        return answer.stderr

    def endpoints(self):
        return {e["name"]: e for e in self.ctl("endpoints")}

    def as_user(self, user, groups, *words):
        return subprocess.run([lab.SYNACKCTL, "--control", self.lab.control, *words], text=True,
                              capture_output=True, timeout=60, preexec_fn=become(user, groups))
