#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every example of the help, of the manuals and of README.md, run as it is printed."""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import unittest

from lib import lab

MAN = lab.BUILD / "packaging/man"
PAGES = sorted(path.name for path in MAN.iterdir())
README = lab.SOURCE / "README.md"
DOCUMENTS = README, lab.SOURCE / "packaging/README.md", lab.SOURCE / "tests/captures/README.md"
PATH = f"{lab.BUILD}/cli:{lab.BUILD}/daemon"

# Examples that are not run, and the reason.
ELSEWHERE = {
    r"^synackd --user synackd$": "it requires the user, the config and the ports of an installed "
                                 "package: tests/system starts that service",
    r"^ln -s /usr/share/synackd/": "it enables the catalogue of an installed package: tests/system "
                                   "does it",
    r"^systemctl |^cp /etc/|^SYNACKD_CONTROL=/run/": "it requires the service of an installed package: "
                                                     "tests/system starts it",
    r"^packaging/|^tests/run": "it installs packages and builds the tree: tests/packages builds the "
                               "packages, and this test is part of tests/run",
    r"^cmake |^DESTDIR=": "it builds the tree, and this test runs such a build",
    r"^podman ": "it requires a registry",
}
# These run until Ctrl-C, which the test sends when the command has a client, or follows.
LASTING = {
    r"--follow$": ("", 130),
    r"^synackctl judge (?!.*--scenario)": ("Interrupted: ", 130),
}
# The exit code that an example shows, if it is not 0.
CODES = {
    r"^synackctl try synack-never -- curl -m 2": 28,
    r"^synackctl try second-try ": 1,
    r"^synackctl try accept-then-rst ": 1,
    r"^synackctl judge .*--scenario icmp-host": 1,
}
CONFIG = f'''
load = ( "{lab.CONF}/behaviours/*.conf", "{lab.CONF}/suites/*.conf", "{lab.CONF}/profiles/*.conf",
         "here/second-try.conf" );
clients = ( "0.0.0.0/0", "::/0" );
catalogues = ( {{ name = "v4"; address = "127.0.0.1"; base = 7000; service = "http"; }} );
endpoints = (
  {{ name = "slow"; address = "127.0.0.1"; ports = "6001"; }},
  {{ name = "web"; address = "192.0.2.7"; ports = "6002"; service = "echo"; }} );
'''
# Programs of a user: a client, and an ssh that treats all hosts as this one.
PROGRAMS = {
    "my-client": '''#!/bin/bash
exec 3<>/dev/tcp/$1/$2
read -r -t 1 <&3
''',
    "ssh": '''#!/bin/bash
while [[ $1 == -* ]]; do shift; done
shift
exec bash -c "$*"
''',
}


def rendered(page):
    shown = subprocess.run(["mandoc", "-Tascii", "-Owidth=78", MAN / page], check=True,
                           capture_output=True, text=True).stdout
    return re.sub(".\b", "", shown)


def commands_of(text):
    """Lines after a prompt, each joined to the lines that a backslash continues."""
    joined = re.sub(r" \\\n +", " ", text)
    return [m[1].rstrip() for m in re.finditer(r"(?m)^ +[$#] (.+)$", joined)]


def examples():
    """Returns each command once, in order."""
    found = []
    overview = subprocess.run([lab.SYNACKCTL, "--help"], check=True, capture_output=True,
                              text=True).stdout
    for verb in re.findall(r"^  ([a-z]+)", overview, re.M):
        for width in "80", "60":
            found += commands_of(subprocess.run([lab.SYNACKCTL, verb, "--help"], check=True,
                                                capture_output=True, text=True,
                                                env={"COLUMNS": width}).stdout)
    for page in PAGES:
        found += commands_of(rendered(page))
    for document in DOCUMENTS:
        found += commands_of(document.read_text())
    return list(dict.fromkeys(found))


