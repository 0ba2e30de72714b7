#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`synackctl try`, as an unprivileged user: a sandbox, a behaviour, a command."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from lib import frames, lab, outcome, tolerances
from lib.users import NOBODY, as_nobody, deny_unshare, need_user_namespaces, without

TWENTY = ["accept", "synack-delay=200ms", "synack-on-nth=2", "refuse", "rst-no-ack", "split-syn",
          "sim-open", "synack-dup", "synack-data", "accept-then-rst", "accept-then-fin", "opt-none",
          "mss-value=536", "ws-absent", "opt-len-zero", "ts-absent", "hdr-bad-cksum",
          "close-merged", "close-half", "synack-delay=100ms+mss-value=300"]


class Try(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="synackd-test-")
        cls.addClassCleanup(cls.directory.cleanup)
        os.chown(cls.directory.name, NOBODY, NOBODY)

    def run_try(self, *words, unprivileged=True, before=()):
        environment = {"PATH": "/usr/bin:/bin", "TMPDIR": self.directory.name, "LC_ALL": "C.UTF-8"}
        answer = subprocess.run([*before, lab.SYNACKCTL, "try", *words], capture_output=True,
                                text=True, timeout=60, env=environment, cwd=self.directory.name,
                                preexec_fn=as_nobody if unprivileged else None)
        self.assertEqual([p for p in os.listdir(self.directory.name) if "try-" in p], [])
        return answer

    def test_a_black_hole_ends_the_clients_patience(self):
        begun = time.monotonic()
        answer = self.run_try("synack-never", "--", "curl", "-sS", "-m", "2", "http://{host}/")
        self.assertLess(time.monotonic() - begun, 2 + tolerances.SLOW)
        self.assertEqual(answer.returncode, 28, answer)
        self.assertRegex(answer.stdout, r"curl exited with code 28 after 2\.\d s")
        self.assertIn("dropped", answer.stdout)
        self.assertIn("S 0:0(0) win", answer.stdout)

    def test_the_last_segment_is_drawn(self):
        answer = self.run_try("accept", "--", "curl", "-sS", "-o", "/dev/null", "http://{host}/")
        last = [line for line in answer.stdout.splitlines() if "├──" in line or "◀─" in line][-1]
        self.assertRegex(last, r"├── \. .*▶│ CLOSED$", answer.stdout)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            answer = subprocess.run([lab.SYNACKCTL, "try", "accept", "--", "true"], stdout=full,
                                    stderr=subprocess.PIPE, text=True, timeout=60,
                                    cwd=self.directory.name, preexec_fn=as_nobody)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("standard output: cannot write (", answer.stderr)

    def test_twenty_in_a_row(self):
        begun = time.monotonic()
        for behaviour in TWENTY:
            with self.subTest(behaviour):
                answer = self.run_try("--json", behaviour, "--stay", "50ms", "--", "curl",
                                      "-sSo", "/dev/null", "-m", "5", "http://{host}/")
                got = json.loads(answer.stdout)
                # "hello" in the SYN-ACK precedes the answer, which is then invalid HTTP.
                fails = behaviour in ("refuse", "accept-then-rst", "accept-then-fin", "synack-data")
                self.assertEqual(answer.returncode != 0, fails, answer.stderr)
                self.assertEqual(got["behaviour"], behaviour)
                self.assertEqual(got["trace"]["behaviour"], behaviour)
                # Each segment with a fate names its rule.
                self.assertEqual([s for s in got["trace"]["segments"] if s["fate"] and
                                  not s["rule"]], [])
                self.assertEqual(got["runs"][0]["exit"], answer.returncode)
        print(f"{len(TWENTY)} behaviours in {time.monotonic() - begun:.1f} s")

    def test_the_command_is_the_users_own(self):
        answer = self.run_try("accept", "--", "sh", "-c",
                              "id -u; id -g; grep -c . /proc/net/dev; "
                              "grep CapEff /proc/self/status; cat /etc/hosts; "
                              "echo {address} {port} {host} {{port}; exit 7")
        self.assertEqual(answer.returncode, 7, answer)
        lines = answer.stdout.splitlines()
        self.assertEqual(lines[:2], [str(NOBODY)] * 2)
        self.assertEqual(int(lines[2]), 2 + 3)  # two lines of heading; lo, and both ends
        self.assertEqual(int(lines[3].split()[1], 16), 0)
        self.assertIn("192.0.2.2 synack.test", lines)
        self.assertIn("192.0.2.2 80 synack.test {80", lines)
        self.assertIn("No segment of the command arrived at 192.0.2.2.", answer.stdout)

    def test_services_ports_and_families(self):
        client = ("import socket; s = socket.create_connection(('{host}', %s), 5); "
                  "s.sendall(b'hello'); print(s.recv(5).decode())")
        for more, port in ([], "{port}"), (["--ipv6"], "{port}"), ([], "54321"):
            answer = self.run_try("accept", "--service", "echo", *more, "--", "python3", "-c",
                                  client % port)
            self.assertEqual(answer.returncode, 0, answer)
            self.assertEqual(answer.stdout.splitlines()[0], "hello")
            self.assertIn("7 server" if port == "{port}" else "54321 server", answer.stdout)
            self.assertEqual("2001:db8::2" in answer.stdout, bool(more))

    def test_repeat_and_seed(self):
        answers = [json.loads(self.run_try("--json", "accept", "--seed", seed, "--repeat", "3",
                                           "--", "curl", "-sSo", "/dev/null",
                                           "http://{host}/").stdout)
                   for seed in ("7", "7", "8")]
        for answer in answers:
            self.assertEqual([run["exit"] for run in answer["runs"]], [0] * 3)
            self.assertEqual(answer["trace"]["id"], 3)
            self.assertEqual(([trace["id"] for trace in answer["traces"]], answer["untouched"]),
                             ([3], 2))
            self.assertIn(answer["seed"], (7, 8))
        first = self.run_try("hdr-bad-cksum", "--repeat", "2", "--", "true")
        self.assertIn("run 2: true exited with code 0", first.stdout)

    def curl(self, *words, more=()):
        """Returns the JSON output of `try`, with curl as the default command."""
        client = more or ("curl", "-sS", "-m", "5", "-o", "/dev/null", "http://{host}/")
        return json.loads(self.run_try("--json", *words, "--", *client).stdout)

    def test_it_waits_for_due_actions(self):
        begun = time.monotonic()
        [trace] = self.curl("close-two-step=300ms")["traces"]
        self.assertEqual([(e["text"], e["rule"]) for e in trace["events"] if e["kind"] == "note"],
                         [("close", "close-two-step")])
        self.assertEqual((trace["state"], trace["due"]), (None, []))
        self.assertEqual([s["flags"] for s in trace["segments"]][-2:], ["F.", "."])
        self.assertLess(time.monotonic() - begun, 0.3 + tolerances.SLOW)

    def test_actions_that_are_due_later_are_named(self):
        words = "close-two-step=40s", "--stay", "100ms"
        begun = time.monotonic()
        answer = self.run_try(*words, "--", "curl", "-sSo", "/dev/null", "http://{host}/")
        took = time.monotonic() - begun
        self.assertRegex(answer.stdout, r"\ndue: close-two-step: close at \+40\.\d s; "
                                        r"use --stay 4[01]s\n$")
        # It suffices for a next run that is half a second slower.
        stay = int(re.search(r"--stay (\d+)s", answer.stdout)[1])
        self.assertGreaterEqual(stay, 40 - took + 0.5)
        [trace] = self.curl(*words)["traces"]
        [due] = trace["due"]
        self.assertEqual((due["rule"], due["action"], due["repeats"], due["id"], trace["state"]),
                         ("close-two-step", "close", False, trace["id"], "CLOSE-WAIT"))
        # A state that no rule ends has no time.
        answer = self.run_try("close-half", "--stay", "100ms", "--", "curl", "-sSo", "/dev/null",
                              "http://{host}/")
        self.assertRegex(answer.stdout,
                         r"\nstill in CLOSE-WAIT, 1\d\d ms after the command ended; ")

    def test_a_held_syn_is_waited_for(self):
        [trace] = self.curl("synack-delay=600ms", more=(
            "curl", "-s", "-m", "0.2", "-o", "/dev/null", "http://{host}/"))["traces"]
        self.assertEqual([s["fate"] for s in trace["segments"]][:2], ["held", "released"])

    def test_connections_that_a_rule_touched(self):
        path = pathlib.Path(self.directory.name) / "several.pcapng"
        words = "accept-quota=1", "--repeat", "3", "--pcap", str(path)
        got = self.curl(*words)
        self.assertEqual([run["exit"] for run in got["runs"]], [0, 7, 7])
        self.assertEqual([len(trace["segments"]) for trace in got["traces"]], [2, 2])
        self.assertEqual({s["rule"] for trace in got["traces"] for s in trace["segments"]},
                         {"refuse"})
        self.assertEqual((got["untouched"], got["left_out"]), (1, 0))
        read = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.comment"],
                              capture_output=True, text=True, check=True)
        self.assertEqual(read.stdout.split("\n")[:-1], ["answered by refuse", "refuse"] * 2)
        answer = self.run_try(*words, "--", "curl", "-sSo", "/dev/null", "http://{host}/")
        self.assertEqual(answer.stdout.count("\nattempt "), 2, answer.stdout)
        self.assertIn("\n1 further connection that no rule touched.\n", answer.stdout)

    def test_the_seed_of_a_run_reproduces_it(self):
        words = ('flaky(behaviours="refuse,accept",by=chance)', "--repeat", "12", "--", "curl",
                 "-sSo", "/dev/null", "http://{host}/")
        first = self.run_try(*words)
        seed = re.search(r"^seed (\d+)$", first.stdout, re.MULTILINE).group(1)
        again = self.run_try(*words[:1], "--seed", seed, *words[1:])
        runs = [re.findall(r"curl exited with code (\d+)", answer.stdout)
                for answer in (first, again)]
        self.assertEqual(len(runs[0]), 12, first)
        self.assertEqual(*runs)

    def test_contradictions_are_reported(self):
        answer = self.run_try("synack-never+refuse", "--", "true")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(answer.stderr, "warning: 'synack-never' drops each SYN before 'refuse' "
                                        "receives it: write 'refuse' first\n")

    def test_pcapng(self):
        path = pathlib.Path(self.directory.name) / "try.pcapng"
        answer = self.run_try("accept-then-rst+win-one", "--pcap", str(path), "--", "curl", "-sS",
                              "http://{host}/")
        # The reset arrives before curl examines its connection, during its request, or during its
        # wait.
        self.assertIn(answer.returncode, (7, 55, 56), answer)
        read = subprocess.run(["tshark", "-r", path, "-o", "tcp.check_checksum:TRUE",
                               "-T", "fields", "-e", "ip.src", "-e", "tcp.flags",
                               "-e", "frame.comment", "-e", "tcp.checksum.status"],
                              capture_output=True, text=True, check=True)
        segments = [line.split("\t") for line in read.stdout.splitlines()]
        self.assertEqual([int(flags, 16) for _, flags, _, _ in segments[:2]],
                         [frames.SYN, frames.SYN | frames.ACK])
        resets = [s for s in segments if s[0] == "192.0.2.2" and int(s[1], 16) & frames.RST]
        self.assertEqual(segments[1][2], "use win-one: window")
        self.assertEqual(resets[0][2],
                         "accept-then-rst,before it, forget by accept-then-rst")
        self.assertEqual({s[3] for s in segments if s[0] == "192.0.2.2"}, {"1"})

    def test_slips(self):
        for words, code, said in (
                (["synak-never", "--", "true"], 2, "did you mean 'synack-never'?"),
                (["synack-delay=abc", "--", "true"], 2, "duration"),
                (["accept", "--service", "ech", "--", "true"], 2, "expected a service"),
                (["accept", "--service", "relay:no.invalid:80", "--", "true"], 2,
                 "synackctl: service: cannot resolve"),
                (["accept"], 2, "missing argument"),
                (["accept", "curl", "-s", "http://{host}/"], 2,
                 "unknown option '-s'; '--' must precede COMMAND"),
                (["accept", "--styx", "--", "true"], 2,
                 "unknown option '--styx'; 'synackctl try --help' lists"),
                (["accept", "--repeat", "0", "--", "true"], 2, "--repeat: invalid value '0'"),
                (["accept", "--stay", "soon", "--", "true"], 2, "--stay: invalid value 'soon'"),
                (["accept", "--pcap", "/no/where", "--", "echo", "ran"], 1,
                 "/no/where: cannot write ("),
                (["nosuch", "--", "true"], 2, "synackctl: unknown behaviour 'nosuch'; synackd-"),
                (["accept", "--load", "nowhere.conf", "--", "true"], 2, "synackctl: --load: "),
                (["accept", "--seed", "x", "--", "true"], 2, "synackctl: --seed: invalid value 'x'"),
                (["accept", "--seed", "9" * 20, "--", "true"], 2, "--seed: invalid value '9"),
                (["accept", "--", "no-such-program"], 127, "cannot execute")):
            answer = self.run_try(*words)
            self.assertEqual(answer.returncode, code, answer)
            self.assertIn(said, answer.stderr)
            self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
            self.assertNotIn("synackd.conf", answer.stderr)  # the user has none
            self.assertNotIn("ran", answer.stdout)

    def test_a_checksum_left_to_the_hardware_is_not_bad(self):
        answer = self.run_try("--json", "synack-delay=100ms", "--", "curl", "-sSo", "/dev/null",
                              "http://{host}/")
        segments = json.loads(answer.stdout)["trace"]["segments"]
        self.assertEqual([s["fate"] for s in segments[:2]], ["held", "released"])
        self.assertEqual([s["notation"] for s in segments if "cksum" in s["notation"]], [])

    def test_own_behaviours(self):
        own = pathlib.Path(self.directory.name) / "own.conf"
        own.write_text('behaviours = { mine = { summary = "No"; rules = ( { on = "receive SYN"; '
                       'drop = true; emit = ( "R. 0:0(0) ack seg.seq+seg.len" ); } ); }; };\n')
        answer = self.run_try("mine", "--load", "own.conf", "--", "curl", "-sS", "http://{host}/")
        self.assertEqual(answer.returncode, 7, answer)

    def test_a_daemon_that_cannot_be_executed(self):
        place = pathlib.Path(self.directory.name) / "no-daemon"
        for folder in "bin", "sbin":
            (place / folder).mkdir(parents=True)
        program = shutil.copy(lab.SYNACKCTL, place / "bin")
        (place / "sbin/synackd").write_text("#!/no/such/interpreter\n")
        (place / "sbin/synackd").chmod(0o755)
        run = subprocess.run([program, "try", "accept", "--", "true"], capture_output=True,
                             text=True, timeout=60)
        self.assertEqual(run.returncode, 2, run)
        self.assertRegex(run.stderr, r"^synackctl: \S+/synackd: cannot execute \(No such file or "
                                     r"directory\): install synackd\n$")

    def test_where_namespaces_are_forbidden(self):
        forbid = ["unshare", "--user", f"--map-user={NOBODY}", "--keep-caps", "sh", "-c",
                  'echo 0 >/proc/sys/user/max_user_namespaces && TMPDIR=/tmp exec "$@"', "sh"]
        answer = self.run_try("accept", "--", "true", unprivileged=False, before=forbid)
        self.assertEqual(answer.returncode, 3, answer)
        self.assertIn("sudo sysctl -w user.max_user_namespaces", answer.stderr)
        self.assertIn("or run the command with sudo", answer.stderr)

    def test_where_a_filter_forbids_them(self):
        """For a user, and for root without all capabilities."""
        for how, more in ({"preexec_fn": deny_unshare(as_nobody)},
                          "or run the command with sudo"), (
                {"preexec_fn": deny_unshare()}, "root lacks CAP_SYS_ADMIN, and"):
            run = subprocess.run([*without("sys_admin"), lab.SYNACKCTL, "try", "accept", "--",
                                  "true"] if "root" in more else [
                                      lab.SYNACKCTL, "try", "accept", "--", "true"],
                                 capture_output=True, text=True, timeout=60, **how,
                                 env={"PATH": "/usr/bin:/bin", "TMPDIR": self.directory.name})
            self.assertEqual(run.returncode, 3, run)
            self.assertIn("a seccomp filter forbids unshare(2): ", run.stderr)
            self.assertIn("--security-opt seccomp=unconfined", run.stderr)
            self.assertIn(more, run.stderr)

    def refused_in_a_container(self, setting):
        """Runs as root that lacks CAP_SYS_ADMIN, with a sysctl of 0."""
        answer = self.run_try(
            "accept", "--", "true", unprivileged=False,
            before=["unshare", "--user", "--map-root-user", "sh", "-c",
                    f'echo 0 >/proc/sys/user/{setting} && TMPDIR=/tmp exec "$@"', "sh",
                    *without("sys_admin")])
        self.assertEqual(answer.returncode, 3, answer)
        self.assertIn("root lacks CAP_SYS_ADMIN, and cannot use a user namespace", answer.stderr)
        self.assertIn(f"sudo sysctl -w user.{setting}=10000", answer.stderr)
        self.assertIn("--cap-add", answer.stderr)

    def test_root_in_a_container_where_they_are_turned_off(self):
        for setting in "max_user_namespaces", "max_net_namespaces", "max_mnt_namespaces":
            self.refused_in_a_container(setting)

    def test_judge_in_a_container(self):
        judge = [lab.SYNACKCTL, "judge", "--suite", "connect", "--scenario", "opt-exp", "--kernel"]
        run = subprocess.run([*without("sys_admin"), *judge], capture_output=True, text=True,
                             timeout=60)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        run = subprocess.run([*without("sys_admin"), *judge], capture_output=True, text=True,
                             timeout=60, preexec_fn=deny_unshare())
        self.assertEqual(run.returncode, 2, run)
        self.assertIn("a seccomp filter forbids unshare(2): ", run.stderr)

    def test_root_in_a_container(self):
        """A user namespace replaces the missing rights of root; its user is unchanged, if it can be
        mapped."""
        for lacks, user in (("sys_admin", 0), ("net_admin", 0), ("net_raw", 0),
                            ("sys_admin,-setuid", 0), ("all,+setfcap", 0), ("all", NOBODY)):
            answer = self.run_try("refuse", "--", "sh", "-c", "id -u; curl -sS http://{host}/",
                                  unprivileged=False,
                                  before=[*without(lacks), "env", "TMPDIR=/tmp"])
            self.assertEqual(answer.returncode, 7, (lacks, answer))
            self.assertEqual(answer.stdout.splitlines()[0], str(user), lacks)
            self.assertIn("answered by refuse", answer.stdout)

    def begin(self, *command):
        """Starts a try that runs until it is ended. Returns it, and the pid that its command
        prints."""
        run = subprocess.Popen([lab.SYNACKCTL, "try", "synack-never", "--", "sh", "-c",
                                'echo $$; exec "$@"', "sh", *command], stdout=subprocess.PIPE,
                               text=True, preexec_fn=as_nobody, start_new_session=True,
                               env={"PATH": "/usr/bin:/bin", "TMPDIR": self.directory.name})
        self.addCleanup(run.stdout.close)
        return run, int(run.stdout.readline())

    def nothing_is_left(self, pid):
        lab.wait_for("the command's end", lambda: not os.path.exists(f"/proc/{pid}"))
        self.assertEqual([p for p in os.listdir(self.directory.name) if "try-" in p], [])

    def test_ctrl_c_is_the_commands(self):
        run, pid = self.begin("sleep", "60")
        os.killpg(run.pid, signal.SIGINT)
        self.assertEqual(run.wait(10), 130)
        self.nothing_is_left(pid)

    def test_other_signals_end_it_all(self):
        for number in signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
            run, pid = self.begin("sleep", "60")
            run.send_signal(number)
            self.assertEqual(run.wait(10), 128 + number)
            self.nothing_is_left(pid)

    def test_with_sudo_the_command_is_the_callers(self):
        for before in (), without("sys_admin"):
            run = subprocess.run([*before, lab.SYNACKCTL, "try", "accept", "--", "id", "-u"],
                                 capture_output=True, text=True, timeout=60,
                                 env={"PATH": "/usr/bin:/bin", "SUDO_UID": str(NOBODY),
                                      "SUDO_GID": str(NOBODY), "SUDO_USER": "nobody"})
            self.assertEqual(run.stdout.splitlines()[0], str(NOBODY), run)

    def test_a_long_directory(self):
        long = pathlib.Path(self.directory.name) / ("e" * 40)
        long.mkdir()
        os.chown(long, NOBODY, NOBODY)
        answer = self.run_try("accept", "--", "true", before=["env", f"TMPDIR={long}"])
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(list(long.iterdir()), [])

    def test_programs_of_the_build_tree_find_each_other(self):
        done = subprocess.run([lab.BUILD / "cli" / "synackctl", "try", "refuse", "--", "curl",
                               "-sS", "http://{host}/"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 7, done)

    def test_root_needs_no_user_namespace(self):
        answer = self.run_try("refuse", "--", "curl", "-sS", "http://{host}/", unprivileged=False)
        self.assertEqual(answer.returncode, 7, answer)
        self.assertIn("R. 0:0(0) ack 1", answer.stdout)


if __name__ == "__main__":
    need_user_namespaces()
    outcome.main()
