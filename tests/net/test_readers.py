#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The cost of clients with read access for other clients."""
import json
import subprocess
import sys

from lib import lab
from lib.live import GROUP, Live
from lib.users import become

ASK = '''
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\\n")
lines = s.makefile()
lines.readline()
print(lines.readline(), end="")
'''


class Readers(Live):
    def ask(self, user, groups, method, **params):
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        done = subprocess.run([sys.executable, "-c", ASK, str(self.lab.control), line], text=True,
                              capture_output=True, timeout=60, check=True,
                              preexec_fn=become(user, groups))
        return json.loads(done.stdout)

    def test_judging_the_whole_trace_requires_write_access(self):
        """It may take longer than the timeout of the watchdog."""
        self.opens(7100)
        self.assertIn("may only read",
                      self.ask("nobody", [], "verdicts", whole=1)["error"]["message"])
        for groups, whole in ([], 0), ([GROUP], 1):
            answer = self.ask("nobody", groups, "verdicts", whole=whole)
            self.assertTrue(answer["result"]["connections"])


if __name__ == "__main__":
    lab.main()
