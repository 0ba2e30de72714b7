#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Features that are unavailable on lo: there the kernel overwrites fields of IPv4 headers, and an
ICMP too-big of 127.0.0.1 applies to the whole host."""
import socket
import subprocess
import unittest

from lib import frames, lab

TCP_MAXSEG = 2
BEHAVIOURS = '''
behaviours = {
  short = { summary = "A wrong IP length"; rules = ( { on = "send SYN-ACK";
    set = { ip_len = 39; }; } ); };
  no-df = { summary = "Without DF, with an id of 0"; rules = ( { on = "send SYN-ACK";
    set = { df = false; }; } ); };
  numbered = { summary = "Without DF, with an id"; use = { df = false; ip_id = 7; }; };
  ip-sum = { summary = "A wrong IP checksum"; rules = ( { on = "enter ESTABLISHED";
    emit = ( ". snd.nxt:snd.nxt(0) ack rcv.nxt [ipcksum 1]" ); } ); };
  big = { summary = "Too big"; rules = ( { on = "receive DATA";
    if = { nth = 1; per = "connection"; }; emit = ( { icmp = "too-big"; mtu = 600; } ); } ); };
};
'''
LENGTH = "over IPv4 on lo the kernel rewrites the IP length; "
ID = "over IPv4 on lo the kernel rewrites an IP id of 0; "
SUM = "over IPv4 on lo the kernel rewrites the IP header checksum; "
ELSEWHERE = "give the endpoint an IPv4 address of another interface"
LACKS = "part of the behaviour does not reach clients: "
TOO_BIG = "such as 127.7.0.1"


def endpoint(name, address, port, behaviour):
    return (f'{{ name = "{name}"; address = "{address}"; ports = "{port}"; service = "echo"; '
            f'behaviour = "{behaviour}"; }}')


def endpoints(*lines):
    return BEHAVIOURS + "endpoints = (\n" + ",\n".join(lines) + " );\n"


class Marks(unittest.TestCase):
    """The warnings, in a namespace with lo and a veth."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(endpoints(
            endpoint("lo4", "127.0.0.1", 7000, "short"), endpoint("lo6", "::1", 7000, "short"),
            endpoint("alone", "127.0.0.1", 7001, "short+opt-none"),
            endpoint("id", "127.0.0.1", 7002, "no-df"), endpoint("id6", "::1", 7002, "no-df"),
            endpoint("sum", "127.7.0.1", 7003, "ip-sum"),
            endpoint("all", "127.0.0.1", 7004, "short+ip-sum+no-df"),
            endpoint("veth", "10.77.0.1", 7003, "ip-sum"),
            endpoint("beside", "10.77.0.9", 7004, "short+no-df"),
            endpoint("numbered", "127.0.0.1", 7005, "numbered"),
            endpoint("tail", "127.0.0.1", 7007, "ip-trailer"),
            endpoint("tail6", "::1", 7007, "ip-trailer"),
            endpoint("headers", "127.0.0.1", 7008, "ip6-ext"),
            endpoint("options6", "::1", 7008, "ip-options"),
            endpoint("plain", "127.0.0.1", 7006, "accept"))))

    def tearDown(self):
        self.lab.ctl("reset")

    def marks(self):
        return {e["name"]: e["unavailable"] for e in self.lab.ctl("endpoints")}

    def test_the_unavailable_endpoints(self):
        self.assertEqual(self.marks(), {
            "lo4": LENGTH + "available at ::1 port 7000 (lo6)", "lo6": None,
            "alone": LENGTH + "give the endpoint ::1, or an address of another interface",
            "id": ID + ELSEWHERE,  # IPv6 has no ID field
            "id6": None,
            "sum": SUM + "available at 10.77.0.1 port 7003 (veth)",
            "all": "over IPv4 on lo the kernel rewrites the IP length and the IP header checksum "
                   "and an IP id of 0; " + ELSEWHERE,
            "tail": LENGTH + "available at ::1 port 7007 (tail6)", "tail6": None,
            "headers": "IPv4 has no extension header: give the endpoint an IPv6 address",
            "options6": "IPv6 has no IP option: give the endpoint an IPv4 address",
            "veth": None, "beside": None, "numbered": None, "plain": None})
        self.assertEqual([e["problem"] for e in self.lab.ctl("endpoints") if e["problem"]], [])

    def test_the_warnings_in_words(self):
        text = self.lab.ctl_raw("endpoints").stdout
        line = next(line for line in text.splitlines() if line.startswith("lo4 "))
        self.assertIn("the kernel rewrites the IP length", line)
        self.assertEqual(text.count("the kernel rewrites"), 6)

    def test_set_warns(self):
        done = self.lab.ctl_raw("set", "plain", "short")
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"plain: part of the behaviour does not reach clients: {LENGTH}available at",
                      done.stdout)
        self.assertIn(LENGTH, self.marks()["plain"])
        self.assertEqual(self.lab.ctl("set", "plain", "numbered")["unavailable"], None)
        self.assertNotIn("reaches", self.lab.ctl_raw("set", "plain", "refuse").stdout)

    def test_add_warns(self):
        done = self.lab.ctl_raw("add", "more", "127.0.0.9", "7000", "ip-sum")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"more: part of the behaviour does not reach clients: {SUM}", done.stdout)

    def test_next_warns(self):
        for words, said in (
                (("127.0.0.1", "short", "--endpoint", "plain"),
                 f"at plain, {LACKS}{LENGTH}available at ::1 port 7000 (lo6)"),
                (("127.0.0.0/8", "ip-sum"), f"at lo4, {LACKS}{SUM}available at"),
                (("::1", "ip-options", "--endpoint", "lo6"), f"at lo6, {LACKS}IPv6 has no IP "
                 "option"),
                (("::1", "short"), None), (("127.0.0.1", "refuse"), None),
                (("10.77.0.2", "short"), None)):  # a client on the veth
            done = self.lab.ctl_raw("next", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr[:len(said) + 9] if said else done.stderr,
                             f"warning: {said}" if said else "", done)
        self.lab.ctl("next", "--cancel")

    def test_the_remedy_names_only_endpoints_that_answer(self):
        self.lab.ctl("remove", "lo6")
        self.assertEqual(self.marks()["lo4"], LENGTH + "give the endpoint ::1, or an address of "
                         "another interface")
        self.lab.ctl("set", "veth", "short")
        self.assertEqual(self.marks()["lo4"],
                         LENGTH + "available at 10.77.0.1 port 7003 (veth)")

    def test_the_remedy_works(self):
        sums = []

        def take(frame):
            if frames.is_tcp(frame) and frames.Segment(frame[14:]).sport == 7003:
                sums.append(frame[24:26])
        watch = frames.Watch("eth0", take)
        with socket.create_connection((self.lab.v4, 7003), 5):
            lab.wait_for("the wrong sum", lambda: b"\0\1" in sums)
        watch.stop()

    def test_it_answers_all_the_same(self):
        for name, port in ("lo4", 7000), ("id", 7002), ("all", 7004), ("tail", 7007):
            done = subprocess.run(["ip", "netns", "exec", self.lab.server, "ncat", "127.0.0.1",
                                   str(port)], input="here", text=True, capture_output=True,
                                  timeout=lab.PATIENCE)
            self.assertEqual(done.stdout, "here", name)


