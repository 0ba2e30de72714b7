#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Clients whose TCP is not the kernel's: lwIP; and the table of stacks in conf/profiles."""
import concurrent.futures
import random
import re
import subprocess
import unittest

from lib import lab, stacks

LWIP = lab.BUILD / "tests" / "lwip_client"


class Lwip(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(f'''
catalogues = (
  {{ name = "4"; address = "{cls.lab.v4}"; base = 7000; service = "echo"; }},
  {{ name = "6"; address = "{cls.lab.v6}"; base = 7000; service = "echo"; }} );
'''))
        cls.ports = {e["name"]: int(e["ports"]) for e in cls.lab.ctl("endpoints")}

    def talk(self, behaviour, version, octets):
        """Returns the octets that the client sent, the octets that it received, and its error."""
        number = random.randrange(100, 200)
        own, address = {4: (f"10.77.0.{number}", self.lab.v4),
                        6: (f"fd77::{number}", self.lab.v6)}[version]
        sent = random.randbytes(octets)
        done = subprocess.run(
            [LWIP, "eth0", own, address, str(self.ports[f"{version}/{behaviour}"])],
            input=sent, capture_output=True, timeout=60)
        return sent, done.stdout, done.stderr.decode()

    def test_octets_go_both_ways(self):
        for version in 4, 6:
            for behaviour in "accept", "synack-dup", "opt-none", "mss-value=400", "close-two-step":
                with self.subTest(behaviour, version=version):
                    name, _, value = behaviour.partition("=")
                    self.lab.ctl("set", f"{version}/{name}", behaviour if value else name)
                    sent, got, said = self.talk(name, version, random.randrange(20000, 60000))
                    self.assertEqual((got, said), (sent, ""))

    def test_it_retransmits_its_syn(self):
        sent, got, said = self.talk("synack-on-nth", 4, 100)
        self.assertEqual((got, said), (sent, ""))
        syns = [s for s in self.lab.ctl("trace", "last")["segments"] if s["flags"] == "S"]
        self.assertEqual(len(syns), 3)

    def test_it_is_refused(self):
        for version in 4, 6:
            self.assertIn("connect", self.talk("refuse", version, 10)[2])

    def test_it_is_reset(self):
        self.assertIn("reset", self.talk("half-open-forget", 4, 10)[2])


class Judged(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # In a thread of its own, which enters another namespace.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            scenarios = "accept,bare-ack,data-no-ack-flag,rst-zero-window"
            cls.card = pool.submit(stacks.Lwip().judge, "--suite", "full", "--scenario",
                                   scenarios).result()
        cls.results = {row["requirement"]: row for row in cls.card["requirements"]}

    def test_lwip_deviates_exactly_as_its_profile_lists(self):
        bad = {name: row["result"] for name, row in self.results.items()
               if row["result"] in ("FAIL", "FAIL (known)", "WARN", "ERROR")}
        self.assertEqual(bad, {"R9293-SS-other": "FAIL (known)", "R9293-NOACK": "FAIL (known)"})

    def test_its_tcp_answers_when_its_connection_was_reset(self):
        for name in "MUST-66", "R9293-RSTGEN":
            self.assertEqual(self.results[name]["result"], "PASS", self.results[name])

    def test_the_table_has_each_clause_once(self):
        text = (lab.SOURCE / "conf/profiles/README.md").read_text()
        table = text.split("<!-- matrix-of-stacks -->")[1]
        there = re.findall(r"\b(?:MUST|SHLD|MAY|REC|R\d+)-[\w.-]+", table)
        self.assertCountEqual(there, self.results)


if __name__ == "__main__":
    lab.main()