def words_of(text):
    """Counts words, but no numbers: these differ in each run."""
    return collections.Counter(re.findall(r"[A-Za-z][A-Za-z-]{2,}", text))


def blocks(page):
    """Yields the literal blocks of a page, without mdoc's escapes."""
    source = (MAN / page).read_text()
    for block in re.findall(r"(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed", source):
        yield block.replace("\\(dq", '"').replace("\\e", "\\").replace("\\-", "-").replace("\\&",
                                                                                           "")


def indented(text):
    """The indented blocks of a Markdown file."""
    found = re.findall(r"(?m)^    .*\n(?:\n*    .*\n)*", text)
    return [re.sub("(?m)^    ", "", block) for block in found]


def configs():
    """Returns each block that begins with a key of the top level of a config."""
    found = [block for page in PAGES for block in blocks(page)] + indented(README.read_text())
    return [block for block in found if re.match(r"[a-z_]+ = [({\"\d]", block)]


def scripts():
    """Returns each segment script, with the config that defines its behaviour."""
    found = [block for block in blocks("synackd-behaviours.5") if block.startswith("behaviour ")]
    return [(block, next(c for c in configs() if f" {block.split()[1]} = " in c))
            for block in found]


def matching(table, command):
    return next((pattern for pattern in table if re.search(pattern, command)), None)


