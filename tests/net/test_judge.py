#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`synackctl judge`, as an unprivileged user and with a running daemon; its output and its files;
`compare`, and `verdicts`."""
import concurrent.futures
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import unittest.mock

import junitparser

from lib import lab, tolerances
from lib.users import NOBODY, as_nobody, need_user_namespaces

# Clauses that suite connect must decide for the kernel, so that not every result is INCONCLUSIVE.
KEPT = """MUST-3 MUST-4 MUST-5 MUST-6 MUST-7 MUST-10 MUST-14 MUST-30 MUST-64 MUST-65 MUST-68
R9293-SS-ack R9293-SS-ackrst R9293-SS-rst R9293-SS-other R9293-SEQ R9293-ACK-future R9293-NOACK
R9293-FIN R9293-RSTGEN R5961-3.2a R5961-3.2b R5961-3.2c R5961-4.2 R5961-5.2 R7323-2.2a R7323-3.2a
R7323-3.2b R2018-2""".split()
# Clauses that some scenarios of suite full must decide.
KEPT_IN_FULL = """MUST-15 MUST-16 MUST-34 MUST-36 R9293-CLOSING R9293-TW-fin R7323-2.2b R7323-3.2d
R7323-5.3a R2018-4a""".split()
SOME_OF_FULL = """opt-none mss-value win-shrink win-zero-synack close-sim close-fin-again ws-synwin
ts-drop ts-old data-holes icmp-net""".split()
# Deviations of the kernel that profile linux-6.18 lists, and a suite that must find each.
KNOWN = {"MUST-56": "some", "R7323-3.2c": "some", "R6298-2.4": "soon", "R6298-5.5": "soon"}
# Linux sends its first SYNs at equal intervals: a quick violation of a MUST.
EVEN_SYNS = "R6298-5.5"
OWN = '''
suites = {
  calm = { summary = "one"; scenarios = ( { name = "good"; behaviour = "accept"; } ); };
  tiny = { summary = "two"; includes = "calm"; scenarios = (
    { name = "even"; behaviour = "synack-on-nth=4"; } ); };
  soon = { summary = "two that time out"; scenarios = (
    { name = "syn"; behaviour = "synack-on-nth=4"; },
    { name = "octets"; behaviour = "ack-none"; octets = 20000; stay = "3s"; } ); };
  said = { summary = "the report card of a client"; scenarios = (
    { name = "told"; behaviour = "accept"; octets = 123; stay = "1500ms"; pause = "250ms"; } ); };
};
profiles = ( { name = "even"; summary = "mine"; deviations = (
  { requirement = "R6298-5.5"; behaviour = "synack-on-nth";
    why = "four SYNs at even times"; } ); } );
'''


class Alone(unittest.TestCase):
    """Without root, without a daemon."""

    @classmethod
    def setUpClass(cls):
        cls.held = tempfile.TemporaryDirectory(prefix="synackd-test-")
        cls.addClassCleanup(cls.held.cleanup)
        cls.directory = pathlib.Path(cls.held.name)
        os.chown(cls.directory, NOBODY, NOBODY)
        (cls.directory / "own.conf").write_text(OWN)
        cls.silent, held = os.pipe()  # a terminal without input
        cls.addClassCleanup(os.close, cls.silent)
        cls.addClassCleanup(os.close, held)
        cls.start_long_runs()

    @classmethod
    def start_long_runs(cls):
        """The runs mostly wait, so they start together."""
        pool = concurrent.futures.ThreadPoolExecutor(8)
        cls.addClassCleanup(pool.shutdown)

        def start(*words, **more):
            return pool.submit(cls.run_ctl, *words, **more)
        own = "judge", "--load", "own.conf", "--suite", "tiny", "--kernel"
        cls.connect = start("--json", "judge", "--suite", "connect", "--kernel", "--profile",
                            "linux-6.18")
        cls.some = start("--json", "judge", "--suite", "full", "--scenario", ",".join(SOME_OF_FULL),
                         "--kernel", "--profile", "linux-6.18")
        cls.soon = start("--json", "judge", "--load", "own.conf", "--suite", "soon", "--kernel",
                         "--profile", "linux-6.18")
        cls.broken = start("--json", *own, "--junit", "j.xml", "--evidence", "evidence")
        cls.known = start("--json", *own, "--junit", "k.xml", "--profile", "even")
        cls.table, cls.tap = start(*own, locale="C"), start(*own, "--tap")

    @classmethod
    def run_ctl(cls, *words, locale="C.UTF-8"):
        held = cls.directory / f"held-{random.getrandbits(64):x}"
        held.mkdir(mode=0o777)
        held.chmod(0o777)
        begun = time.monotonic()
        answer = subprocess.run([lab.SYNACKCTL, *words], capture_output=True, text=True,
                                timeout=120, cwd=cls.directory, preexec_fn=as_nobody,
                                stdin=cls.silent,
                                env={"PATH": "/usr/bin:/bin", "TMPDIR": str(held),
                                     "LC_ALL": locale})
        answer.took = time.monotonic() - begun
        held.rmdir()  # `judge` leaves nothing there
        return answer

    def ctl(self, *words, code=0):
        return self.expect(code, self.run_ctl(*words))

    def expect(self, code, answer):
        self.assertEqual(answer.returncode, code, answer)
        return answer

    def card_of(self, answer, code=0):
        return json.loads(self.expect(code, answer).stdout)

    def silent_card(self, suite, *words):
        """Returns the card of a client that never connects, which is an error."""
        answer = self.run_ctl("--json", "judge", "--load", "own.conf", "--suite", suite, *words)
        self.assertIn("no segment from the client", answer.stderr)
        return self.card_of(answer, 2)

    @staticmethod
    def results(card):
        return {row["requirement"]: row["result"] for row in card["requirements"]}

    def expect_passes(self, card, requirements):
        rows = {row["requirement"]: row for row in card["requirements"]}
        self.assertEqual([rows.get(i, i) for i in requirements
                          if i not in rows or rows[i]["result"] != "PASS"], [])

    def test_the_kernel_meets_suite_connect(self):
        answer = self.connect.result()
        card = self.card_of(answer)
        results = self.results(card)
        self.expect_passes(card, KEPT)
        self.assertNotIn("FAIL", results.values())
        self.assertLess(answer.took, tolerances.JUDGE_CONNECT)
        print(f"{len(card['scenarios'])} scenarios in {answer.took:.1f} s")

    def test_the_kernel_meets_some_of_suite_full(self):
        cards = {"some": self.card_of(self.some.result()), "soon": self.card_of(self.soon.result())}
        self.assertEqual({s["name"] for s in cards["some"]["scenarios"]}, set(SOME_OF_FULL))
        results = {name: self.results(card) for name, card in cards.items()}
        self.expect_passes(cards["some"], KEPT_IN_FULL)
        self.assertEqual({i: results[name].get(i) for i, name in KNOWN.items()},
                         dict.fromkeys(KNOWN, "FAIL (known)"))
        for result in results.values():
            self.assertNotIn("FAIL", result.values())

    def test_a_broken_must_and_its_reports(self):
        broken, known = self.card_of(self.broken.result(), 1), self.card_of(self.known.result())
        self.assertEqual(self.results(broken)[EVEN_SYNS], "FAIL")
        self.assertEqual(self.results(known)[EVEN_SYNS], "FAIL (known)")
        row = next(r for r in broken["requirements"] if r["requirement"] == EVEN_SYNS)
        self.assertEqual((row["scenario"], row["known"]), ("even", None))
        trace = broken["connections"][row["connection"]]["trace"]
        decide = [trace["segments"][number - 1] for number in row["segments"]]
        self.assertEqual({(s["direction"], s["notation"][0]) for s in decide}, {("in", "S")})
        self.check_junit("j.xml", broken, failures=[EVEN_SYNS])
        self.check_junit("k.xml", known, failures=[])
        self.check_evidence(trace)
        self.check_compare(broken, known)

    def check_junit(self, name, card, failures):
        suite = junitparser.JUnitXml.fromfile(str(self.directory / name))
        cases = {case.name.partition(":")[0]: case for case in suite}
        self.assertEqual(list(cases), list(self.results(card)))
        self.assertEqual((suite.tests, suite.failures, suite.errors),
                         (len(cases), len(failures), 0))
        kinds = {"FAIL": junitparser.Failure, "INCONCLUSIVE": junitparser.Skipped,
                 "ERROR": junitparser.Error}
        for requirement, result in self.results(card).items():
            self.assertEqual([type(r) for r in cases[requirement].result],
                             [kinds[result]] if result in kinds else [], requirement)

    def check_evidence(self, trace):
        path = self.directory / "evidence" / f"{EVEN_SYNS}.even.pcapng"
        read = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "tcp.flags"],
                              capture_output=True, text=True, check=True)
        flags = [int(word, 16) for word in read.stdout.split()]
        self.assertEqual(len(flags), len(trace["segments"]))
        self.assertEqual(flags[:4], [2] * 4)

    def check_compare(self, broken, known):
        (self.directory / "a.json").write_text(json.dumps(broken))
        (self.directory / "b.json").write_text(json.dumps(known))
        differ = json.loads(self.ctl("--json", "compare", "a.json", "b.json", code=1).stdout)
        both = self.results(broken), self.results(known)
        self.assertEqual({d["requirement"]: (d["a"], d["b"]) for d in differ},
                         {i: (r, both[1][i]) for i, r in both[0].items() if r != both[1][i]})
        self.assertIn(EVEN_SYNS, self.ctl("compare", "a.json", "b.json", code=1).stdout)
        self.assertEqual(self.ctl("compare", "b.json", "b.json").stdout,
                         "All verdicts are equal.\n")
        self.assertIn("own.conf", self.ctl("compare", "a.json", "own.conf", code=2).stderr)

    def test_the_table_and_the_ladder(self):
        said = self.expect(1, self.table.result()).stdout
        self.assertRegex(said, f"FAIL +{EVEN_SYNS} +RFC 6298 5 +The client MUST double")
        self.assertIn(f"{EVEN_SYNS} FAIL in even", said)
        self.assertTrue(said.isascii())

    def test_the_test_anything_protocol(self):
        said = self.expect(1, self.tap.result()).stdout
        (self.directory / "said.tap").write_text(said)
        lines = said.splitlines()
        self.assertEqual(lines[1], f"1..{len(lines) - 2}")
        self.assertEqual([re.match(r"not ok \d+ - (\S+)", s)[1] for s in lines
                          if s.startswith("not")], [EVEN_SYNS])
        proved = subprocess.run(["prove", "-e", "cat", "said.tap"], capture_output=True, text=True,
                                cwd=self.directory)
        self.assertIn("Failed 1/", proved.stdout + proved.stderr)
        self.assertNotIn("Parse errors", proved.stdout + proved.stderr)

    def test_the_variables_of_the_client(self):
        card = self.silent_card("said", "--", "sh", "-c",
                         'test "{address} {port} {host} {scenario} {octets} {stay} {pause}" = '
                         '"$SYNACK_ADDRESS $SYNACK_PORT $SYNACK_HOST $SYNACK_SCENARIO '
                         '$SYNACK_OCTETS $SYNACK_STAY $SYNACK_PAUSE" && '
                         'echo "{octets} {stay} {pause} $(id -u) $(cat)" >told; exit 9')
        self.assertEqual((self.directory / "told").read_text(),
                         f"123 1.500 0.250 {NOBODY} \n")
        self.assertEqual([s["exit"] for s in card["scenarios"]], [9])
        self.assertNotIn("FAIL", self.results(card).values())

    def test_a_client_that_does_nothing_breaks_nothing(self):
        results = self.results(self.silent_card("calm", "--", "true"))
        self.assertEqual(set(results.values()), {"INCONCLUSIVE"})
        answer = self.run_ctl("judge", "--load", "own.conf", "--suite", "calm", "--", "sh", "-c",
                              "echo no such host; exit 1")
        self.assertIn("it printed 'no such host'", self.expect(2, answer).stderr)
        self.assertRegex(answer.stdout, r"(?m)^(\d+) INCONCLUSIVE \(\1 no-data\)\.$")

    def test_words_of_any_kind_and_number(self):
        card = self.silent_card("calm", "--", "sh", "-c",
                                'test $# = 100 -a "$1" = "$2" || exit 126', "sh", *[b"\xff"] * 100)
        self.assertEqual([s["exit"] for s in card["scenarios"]], [0])
        self.assertTrue(card["client"].endswith("?"))

    def test_again_while_all_cores_are_busy(self):
        """Uses one scenario: all of them take minutes, and are started by hand."""
        done = subprocess.run([lab.SOURCE / "tests/net/judge-repeatedly", "--runs", "1", "--load",
                               self.directory / "own.conf", "--suite", "calm"],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r"(?m)^run 1: .* \d+ PASS$")
        self.assertRegex(done.stdout, r"\d+ of \d+ rows are equal in 2 runs")

    def interrupt(self, *words):
        """Interrupts a suite on the terminal after three clients have connected."""
        met = pathlib.Path(tempfile.mkdtemp(prefix="met-", dir=self.directory))
        met.chmod(0o777)
        client = f"exec 3<>/dev/tcp/{{address}}/{{port}}; touch {met}/{{scenario}}; read -t 600 <&3"
        judge = subprocess.Popen(
            [lab.SYNACKCTL, *words, "judge", "--suite", "transfer", "--jobs", "4", "--", "bash",
             "-c", client], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, cwd=self.directory, preexec_fn=as_nobody, stdin=self.silent,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        lab.wait_for("three clients", lambda: len(list(met.iterdir())) >= 3)
        os.killpg(judge.pid, signal.SIGINT)
        output, errors = judge.communicate(timeout=60)
        self.assertEqual((judge.returncode, errors), (130, ""), output)
        return output

    def test_interrupted_it_prints_the_card_so_far(self):
        card = json.loads(self.interrupt("--json"))
        self.assertTrue(card["interrupted"])
        self.assertEqual(len(card["scenarios"]), 50)
        self.assertGreater(len([s for s in card["scenarios"] if s["cut"]]), 40)
        self.assertGreaterEqual(len(card["connections"]), 3)
        self.assertIn("PASS", self.results(card).values())
        self.assertRegex(self.interrupt(), r"(?m)^Interrupted: \d+ of 50 scenarios were completed")
        self.assertFalse(self.card_of(self.connect.result())["interrupted"])

    def test_slips(self):
        for words, said in (
                (["--suite", "conect", "--kernel"], "did you mean 'connect'?"),
                (["--suite", "calm", "--scenario", "goood", "--kernel"], "did you mean 'good'?"),
                (["--suite", "calm", "--scenario", ",", "--kernel"], "--scenario accept,refuse"),
                (["--scenario", "nothing-like-it", "--kernel"], "/suites list the scenarios"),
                (["--suite", "calm"], "missing argument: give COMMAND after --, or use --kernel"),
                (["--suite", "calm", "--kernel", "--", "true"],
                 "unexpected argument 'true' with --kernel"),
                (["--live", "127.0.0.1", "--kernel"], "--load: unexpected option with --live"),
                (["--live", "127.0.0.1", "--seed", "7", "--kernel"],
                 "--seed: unexpected option with --live"),
                (["--suite", "calm", "--kernel", "--jobs", "0"], "--jobs"),
                (["--suite", "calm", "--kernel", "--profile", "linx-6.18"],
                 "did you mean 'linux-6.18'?"),
                (["--suite", "calm", "--kernel", "--junit", "nowhere/j.xml"], "nowhere/j.xml"),
                (["--suite", "calm", "--kernel", "--evidence", "own.conf"], "own.conf"),
                (["--suite", "calm", "--", "no-such-program"], "no-such-program: cannot execute")):
            answer = self.ctl("judge", "--load", "own.conf", *words, code=2)
            self.assertIn(said, answer.stderr)
            self.assertLessEqual(answer.stderr.count("\n"), 2, answer.stderr)
            self.assertEqual(answer.stdout, "")  # no scenario was run before

    def test_an_old_report_is_not_taken_for_a_new_one(self):
        report = self.directory / "old.xml"
        report.write_text("old")
        report.chmod(0o666)
        for words, left in (["--suite", "conect", "--kernel"], "old"), (
                ["--suite", "calm", "--", "no-such-program"], ""):
            self.ctl("judge", "--load", "own.conf", "--junit", "old.xml", *words, code=2)
            self.assertEqual(report.read_text(), left)

    def test_root_may_as_well_and_on_a_narrow_screen(self):
        done = subprocess.run([lab.SYNACKCTL, "judge", "--load", self.directory / "own.conf",
                               "--suite", "calm", "--kernel", "--ipv6", "--all"],
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, "COLUMNS": "80"})
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, "PASS +MUST-14")
        table, _, _ = done.stdout.partition("\n\n1")
        self.assertIn("RFC 9293 3.7.1", table)
        self.assertLessEqual(max(map(len, table.splitlines())), 80, table)


class SmallTrace(unittest.TestCase):
    """A daemon whose trace has room for some hundred segments."""

    def test_lost_segments_are_not_reported_as_missing(self):
        small = lab.Lab(type(self).__name__)
        self.addCleanup(small.close)
        small.write("own.conf", f'''
suites = {{ two = {{ summary = "one after the other"; scenarios = (
  {{ name = "first"; behaviour = "accept"; }},
  {{ name = "second"; behaviour = "accept"; service = "echo";
     octets = {random.randrange(400_000, 600_000)}; }} ); }}; }};
''')
        small.start(small.write("synackd.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf", "own.conf" );
clients = ( "10.77.0.0/24" );
trace_size = "64k";
'''))
        answer = small.ctl_raw("--json", "judge", "--suite", "two", "--live", small.v4, "--jobs",
                               "1", "--kernel")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertIn("'trace_size'", answer.stderr)
        rows = json.loads(answer.stdout)["requirements"]
        self.assertEqual({r["reason"] for r in rows if r["scenario"] is None}, {"capture-loss"})
        self.assertNotIn("FAIL", [r["result"] for r in rows])


class Live(unittest.TestCase):
    """Tests with a running daemon."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.write("own.conf", OWN)
        cls.lab.start(cls.lab.write("synackd.conf", f'''
load = ( "{lab.CONF}/behaviours/*.conf", "own.conf" );
clients = ( "10.77.0.0/24", "fd77::/64" );
endpoints = (
  {{ name = "open"; address = "{cls.lab.v4}"; ports = "7000"; }},
  {{ name = "six"; address = "{cls.lab.v6}"; ports = "7000"; }} );
'''))

    @staticmethod
    def connect(address, source=None):
        """Makes one connection, to its end. Returns the client's address for the judge."""
        with socket.create_connection((address, 7000), 5, source_address=source) as s:
            s.shutdown(socket.SHUT_WR)
            while s.recv(4096):
                pass
            return s.getsockname()

    def verdicts(self, *words):
        return self.lab.ctl("verdicts", *words)["connections"]

    def test_clients_that_came_by_themselves(self):
        ports = [random.randrange(20000, 30000), random.randrange(40000, 50000)]
        self.connect(self.lab.v4, ("10.77.0.2", ports[0]))
        self.connect(self.lab.v6, ("fd77::2", ports[1]))
        four, six = f"10.77.0.2:{ports[0]}", f"[fd77::2]:{ports[1]}"
        clients = [c["client"] for c in self.verdicts()]
        self.assertIn(four, clients)
        self.assertIn(six, clients)
        self.assertEqual(clients.index(four) + 1, clients.index(six))
        for words, there, absent in ((["--client", "10.77.0.0/24"], four, six),
                                     (["--client", "fd77::2"], six, four),
                                     (["--endpoint", "open"], four, six),
                                     (["--endpoint", "six"], six, four)):
            clients = [c["client"] for c in self.verdicts(*words)]
            self.assertIn(there, clients, words)
            self.assertNotIn(absent, clients, words)
        verdicts = {v["requirement"]: v["result"]
                    for v in self.verdicts("--client", "fd77::2")[-1]["verdicts"]}
        self.assertEqual((verdicts["MUST-14"], verdicts["R7323-3.2a"]), ("PASS", "PASS"))
        self.assertEqual(self.verdicts("--client", "10.78.0.0/16"), [])

    def test_only_relevant_verdicts_are_shown(self):
        self.connect(self.lab.v6)
        few = self.lab.ctl_raw("verdicts", "--endpoint", "six").stdout
        self.assertRegex(few, r"\d+ verdicts on \d+ connections? .*--all")
        self.assertNotIn("MUST-14", few)
        with unittest.mock.patch.dict(os.environ, COLUMNS="80"):
            narrow = self.lab.ctl_raw("verdicts", "--endpoint", "six", "--all").stdout
        self.assertLessEqual(max(map(len, narrow.splitlines())), 80, narrow)
        self.assertRegex(self.lab.ctl_raw("verdicts", "--endpoint", "six", "--all").stdout,
                         r"fd77::2.* six +PASS +MUST-14 +RFC 9293 3\.7\.1")

    def test_slips(self):
        for words, code, said in ((["--profile", "evn"], 2, "did you mean 'even'?"),
                                  (["--client", "10.77.0.0/99"], 2, "10.77.0.0/99"),
                                  (["word"], 2, "word")):
            answer = self.lab.ctl_raw("verdicts", *words)
            self.assertEqual(answer.returncode, code, answer)
            self.assertIn(said, answer.stderr)

    def judge(self, suite, *words, code=0):
        answer = self.lab.ctl_raw("--json", "judge", "--suite", suite, "--live", self.lab.v4,
                                  *words)
        self.assertEqual(answer.returncode, code, answer)
        return json.loads(answer.stdout)

    def test_judged_where_it_runs(self):
        before = self.lab.ctl("endpoints")
        card = self.judge("calm", "--kernel")
        self.assertEqual(self.lab.ctl("endpoints"), before)
        self.assertEqual({c["scenario"] for c in card["connections"]}, {"good"})
        self.assertEqual({r["result"] for r in card["requirements"]
                          if r["requirement"] in ("MUST-14", "MUST-65")}, {"PASS"})
        self.assertEqual(self.lab.ctl_raw("judge", "--suite", "calm", "--live", self.lab.v4, "--",
                                          "no-such-program").returncode, 2)
        self.assertEqual(self.lab.ctl("endpoints"), before)

    def test_interrupted_it_leaves_nothing(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            with self.subTest(number):
                self.check_interrupted(number)

    def check_interrupted(self, number):
        before = self.lab.ctl("endpoints")
        (self.lab.directory / "pid").unlink(missing_ok=True)
        run = subprocess.Popen([lab.SYNACKCTL, "--control", self.lab.control, "judge", "--suite",
                                "calm", "--live", self.lab.v4, "--", "sh", "-c",
                                "echo $$ >pid; exec sleep 60"], cwd=self.lab.directory,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        pid = lab.wait_for("the client", lambda: (self.lab.directory / "pid").exists() and
                           (self.lab.directory / "pid").read_text().strip())
        run.send_signal(number)
        output, errors = run.communicate(timeout=lab.PATIENCE)
        self.assertEqual((run.returncode, errors), (128 + number, ""))
        self.assertRegex(output, r"(?m)^Interrupted: 0 of 1 scenarios were completed")
        lab.wait_for("the client's end", lambda: not os.path.exists(f"/proc/{pid}"))
        self.assertEqual(self.lab.ctl("endpoints"), before)

    def test_an_address_that_cannot_be(self):
        answer = self.lab.ctl_raw("judge", "--suite", "calm", "--live", "198.51.100.7", "--kernel")
        self.assertEqual(answer.returncode, 2, answer)
        self.assertRegex(answer.stderr, "no scenario can be run: 198.51.100.7 is neither")

    def test_words_that_are_no_address(self):
        """The daemon is not asked. An option in place of the address is an error."""
        before = self.lab.ctl("endpoints")
        for word in "--suite", "10.0.0.0/24", "nowhere":
            answer = self.lab.ctl_raw("judge", "--kernel", "--live", word)
            self.assertEqual(answer.returncode, 2, answer)
            self.assertIn(f"--live: invalid address '{word}': expected an IPv4 or IPv6 address",
                          answer.stderr)
        self.assertEqual(self.lab.ctl("endpoints"), before)

    def test_no_daemon(self):
        answer = subprocess.run([lab.SYNACKCTL, "--control", self.lab.directory / "none", "judge",
                                 "--suite", "calm", "--kernel", "--live", self.lab.v4],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(answer.returncode, 2, answer)

    def test_a_stack_that_is_not_the_kernels(self):
        """lwIP loses its state when its program ends, so its ISNs start again: see its profile."""
        own = f"10.77.0.{random.randrange(100, 200)}"
        card = self.judge("calm", "--", lab.BUILD / "tests" / "lwip_client", "eth0", own,
                          "{address}", "{port}")
        self.assertEqual({c["client"].partition(":")[0] for c in card["connections"]}, {own})
        results = {r["requirement"]: r["result"] for r in card["requirements"]}
        self.assertEqual((results["MUST-14"], results["MUST-65"], results["R7323-3.2a"]),
                         ("PASS", "PASS", "INCONCLUSIVE"))
        self.assertNotIn("FAIL", results.values())


if __name__ == "__main__":
    need_user_namespaces()
    lab.main()