class Wire(unittest.TestCase):
    """The wire: the warnings describe exactly the behaviour of this kernel."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.__name__, veth=False)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start(cls.lab.config(endpoints(
            endpoint("lo4", "127.0.0.1", 7000, "short"), endpoint("lo6", "::1", 7000, "short"),
            endpoint("id", "127.0.0.1", 7002, "no-df"),
            endpoint("numbered", "127.0.0.1", 7005, "numbered"),
            endpoint("options", "127.0.0.1", 7008, "ip-options"),
            endpoint("plain", "127.0.0.1", 7006, "accept"))))

    def syn_ack(self, address, port):
        """Returns the IP header of the SYN-ACK."""
        seen = []

        def take(frame):
            if frames.is_tcp(frame):
                s = frames.Segment(frame[14:])
                if s.sport == port and s.flags == frames.SYN | frames.ACK:
                    seen.append(frame[14:])
            return bool(seen)
        watch = frames.Watch("lo", take)
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
            s.setblocking(False)
            s.connect_ex((address, port))
            lab.wait_for("a SYN-ACK", lambda: seen)
        watch.stop()
        return seen[0]

    def test_lengths(self):
        packet = self.syn_ack("127.0.0.1", 7000)
        self.assertEqual(int.from_bytes(packet[2:4], "big"), len(packet))
        self.assertEqual(frames.checksum(packet[:20]), 0)
        packet = self.syn_ack("::1", 7000)
        self.assertEqual(int.from_bytes(packet[4:6], "big"), 39)
        self.assertEqual(len(packet), 80)

    def test_options(self):
        packet = self.syn_ack("127.0.0.1", 7008)
        self.assertEqual(packet[0], 0x4d)
        self.assertEqual(packet[20:24], b"\xde\x04\0\0")
        self.assertEqual(frames.checksum(packet[:52]), 0)

    def test_ids(self):
        def number(port):
            return int.from_bytes(self.syn_ack("127.0.0.1", port)[4:6], "big")
        self.assertTrue(any(number(7002) for _ in range(3)))  # 0 is one of 65,536 values
        self.assertEqual(number(7005), 7)
        self.assertEqual(number(7006), 0)  # with DF


class TooBig(unittest.TestCase):
    def setUp(self):
        self.lab = lab.Lab(self.id().removeprefix("__main__."), veth=False)
        self.addCleanup(self.lab.close)

    def test_no_config_has_it_at_an_address_of_others(self):
        for address in "127.0.0.1", "::1":
            path = self.lab.config(endpoints(endpoint("a", "127.7.0.1", 80, "big"),
                                             endpoint("b", address, 80, "big")))
            line = next(i for i, text in enumerate(path.read_text().splitlines(), 1)
                        if 'name = "b"' in text)
            done = subprocess.run([lab.SYNACKD, "--config", path, "--check-config"], text=True,
                                  capture_output=True)
            self.assertEqual(done.returncode, 78)
            self.assertIn(f"{path}:{line}: endpoints[1].behaviour: ", done.stderr)
            self.assertIn(TOO_BIG, done.stderr)
            self.assertNotIn("endpoints[0]", done.stderr)
        self.lab.start(self.lab.config(endpoints(endpoint("a", "127.7.0.1", 80, "big"))))
        socket.create_connection(("127.7.0.1", 80), 5).close()

    def test_nor_is_it_put_there_live(self):
        self.lab.start(self.lab.config(endpoints(endpoint("a", "127.0.0.1", 80, "accept"),
                                                 endpoint("b", "127.7.0.1", 80, "accept"))))
        for words in (("set", "a", "big"), ("add", "c", "::1", "80", "accept+big"),
                      ("next", "127.0.0.1", "big"),
                      ("next", "127.0.0.1", "big", "--endpoint", "a")):
            done = self.lab.ctl_raw(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(TOO_BIG, done.stderr)
        self.assertEqual(self.lab.ctl("endpoints")[0]["behaviour"], "accept")
        self.lab.ctl("set", "b", "big")
        self.lab.ctl("next", "127.0.0.1", "big", "--endpoint", "b")
        self.segments("127.0.0.1")

    def segments(self, address):
        """Returns the MSS that the client's kernel uses for a new connection."""
        with socket.create_connection((address, 80), 5) as sock:
            return sock.getsockopt(socket.IPPROTO_TCP, TCP_MAXSEG)

    def test_the_effect_of_too_big(self):
        """An error about another address leaves 127.0.0.1 unchanged."""
        self.lab.start(self.lab.config(endpoints(endpoint("a", "127.0.0.1", 80, "accept"),
                                                 endpoint("b", "127.7.0.1", 80, "big"))))
        before = self.segments("127.0.0.1")
        self.assertEqual(self.segments("127.7.0.1"), before)
        with socket.create_connection(("127.7.0.1", 80), 5) as sock:
            sock.sendall(b"x" * 1000)
            lab.wait_for("the client's kernel", lambda: sock.getsockopt(
                socket.IPPROTO_TCP, TCP_MAXSEG) < 600)
        self.assertLess(self.segments("127.7.0.1"), 600)
        self.assertEqual(self.segments("127.0.0.1"), before)


if __name__ == "__main__":
    lab.main()
