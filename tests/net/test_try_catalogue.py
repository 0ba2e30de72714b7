#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`synackctl try` of each shipped behaviour, eight at a time, with a client and parameters with
which it acts soon: its segments and actions are marked in the JSON and in the pcapng. TRIALS lists
entries that require more than a client with one request; UNMARKED lists entries without marks, with
the reason."""
import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import time
import typing
import unittest

from lib import behaviours, lab, outcome
from lib.users import NOBODY, as_nobody, need_user_namespaces

AT_ONCE = 8
# With sanitizers one entry of four is tried, others in each run.
EVERY = 4 if lab.SANITIZED else 1
URL = "http://{host}/"

# Sends a request, reads the answer, and closes.
ASKS = ("curl", "-s", "-m", "1.5", "-o", "/dev/null", URL)
# Sends octets in several segments.
SENDS = ("curl", "-s", "-m", "1.5", "-o", "/dev/null", "-H", "Expect:", "-T", "/bin/sh", URL)
# Offers Fast Open.
OPENS_FAST = ("curl", "-s", "-m", "1.5", "-o", "/dev/null", "--tcp-fastopen", URL)
# Uses the same port again.
SAME_PORT = ("curl", "-s", "-m", "1.5", "-o", "/dev/null", "--local-port", "40000", URL)


class Trial(typing.NamedTuple):
    behaviour: str = ""    # the behaviour as given to `try`; "": the name
    client: tuple = ASKS
    service: str = "http"
    repeat: int = 1
    stay: str = "1s"
    sysctl: str = ""       # `NAME=VALUE` below net/ipv4, for the client; requires root


def holds(behaviour, **more):
    """The client sends a request to a server that does not answer, and waits."""
    return Trial(behaviour, service="discard", **more)


TRIALS = {
    "accecn-broken": Trial(sysctl="tcp_ecn=1"),
    "accept-quota": Trial("accept-quota=1", repeat=2),
    "ack-every-n": Trial(client=SENDS),
    "ask": holds("ask=20ms"),
    "close-active": holds("close-active=20ms"),
    "close-idle": holds("close-idle=20ms"),
    "close-leave": holds("close-leave=20ms"),
    "close-two-step": Trial("close-two-step=20ms"),
    "corrupt-rate": Trial("corrupt-rate=90%"),
    "data-after-client-fin": Trial("data-after-client-fin=20ms"),
    "ecn-blackhole": Trial(sysctl="tcp_ecn=1"),
    "ecn-reflect": Trial(sysctl="tcp_ecn=1"),
    "family-only": Trial("family-only=ipv6"),
    "fin-beyond": holds("fin-beyond=20ms"),
    "fin-no-ack-flag": holds("fin-no-ack-flag=20ms"),
    "flaky": Trial(repeat=3),
    "half-open-silent": holds("half-open-silent=20ms"),
    "icmp-toobig": Trial(client=SENDS),
    "keepalive": holds("keepalive=20ms"),
    "loss-rate": Trial("loss-rate=90%"),
    "old-synack": Trial(repeat=2),
    "port-reuse": Trial("port-reuse+close-active=0s", client=SAME_PORT, repeat=2),
    "restart": holds("restart=20ms"),
    "rst-bad-ack-est": holds("rst-bad-ack-est=20ms"),
    "rst-data": holds("rst-data(time=20ms)"),
    "rst-exact": holds("rst-exact=20ms"),
    "syn-in-est": holds("syn-in-est=20ms"),
    "tfo-ack-part": Trial(client=OPENS_FAST, repeat=2),
    "tfo-ack-syn-only": Trial(client=OPENS_FAST, repeat=2),
    "tfo-any": Trial(client=OPENS_FAST),
    "tfo-blackhole": Trial(client=OPENS_FAST, repeat=2),
    "tfo-cookie": Trial(client=OPENS_FAST),
    "ts-rst": holds("ts-rst=20ms"),
    "ws-unasked": Trial(sysctl="tcp_window_scaling=0"),
}

# Reasons why no segment and no action marks these.
UNMARKED = {
    "accept": "it is a server that conforms, with no rule and no setting",
    "close-half": "a FIN that is never sent leaves no trace",
}


def names():
    """Returns the names of all entries, each with the names of the entries that it extends or
    chooses."""
    made_of = {}
    for path in sorted((lab.SOURCE / "conf" / "behaviours").glob("*.conf")):
        text = path.read_text()
        for name in behaviours.entries(path.stem):
            body = re.search(rf"^  {name} = {{.*?^  }};", text, re.M | re.S)[0]
            parts = re.findall(r'(?:extends|among|behaviours = {[^}]*default) = "([^"]*)"', body)
            made_of[name] = {name, *re.findall(r"[a-z][a-z0-9-]+", " ".join(parts))}
    return made_of


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="synackd-test-")
        cls.addClassCleanup(cls.directory.cleanup)
        os.chown(cls.directory.name, NOBODY, NOBODY)
        cls.made_of = names()

    def run_try(self, name):
        """Returns the JSON output of `try` for the entry, and its pcapng."""
        trial = TRIALS.get(name, Trial())
        client = trial.client
        if trial.sysctl:
            key, value = trial.sysctl.split("=")
            client = ("sh", "-c", f'echo {value} >/proc/sys/net/ipv4/{key} && exec "$@"', "sh",
                      *client)
        pcap = pathlib.Path(self.directory.name) / f"{name}.pcapng"
        done = subprocess.run(
            [lab.SYNACKCTL, "--json", "try", trial.behaviour or name, "--service", trial.service,
             "--repeat", str(trial.repeat), "--stay", trial.stay, "--pcap", pcap, "--", *client],
            capture_output=True, text=True, timeout=60, cwd=self.directory.name,
            env={"PATH": "/usr/bin:/bin", "TMPDIR": self.directory.name, "LC_ALL": "C.UTF-8"},
            preexec_fn=None if trial.sysctl else as_nobody)
        self.assertTrue(done.stdout, f"{name}: {done.stderr}")
        return json.loads(done.stdout), pcap.read_bytes()

    def marks(self, name, told):
        """Returns the marks of the entry: of rules, settings, and actions."""
        own = self.made_of[name]
        for trace in told["traces"]:
            for part in trace["segments"] + trace["events"]:
                rules = set((part.get("rule") or "").split("+"))
                uses = {use.split(":")[0] for use in part.get("use", [])}
                if own & (rules | uses):
                    yield part

    def check(self, name):
        told, pcapng = self.run_try(name)
        marks = list(self.marks(name, told))
        if name in UNMARKED:
            self.assertEqual(marks, [], f"{name} leaves a mark: remove it from UNMARKED")
            return
        self.assertTrue(marks, f"{name} leaves no mark: add a client to TRIALS, or a reason "
                               f"to UNMARKED; {self.summary(told)}")
        if any(part.get("direction") != "out" or part["fate"] is None for part in marks):
            self.assertTrue(any(part.encode() in pcapng for part in self.made_of[name]),
                            f"{name}: no comment in the pcapng; {self.summary(told)}")

    @staticmethod
    def summary(told):
        return [(trace["state"], trace["due"], [s["notation"] for s in trace["segments"]])
                for trace in told["traces"]]

    def test_each_entry_leaves_a_mark(self):
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            running = {name: pool.submit(self.check, name)
                       for name in list(self.made_of)[random.randrange(EVERY)::EVERY]}
        for name, check in running.items():
            with self.subTest(name):
                check.result()
        print(f"{len(running)} behaviours in {time.monotonic() - begun:.1f} s")

    def test_the_tables_are_of_entries(self):
        self.assertEqual({*TRIALS, *UNMARKED} - set(self.made_of), set())
        self.assertEqual(set(TRIALS) & set(UNMARKED), set())


if __name__ == "__main__":
    need_user_namespaces()
    outcome.main()