def has_client(session):
    """Returns true if a client of `judge` runs in this session."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            belongs = os.getsid(int(entry.name)) == session
            words = (entry / "cmdline").read_bytes() if belongs else b""
        except OSError:
            continue
        if re.search(rb"--be-client|^/bin/bash\0.*my-client|^ncat\0", words):
            return True
    return False


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False, sample=0)  # no sample of a packet
        cls.addClassCleanup(cls.lab.close)
        lab.run("ip", "-n", cls.lab.server, "addr", "add", "192.0.2.7/32", "dev", "lo")
        cls.place = cls.lab.directory / "here"
        cls.place.mkdir()
        cls.make_files()
        cls.lab.start(cls.lab.write("synackd.conf", CONFIG))
        cls.used = set()

    @classmethod
    def make_files(cls):
        """The files that the examples use."""
        for folder in "conf", "tests":
            (cls.place / folder).symlink_to(lab.SOURCE / folder)
        (cls.place / "hosts").write_text("127.0.0.1 localhost\n")
        (cls.place / "mine.conf").write_text(CONFIG.replace("here/", ""))
        shutil.copy(lab.SOURCE / "tests/captures/kb172983-open.client.pcap",
                    cls.place / "client.pcap")
        (cls.place / "second-try.conf").write_text(scripts()[0][1])
        for card in "linux.json", "lwip.json":
            (cls.place / card).write_text(json.dumps({"requirements": []}))
        for name, text in PROGRAMS.items():
            program = cls.place / name
            program.write_text(text)
            program.chmod(0o755)

    def connection(self):
        """Opens a connection. Returns its ID."""
        sock = socket.create_connection(("192.0.2.7", 6002), timeout=lab.PATIENCE)
        self.addCleanup(sock.close)
        name = "%s:%d" % sock.getsockname()
        found = [c["id"] for c in self.lab.ctl("connections") if c["client"] == name]
        self.assertEqual(len(found), 1)
        return str(found[0])

    def start(self, command, output):
        """Runs a command in a shell, with an /etc/hosts of its own."""
        if re.search(r"\b17\b", command):
            command = re.sub(r"\b17\b", self.connection(), command)
        shell = f"mount --bind {self.place}/hosts /etc/hosts && exec bash -c \"$0\""
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", shell, command], cwd=self.place, text=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": f"{self.place}:{PATH}:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
                 "SYNACKD_CONTROL": str(self.lab.control), "HOME": str(self.place)})

    def run_one(self, command, number):
        """Returns the exit code and the output."""
        lasting = matching(LASTING, command)
        path = self.place / f"said-{number}"
        with open(path, "w") as output:
            done = self.start(command, output)
        if lasting:
            self.used.add(lasting)
            self.interrupt(done, command)
        code = done.wait(120)
        return code, path.read_text()

    def interrupt(self, done, command):
        """Interrupts a suite once it has a client, and a follower once it follows."""
        if "judge" in command:
            lab.wait_for("a client", lambda: has_client(done.pid))
        else:
            lab.wait_for("a follower", lambda: self.lab.ctl("status")["followers"])
        os.killpg(done.pid, signal.SIGINT)

    def check(self, command, code, said):
        lasting, other = matching(LASTING, command), matching(CODES, command)
        if lasting:
            words, expected = LASTING[lasting]
            self.assertIn(words, said, command)
            self.assertIn(code, (expected, -signal.SIGINT), (command, said))
            return
        self.used.add(other)
        self.assertEqual(code, CODES.get(other, 0), f"{command}\n{said}")

    def test_each_command(self):
        found = examples()
        self.assertGreater(len(found), 40, found)
        for number, command in enumerate(found):
            elsewhere = matching(ELSEWHERE, command)
            if elsewhere:
                self.used.add(elsewhere)
                print(f"not run: {command}: {ELSEWHERE[elsewhere]}")
                continue
            with self.subTest(command):
                self.check(command, *self.run_one(command, number))
        stale = {*ELSEWHERE, *LASTING, *CODES} - self.used
        self.assertEqual(stale, set(), "patterns without an example")
        print(f"{len(found)} examples")

    def test_outputs_in_the_readme(self):
        """README.md shows the words that its commands print, at 100 columns with the indentation."""
        shown = [re.match(r"\$ (.+)\n((?!\$ )(?s:.+))", block) for block in
                 indented(README.read_text())]
        shown = [match for match in shown if match]
        self.assertEqual(len(shown), 2)
        for number, (command, output) in enumerate(match.groups() for match in shown):
            _, said = self.run_one(f"COLUMNS=96 {command}", f"shown-{number}")
            self.assertEqual(words_of(output) - words_of(said), collections.Counter(), said)

    def test_each_config(self):
        found = configs()
        self.assertGreater(len(found), 10)
        for text in found:
            path = self.lab.write("example.conf", f'load = ( "{lab.CONF}/behaviours/*.conf" );\n'
                                  + text)
            done = subprocess.run([lab.SYNACKD, "--config", path, "--check-config"],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, text + done.stderr)

    def test_each_script(self):
        found = scripts()
        self.assertGreater(len(found), 0)
        for text, config in found:
            script, own = self.lab.write("example.pkt", text), self.lab.write("own.conf", config)
            done = subprocess.run([lab.BUILD / "tests/script_runner", "--load", own, script],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, text + done.stdout + done.stderr)


class Report(unittest.TestCase):
    """The unit test in synackd.conf(5), with the config above it."""

    def setUp(self):
        self.lab = lab.Lab(type(self).__name__, veth=False, sample=0)
        self.addCleanup(self.lab.close)
        lab.run("ip", "-n", self.lab.server, "addr", "add", "192.0.2.10/32", "dev", "lo")

    def test_the_unit_test(self):
        config = next(block for block in configs() if 'service = "report"' in block)
        source = (MAN / "synackd.conf.5").read_text()
        program, = re.findall(r"(?ms)^\.Bd -unfilled.*?\n(import .*?)^\.Ed", source)
        self.lab.start(self.lab.write("synackd.conf", f"""
            load = ( "{lab.CONF}/behaviours/*.conf" );
            clients = ( "192.0.2.0/24" );
            {config}"""))
        self.lab.write("test_client.py", program)
        done = subprocess.run(["python3", "-m", "unittest", "test_client"],
                              cwd=self.lab.directory, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Ran 1 test", done.stderr)


if __name__ == "__main__":
    lab.main()
