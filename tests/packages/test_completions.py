#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Completion with TAB in bash, zsh and fish on a terminal."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
SCRIPTS = SOURCE / "packaging/completions"
ANSWERS = {
    "endpoints": [{"name": "zebra/one", "behaviour": "refuse"}, {"name": "lion", "behaviour": "a"}],
    "behaviours": [{"name": "of-daemon", "summary": "Defined by this daemon only"},
                   {"name": "of-two", "summary": "Another one"}],
    "connections": [{"id": 4711, "client": "192.0.2.7:1", "state": "ESTABLISHED"}],
}


class Daemon(threading.Thread):
    """A daemon with the methods that completion uses."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        self.start()

    def run(self):
        while True:
            try:
                s = self.socket.accept()[0]
            except OSError:
                return
            with s, s.makefile("rw") as f:
                print('{"synackd": "0", "protocol": 1, "limits": {}}', file=f, flush=True)
                for line in f:
                    asked = json.loads(line)
                    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"],
                                      "result": ANSWERS[asked["method"]]}), file=f, flush=True)


class Shell:
    """An interactive shell."""

    def __init__(self, command, prepare, environment):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, environment)
        self.pid = pid
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.seen = ""
        for line in (*prepare, "echo rea''dy"):
            self.type(line + "\r")
        self.until("ready\r")

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, pattern, seconds=20):
        """Returns the match in the output since the previous match."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            if not select.select([self.fd], [], [], max(end - time.monotonic(), 0))[0]:
                raise AssertionError(f"no {pattern!r} in {self.seen!r}")
            self.seen += os.read(self.fd, 65536).decode(errors="replace")
        self.seen = self.seen[found.end():]
        return found

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class Completions:
    """Test cases; a subclass for each shell."""

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="synackd-complete-"))
        self.addCleanup(shutil.rmtree, self.place)
        self.daemon = Daemon(self.place / "control")
        self.addCleanup(self.daemon.socket.close)
        (self.place / "unusual.pcapng").touch()
        self.environment = {"PATH": f"{BUILD / 'cli'}:/usr/bin:/bin", "HOME": str(self.place),
                            "TERM": "linux", "LANG": "C.UTF-8",
                            "SYNACKD_CONTROL": str(self.place / "control")}

    def test_verbs_and_options(self):
        self.expect("synackctl sta", "synackctl status ")
        self.expect("synackctl trace --pc", "synackctl trace --pcap ")
        self.expect("synackctl --js", "synackctl --json ")
        self.expect("synackctl --color alw", "synackctl --color always ")
        self.expect("synackctl --color=nev", "synackctl --color=never ")
        self.expect("synackctl -q -h sta", "synackctl -q -h status ")
        self.expect("synackctl add --service rep", "synackctl add --service report ")

    def test_names_of_the_daemon(self):
        self.expect("synackctl set zeb", "synackctl set zebra/one ")
        self.expect("synackctl remove zeb", "synackctl remove zebra/one ")
        self.expect("synackctl set lion of-d", "synackctl set lion of-daemon")
        self.expect("synackctl abort 4", "synackctl abort 4711 ")
        self.expect("synackctl next --endpoint l", "synackctl next --endpoint lion ")

    def test_names_without_a_daemon(self):
        self.environment["SYNACKD_CONTROL"] = "/nowhere"
        self.expect("synackctl behaviours half-open-fo", "synackctl behaviours half-open-forget ")
        self.expect("synackctl judge --suite trans", "synackctl judge --suite transfer ")

    def test_several_behaviours(self):
        self.environment["SYNACKD_CONTROL"] = "/nowhere"
        self.expect("synackctl set x synack-delay=3s+opt-non",
                    "synackctl set x synack-delay=3s+opt-none")
        self.expect("synackctl try synack-nev", "synackctl try synack-never")

    def test_files(self):
        self.expect(f"synackctl trace last --pcap {self.place}/unus",
                    f"synackctl trace last --pcap {self.place}/unusual.pcapng ")

    def test_commands(self):
        self.expect("synackctl try accept -- synackc", "synackctl try accept -- synackctl ")


class Terminal(Completions):
    def expect(self, typed, becomes):
        shell = Shell(self.command, self.prepare, self.environment)
        self.addCleanup(shell.close)
        shell.type(typed + "\t")
        shell.until(re.escape(becomes.rstrip()))
        # Prints the line as it is: from its start, and to its end.
        shell.type("\x01echo '[\x05]'\r")
        shell.until(r"[\r\n]\[" + re.escape(self.shown(becomes)) + r"\]\r")

    def shown(self, line):
        return line


class Bash(Terminal, unittest.TestCase):
    command = ["bash", "--norc", "--noprofile", "-i"]
    prepare = [f"source '{SCRIPTS}/synackctl.bash'"]


class Zsh(Terminal, unittest.TestCase):
    command = ["zsh", "-f", "-i"]

    def shown(self, line):
        """zsh removes its trailing space when the cursor moves."""
        return line.rstrip()

    def setUp(self):
        super().setUp()
        functions = self.place / "functions"
        functions.mkdir()
        shutil.copy(SCRIPTS / "synackctl.zsh", functions / "_synackctl")
        self.prepare = ["bindkey -e", "unsetopt PROMPT_SP", f"fpath=('{functions}' $fpath)",
                        "autoload -U compinit; compinit -u -D"]


class Fish(Completions, unittest.TestCase):
    """fish prints the completions that it would offer."""

    def expect(self, typed, becomes):
        done = subprocess.run(["fish", "--no-config", "-c", f"source '{SCRIPTS}/synackctl.fish'; "
                               f"complete -C '{typed}'"], capture_output=True, text=True,
                              env=self.environment, check=True, timeout=60)
        offered = [line.split("\t")[0] for line in done.stdout.splitlines()]
        self.assertEqual(offered, [becomes.split()[-1]], done.stderr)

    def test_descriptions(self):
        done = subprocess.run(["fish", "--no-config", "-c", f"source '{SCRIPTS}/synackctl.fish'; "
                               "complete -C 'synackctl set '"], capture_output=True, text=True,
                              env=self.environment, check=True, timeout=60)
        self.assertEqual(sorted(done.stdout.splitlines()), ["lion\ta", "zebra/one\trefuse"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
