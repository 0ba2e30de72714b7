#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The effect of a reload on live changes."""
import os
import pathlib
import re
import signal
import socket
import threading
import time

from lib import lab
from lib.live import ENDPOINTS, Live

MINE = """
behaviours = { mine = { summary = "x"; rules = ( { on = "receive SYN"; drop = true; } ); }; };"""


class Reload(Live):
    def test_a_behaviour_that_the_new_config_does_not_know(self):
        self.lab.config(self.control + MINE + ENDPOINTS)
        self.ctl("reload")
        self.ctl("set", "a", "mine")
        self.ctl("add", "x", "127.0.0.1", "7200", "mine")
        self.lab.config(self.control + ENDPOINTS)
        said = "\n".join(self.ctl("reload")["warnings"])
        self.assertRegex(said, r"synackd.conf:\d+: a: warning: the live change to .* is undone")
        self.assertRegex(said, "x: warning: the endpoint, which was added live, is unchanged")
        self.assertTrue(self.opens(7100))
        self.assertEqual([e["name"] for e in self.ctl("diff")], ["x"])

    def reloads(self):
        return self.lab.logged().count(": reloaded")

    def test_hangups_that_queue_are_one_reload(self):
        before, pid = self.reloads(), self.lab.pid()
        for _ in range(200):
            os.kill(pid, signal.SIGHUP)
            time.sleep(0.0005)  # otherwise the kernel would merge the signals
        self.lab.config(self.control + ENDPOINTS.replace('"b"', '"last"'))
        os.kill(pid, signal.SIGHUP)
        lab.wait_for("the last config", lambda: "last" in self.endpoints())
        self.assertLess(self.reloads() - before, 50)

    def test_no_connection_of_a_removed_endpoint_remains(self):
        """Clients connect to it until the reload has ended. The placement of many other endpoints
        takes the reload some time."""
        many = "".join(f', {{ name = "m{i}"; address = "127.1.{i // 200}.{i % 200 + 1}"; '
                       'ports = "7400"; }' for i in range(1000))
        gone = ', { name = "gone"; address = "127.0.0.1"; ports = "7300"; }'
        at = ENDPOINTS.rindex(")")
        self.lab.config(self.control + ENDPOINTS[:at] + gone + ENDPOINTS[at:])
        self.ctl("reload")
        self.lab.config(self.control + ENDPOINTS[:at] + many + ENDPOINTS[at:])
        ended, sockets = threading.Event(), []

        def connect():
            while not ended.is_set() and len(sockets) < 20_000:
                s = socket.socket()
                sockets.append(s)
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", 7300))
                time.sleep(0.001)

        clients = threading.Thread(target=connect)
        clients.start()
        lab.wait_for("connections", lambda: len(sockets) > 10)
        self.ctl("reload")
        ended.set()
        clients.join()
        self.addCleanup(lambda: [s.close() for s in sockets])
        self.assertNotIn("gone", {c["endpoint"] for c in self.ctl("connections")})

    def test_a_hangup_before_the_handler_stands(self):
        self.lab.stop()
        before = self.reloads()
        daemon = self.lab.start(self.lab.directory / "synackd.conf", expect=False)

        def held():
            status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text()
            mask = int(re.search(r"SigBlk:\s*(\S+)", status)[1], 16)
            return mask >> signal.SIGHUP - 1 & 1
        lab.wait_for("the program's first instructions", held)
        daemon.send_signal(signal.SIGHUP)
        self.assertEqual(self.ctl_raw("--wait", "20", "status").returncode, 0)
        lab.wait_for("the reload", lambda: self.reloads() > before)


if __name__ == "__main__":
    lab.main()
