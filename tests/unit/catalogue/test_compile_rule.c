/* SPDX-License-Identifier: MIT */
/* One rule: every key in every form, and the errors for invalid ones. */
#include "definitions.h"

#include "behaviour/match.h"
#include "behaviour/set.h"
#include "tcp/state.h"

#include <stdio.h>
#include <string.h>

START_TEST(triggers)
{
	static const struct {
		const char *text;
		uint8_t trigger, class, state;
		nstime after;
	} cases[] = {
		{"receive SYN", ON_RECEIVE, CLASS_SYN, 0, 0},
		{"receive any", ON_RECEIVE, CLASS_ANY, 0, 0},
		{"send SYN-ACK", ON_SEND, CLASS_SYN_ACK, 0, 0},
		{"send ACK", ON_SEND, CLASS_ACK, 0, 0},
		{"send  ACK of FIN", ON_SEND, CLASS_ACK_OF_FIN, 0, 0},
		{"receive DATA", ON_RECEIVE, CLASS_DATA, 0, 0},
		{"send FIN", ON_SEND, CLASS_FIN, 0, 0},
		{"receive RST", ON_RECEIVE, CLASS_RST, 0, 0},
		{"send window update", ON_SEND, CLASS_WINDOW_UPDATE, 0, 0},
		{"enter CLOSED", ON_ENTER, 0, STATE_CLOSED, 0},
		{"every 1ms in ESTABLISHED", ON_AFTER, 0, STATE_ESTABLISHED, NS_PER_MS},
		{"idle 5s in ESTABLISHED", ON_AFTER, 0, STATE_ESTABLISHED, 5 * NS_PER_S},
		{"after 980.4ms in CLOSE-WAIT", ON_AFTER, 0, STATE_CLOSE_WAIT, 980400 * NS_PER_US},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct ruleset *rs;
		char rule[128];

		snprintf(rule, sizeof(rule), "{ on = \"%s\"; emit = (); }", cases[i].text);
		rs = one_rule(rule);
		ck_assert_uint_eq(rs->rule->trigger, cases[i].trigger);
		ck_assert_uint_eq(rs->rule->class, cases[i].class);
		ck_assert_uint_eq(rs->rule->state, cases[i].state);
		ck_assert_int_eq(rs->rule->after, cases[i].after);
		ck_assert(rs->rule->idle == (strncmp(cases[i].text, "idle", 4) == 0));
		ck_assert(rs->rule->repeats ==
			  (rs->rule->idle || strncmp(cases[i].text, "every", 5) == 0));
		ruleset_put(rs);
	}
	one_wrong("{ drop = true; }",
		  ": missing key 'on': expected a trigger, as in on = \"receive SYN\"");
	one_wrong("{ on = \"recieve SYN\"; drop = true; }",
		  ".on: expected receive CLASS, send CLASS, enter STATE, after DURATION in STATE, "
		  "every DURATION in STATE, or idle DURATION in STATE, got 'recieve SYN'");
	one_wrong(
		"{ on = \"receive SYM\"; drop = true; }",
		".on: expected a class of segments (any, SYN, SYN-ACK, ACK, ACK of FIN, DATA, FIN, "
		"RST, window update), got 'SYM'; did you mean 'SYN'?");
	one_wrong("{ on = \"enter LISTEN\"; machine = \"close\"; }",
		  ".on: expected a state that a connection can enter, such as ESTABLISHED, got "
		  "'enter LISTEN'");
	one_wrong("{ on = \"every 0.5ms in CLOSED\"; machine = \"close\"; }",
		  ".on: expected a duration of at least 1ms, got 'every 0.5ms in CLOSED'");
	one_wrong("{ on = \"idle 0s in ESTABLISHED\"; machine = \"close\"; }",
		  ".on: expected a duration of at least 1ms, got 'idle 0s in ESTABLISHED'");
	one_wrong("{ on = \"after 3 in CLOSED\"; machine = \"close\"; }",
		  ".on: expected a duration such as 300ms or 3s before 'in', got 'after 3 in "
		  "CLOSED'");
}
END_TEST

START_TEST(fields_of_the_ip_layer)
{
	struct ruleset *rs = one_rule(
		"{ on = \"send any\"; set = { dscp = 46; flow = \"seg.seq\"; ip_len = \"-1\"; "
		"ip_options = \"nop\"; ip6_headers = \"hop\"; trailer = \"a\\\\x00\"; fragment = "
		"24; "
		"fragment_overlap = 8; fragment_reverse = true; }; }");
	const struct rule_ip *ip = rs->rule->set.ip;

	ck_assert_ptr_nonnull(ip);
	ck_assert(ip->has_dscp && ip->has_flow);
	ck_assert_uint_eq(ip->dscp, 46);
	ck_assert_uint_eq(ip->flow.var[0], VAR_SEG_SEQ);
	ck_assert(rs->rule->set.ip_len_adds);
	ck_assert_uint_eq(rs->rule->set.ip_len, 0xffff);
	ck_assert_uint_eq(ip->extras.parts,
			  EXTRA_OPTIONS | EXTRA_EXTENSIONS | EXTRA_TRAILER | EXTRA_FRAGMENTS);
	ck_assert_uint_eq(ip->extras.options_len, 1);
	ck_assert_uint_eq(ip->extras.extensions_len, 8);
	ck_assert_uint_eq(ip->extras.trailer_len, 2);
	ck_assert_uint_eq(ip->extras.fragments.size, 24);
	ck_assert_uint_eq(ip->extras.fragments.overlap, 8);
	ck_assert(ip->extras.fragments.reversed);
	ruleset_put(rs);
	rs = one_rule("{ on = \"send any\"; set = { ip_len = \"+100\"; }; }");
	ck_assert_ptr_null(rs->rule->set.ip);
	ck_assert_uint_eq(rs->rule->set.ip_len, 100);
	ruleset_put(rs);
#define SET(what) "{ on = \"send any\"; set = { " what " }; }"
	one_wrong(SET("ip_len = \"x\";"),
		  ".set.ip_len: expected a length from 0 to 65535, or a difference from the true "
		  "length, as in +100 or -1, got 'x'");
	one_wrong(SET("dscp = 64;"), ".set.dscp: expected a number from 0 to 63, got '64'");
	one_wrong(SET("flow = \"x\";"),
		  ".set.flow: expected an expression, as in 0x12345 or seg.seq, got 'x'");
	one_wrong(SET("fragment = 12;"),
		  ".set.fragment: expected a multiple of 8 from 8 to 1480, got '12'");
	one_wrong(SET("fragment_overlap = 8;"), ".set: missing key 'fragment': 'fragment_overlap' "
						"and 'fragment_reverse' require it");
	one_wrong(SET("fragment = 8; fragment_overlap = 8;"),
		  ".set.fragment_overlap: expected less than 'fragment'");
	one_wrong(SET("ip_option = \"nop\";"),
		  ".set.ip_option: unknown key 'ip_option'; did you mean 'ip_options'?");
#undef SET
	one_wrong("{ on = \"receive any\"; set = { ip_options = \"nop\"; }; }",
		  ".set: IP options, extension headers, trailers and fragments require a 'send' "
		  "rule");
}
END_TEST

START_TEST(conditions)
{
	static const struct {
		const char *text;
		uint32_t from, to;
	} nths[] = {{"1", 1, 1},
		    {"\"2-4\"", 2, 4},
		    {"\"<3\"", 1, 2},
		    {"\"<1\"", 1, 0},
		    {"\"<=3\"", 1, 3},
		    {"\">3\"", 4, UINT32_MAX},
		    {"\">=3\"", 3, UINT32_MAX}};
	struct ruleset *rs;
	char rule[256];

	for (size_t i = 0; i < COUNT_OF(nths); i++) {
		snprintf(rule, sizeof(rule),
			 "{ on = \"send any\"; if = { nth = %s; }; drop = true; }", nths[i].text);
		rs = one_rule(rule);
		ck_assert(rs->rule->cond.nth.given);
		ck_assert_uint_eq(rs->rule->cond.nth.from, nths[i].from);
		ck_assert_uint_eq(rs->rule->cond.nth.to, nths[i].to);
		ck_assert_uint_eq(rs->rule->cond.per, PER_CONNECTION);
		ruleset_put(rs);
	}
	rs = one_rule("{ on = \"receive any\"; drop = true; if = { nth = 2; per = \"endpoint\"; "
		      "state = \"LISTEN, SYN-SENT\"; client = \"192.0.2.0/24\"; "
		      "probability = \"25%\"; }; }");
	ck_assert_uint_eq(rs->rule->cond.per, PER_ENDPOINT);
	ck_assert_uint_eq(rs->rule->cond.states, 1 << STATE_LISTEN | 1 << STATE_SYN_SENT);
	ck_assert(rs->rule->cond.has_client);
	ck_assert_uint_eq(rs->rule->cond.client.bits, 120);
	ck_assert(rs->rule->cond.has_probability);
	ck_assert(rs->rule->cond.probability == 0.25);
	ruleset_put(rs);
	rs = one_rule("{ on = \"send any\"; drop = true; if = { state = \"not LISTEN, CLOSED\"; "
		      "client = \"not ipv6\"; }; }");
	ck_assert_uint_eq(rs->rule->cond.states,
			  ((1 << STATE_COUNT) - 1) & ~(1 << STATE_LISTEN | 1 << STATE_CLOSED));
	ck_assert(rs->rule->cond.has_client && rs->rule->cond.client_negated);
	ck_assert_uint_eq(rs->rule->cond.client.bits, 0);
	ruleset_put(rs);
	rs = one_rule(
		"{ on = \"send any\"; drop = true; if = { where = \"seg.len > 2, 1 = 1\"; }; }");
	ck_assert_uint_eq(rs->rule->cond.where->count, 2);
	ruleset_put(rs);
	rs = one_rule("{ on = \"send any\"; delay = \"1s\"; jitter = \"50ms\"; if = { nth = \"not "
		      "every 3\"; }; }");
	ck_assert_int_eq(rs->rule->jitter, 50 * NS_PER_MS);
	ck_assert_uint_eq(rs->rule->cond.nth.every, 3);
	ck_assert(rs->rule->cond.nth.negated);
	ruleset_put(rs);
	rs = one_rule("{ on = \"receive any\"; drop = true; if = { probability = 0.1; }; }");
	ck_assert(rs->rule->cond.probability == (double)0.1);
	ck_assert(!rs->rule->cond.nth.given);
	ck_assert_uint_eq(rs->rule->cond.states, 0);
	ruleset_put(rs);
}
END_TEST

START_TEST(invalid_conditions)
{
	static const char *const nths[] = {"0",        "-1",    "\"\"",   "\"4-2\"", "\"<\"",
					   "\"<2-3\"", "\"a\"", "\"1-\"", "\"=3\"",  "\"> 3\""};
	char rule[256], expected[256];

	for (size_t i = 0; i < COUNT_OF(nths); i++) {
		bool quoted = nths[i][0] == '"';

		snprintf(rule, sizeof(rule),
			 "{ on = \"send any\"; if = { nth = %s; }; drop = true; }", nths[i]);
		snprintf(expected, sizeof(expected),
			 ".if.nth: expected a count of at least 1, as in 1, 2-4, <3, >=3, every 2 "
			 "or not 5, got '%.*s'",
			 (int)strlen(nths[i]) - 2 * quoted, nths[i] + quoted);
		one_wrong(rule, expected);
	}
	one_wrong("{ on = \"send any\"; if = { where = \"seg.len\"; }; drop = true; }",
		  ".if.where: expected a comparison, as in snd.wnd = 0 (expected one of <, <=, =, "
		  "!=, >= and > between two expressions), got 'seg.len'");
	one_wrong("{ on = \"send any\"; if = { nth = 1; per = \"host\"; }; drop = true; }",
		  ".if.per: expected connection, attempt, tuple, client or endpoint, got 'host'");
	one_wrong("{ on = \"send any\"; if = { per = \"client\"; }; drop = true; }",
		  ".if.per: requires 'nth': 'per' is the scope of its count");
	one_wrong("{ on = \"send any\"; if = { state = \"OPEN\"; }; drop = true; }",
		  ".if.state: expected states separated by commas, as in 'LISTEN, SYN-RECEIVED' or "
		  "'not LISTEN', got 'OPEN'");
	one_wrong("{ on = \"send any\"; if = { state = \"not \"; }; drop = true; }",
		  ".if.state: expected states separated by commas, as in 'LISTEN, SYN-RECEIVED' or "
		  "'not LISTEN', got 'not '");
	one_wrong("{ on = \"send any\"; if = { state = \"LISTEN CLOSED\"; }; drop = true; }",
		  ".if.state: expected a comma between states, got 'LISTEN CLOSED'");
	one_wrong("{ on = \"send any\"; if = { client = \"10.0.0.1/8\"; }; drop = true; }",
		  ".if.client: expected 10.0.0.0/8 or 10.0.0.1, got '10.0.0.1/8', which has host "
		  "bits");
	one_wrong("{ on = \"send any\"; if = { probability = 1.5; }; drop = true; }",
		  ".if.probability: expected a probability, as in 0.25 or 25%, got '1.5'");
	one_wrong("{ on = \"send any\"; if = { probability = \"nan\"; }; drop = true; }",
		  ".if.probability: expected a probability, as in 0.25 or 25%, got 'nan'");
	one_wrong("{ on = \"enter ESTABLISHED\"; jitter = \"1s\"; machine = \"close\"; }",
		  ".jitter: requires a 'receive' or 'send' rule: this trigger has no segment");
	one_wrong("{ on = \"send any\"; if = { tnh = 1; }; drop = true; }",
		  ".if.tnh: unknown key 'tnh'; did you mean 'nth'?");
	one_wrong("{ on = \"send any\"; if = { with = \"E,ts\"; }; drop = true; }",
		  ".if.with: expected flags and options separated by commas, as in EW, AE, TS "
		  "(options: mss, wscale, sackOK, sack, TS, FO, MPTCP, other), got 'E,ts'");
	one_wrong("{ on = \"send any\"; if = { syn_with = \"E,\"; }; drop = true; }",
		  ".if.syn_with: expected flags and options separated by commas, as in EW, AE, TS "
		  "(options: mss, wscale, sackOK, sack, TS, FO, MPTCP, other), got 'E,'");
	one_wrong("{ on = \"enter CLOSED\"; if = { with = \"TS\"; }; machine = \"close\"; }",
		  ".if: 'with' and 'without' require a 'receive' or 'send' rule: this trigger has "
		  "no segment");
	one_wrong("{ on = \"send any\"; if = 3; drop = true; }",
		  ".if: expected a group, { KEY = VALUE; … }");
}
END_TEST

START_TEST(fields_to_overwrite)
{
	struct ruleset *rs = one_rule(
		"{ on = \"send any\"; set = { flags = \"S.\"; seq = \"iss-1\"; ack = \"irs\"; "
		"window = \"rcv.wnd+1\"; options = \"<mss 1460,raw fd00>\"; payload = "
		"\"a\\\\x00\"; "
		"checksum = \"0x1234\"; urgent = 1; reserved = 2; doff = 3; ttl = 4; tos = 5; "
		"ecn = \"ect0\"; df = true; ip_id = 0xD282; ip_len = 7; sport = 8; "
		"saddr = \"-2\"; }; }");
	const struct rule_set *s = &rs->rule->set;

	ck_assert_uint_eq(s->fields, (SET_SADDR << 1) - 1);
	ck_assert_uint_eq(s->flags, TCP_SYN | TCP_ACK);
	ck_assert_uint_eq(s->seq.terms, 1);
	ck_assert_int_eq(s->seq.constant, -1);
	ck_assert_uint_eq(s->ack.var[0], VAR_IRS);
	ck_assert_uint_eq(s->window.var[0], VAR_RCV_WND);
	ck_assert_uint_eq(s->options.len, 6);
	ck_assert_mem_eq(s->options.bytes, "\x02\x04\x05\xb4\xfd\x00", 6);
	ck_assert_uint_eq(s->len, 2);
	ck_assert_mem_eq(s->payload, "a\0", 2);
	ck_assert_uint_eq(s->checksum, CHECKSUM_FIXED);
	ck_assert_uint_eq(s->checksum_value, 0x1234);
	ck_assert_uint_eq(s->urgent, 1);
	ck_assert_uint_eq(s->reserved, 2);
	ck_assert_uint_eq(s->doff, 3);
	ck_assert_uint_eq(s->ttl, 4);
	ck_assert_uint_eq(s->tos, 5);
	ck_assert_uint_eq(s->ecn, 2);
	ck_assert(s->df);
	ck_assert_uint_eq(s->ip_id, 0xd282);
	ck_assert_uint_eq(s->ip_len, 7);
	ck_assert_uint_eq(s->sport, 8);
	ck_assert(s->source.relative);
	ck_assert_uint_eq(s->source.distance, UINT32_MAX - 1);
	ruleset_put(rs);
	rs = one_rule("{ on = \"send any\"; set = { checksum = \"bad\"; options = \"\"; "
		      "ecn = \"ce\"; df = false; flags = \"-\"; }; }");
	ck_assert_uint_eq(rs->rule->set.fields,
			  SET_CHECKSUM | SET_OPTIONS | SET_ECN | SET_DF | SET_FLAGS);
	ck_assert_uint_eq(rs->rule->set.checksum, CHECKSUM_BAD);
	ck_assert_uint_eq(rs->rule->set.ecn, 3);
	ck_assert_uint_eq(rs->rule->set.flags, 0);
	ruleset_put(rs);
}
END_TEST

/* Checks the address that `set` makes of the source 10.0.0.255, or fd00::1:ffff:ffff. */
static void source_is(const char *saddr, bool v4, const char *expected)
{
	struct expr_values values = {0};
	struct plan plan = {0};
	struct segment seg = {0};
	struct addr address;
	struct ruleset *rs;
	char rule[128];

	snprintf(rule, sizeof(rule), "{ on = \"send any\"; set = { saddr = \"%s\"; }; }", saddr);
	rs = one_rule(rule);
	addr_parse(v4 ? "10.0.0.255" : "fd00::1:ffff:ffff", &seg.src);
	rule_set_apply(&rs->rule->set, &values, &plan, &seg);
	addr_parse(expected, &address);
	ck_assert(addr_equal(&seg.src, &address));
	ruleset_put(rs);
	plan_free(&plan);
}

START_TEST(another_source)
{
	source_is("+1", true, "10.0.1.0");
	source_is("-0x100", true, "9.255.255.255");
	source_is("+1", false, "fd00::1:0:0");
	source_is("192.0.2.1", true, "192.0.2.1");
	source_is("192.0.2.1", false, "fd00::1:ffff:ffff"); /* another family: no change */
	source_is("2001:db8::1", false, "2001:db8::1");
	one_wrong("{ on = \"send any\"; set = { saddr = \"+\"; }; }",
		  ".set.saddr: expected an address, or a distance from the responder's, as in +1 "
		  "or -2, got "
		  "'+'");
	one_wrong("{ on = \"send any\"; set = { saddr = \"here\"; }; }",
		  ".set.saddr: expected an address, or a distance from the responder's, as in +1 "
		  "or -2, got "
		  "'here'");
}
END_TEST

START_TEST(stale_segments)
{
	struct ruleset *rs = one_rule("{ on = \"send any\"; delay = \"1s\"; stale = true; }");

	ck_assert(rs->rule->stale);
	ruleset_put(rs);
	one_wrong("{ on = \"send any\"; drop = true; stale = true; }",
		  ".stale: requires 'delay' or 'emit'");
}
END_TEST

START_TEST(invalid_fields)
{
#define SET(text) "{ on = \"send any\"; set = { " text "; }; }"
	one_wrong(SET("seq = \"snd.nxt-\""),
		  ".set.seq: expected a number, or one of iss, irs, snd.una, snd.nxt, snd.wnd, "
		  "rcv.nxt, rcv.wnd, seg.seq, seg.ack, seg.len, seg.wnd, seg.size, ts.val, "
		  "ts.recent (also with the prefix old.), got 'snd.nxt-'");
	one_wrong(SET("ack = \"irs x\""),
		  ".set.ack: expected a sequence expression that ends before ' x', got 'irs x'");
	one_wrong(SET("window = 65536"),
		  ".set.window: expected a window field from 0 to 65535, got '65536'");
	one_wrong(SET("checksum = \"good\""),
		  ".set.checksum: expected bad, zero or a number from 0 to 65535, got 'good'");
	one_wrong(SET("doff = 16"), ".set.doff: expected a number from 0 to 15, got '16'");
	one_wrong(SET("sport = 0"), ".set.sport: expected a number from 1 to 65535, got '0'");
	one_wrong(SET("ecn = \"ect2\""), ".set.ecn: expected none, ect1, ect0 or ce, got 'ect2'");
	one_wrong(SET("df = 1"), ".set.df: expected true or false, got '1'");
	one_wrong(SET("ttl = \"$n\""), ".set.ttl: unknown parameter 'n'");
	one_wrong(SET("windwo = 1"), ".set.windwo: unknown key 'windwo'; did you mean 'window'?");
#undef SET
}
END_TEST

START_TEST(actions_on_the_machine)
{
	struct ruleset *rs = one_rule("{ on = \"enter ESTABLISHED\"; machine = "
				      "( \"read pause\", \"window 65536\", \"silence\", "
				      "\"silence 3s\" ); }");

	ck_assert_uint_eq(rs->rule->machines, 4);
	ck_assert_uint_eq(rs->rule->machine[0].op, MACHINE_READ_PAUSE);
	ck_assert_uint_eq(rs->rule->machine[1].op, MACHINE_WINDOW);
	ck_assert_uint_eq(rs->rule->machine[1].number, 65536);
	ck_assert_uint_eq(rs->rule->machine[2].op, MACHINE_SILENCE);
	ck_assert_int_eq(rs->rule->machine[2].time, NS_NEVER);
	ck_assert_int_eq(rs->rule->machine[3].time, 3 * NS_PER_S);
	ruleset_put(rs);
	rs = one_rule("{ on = \"enter ESTABLISHED\"; machine = ( \"write pause\", \"window +10\", "
		      "\"write \\\"a after \\\\n\\\" after 1s\", \"write 30 after 2ms\" ); }");
	ck_assert_uint_eq(rs->rule->machine[0].op, MACHINE_WRITE_PAUSE);
	ck_assert_uint_eq(rs->rule->machine[1].number, 10);
	ck_assert(rs->rule->machine[1].more);
	ck_assert_int_eq(rs->rule->machine[1].wait, 0);
	ck_assert_uint_eq(rs->rule->machine[2].op, MACHINE_WRITE);
	ck_assert_uint_eq(rs->rule->machine[2].text_len, 9);
	ck_assert_mem_eq(rs->rule->machine[2].text, "a after \n", 9);
	ck_assert_int_eq(rs->rule->machine[2].wait, NS_PER_S);
	ck_assert_mem_eq(rs->rule->machine[3].text, "abcdefghijklmnopqrstuvwxyzabcd", 30);
	ck_assert_int_eq(rs->rule->machine[3].wait, 2 * NS_PER_MS);
	ruleset_put(rs);
	rs = one_rule("{ on = \"enter ESTABLISHED\"; machine = ( \"write hex:00 ff after 1s\", "
		      "\"write \\\"hex:00\\\"\" ); }");
	ck_assert_uint_eq(rs->rule->machine[0].text_len, 2);
	ck_assert_mem_eq(rs->rule->machine[0].text, "\x00\xff", 2);
	ck_assert_int_eq(rs->rule->machine[0].wait, NS_PER_S);
	ck_assert_uint_eq(rs->rule->machine[1].text_len, 1);
	ruleset_put(rs);
	rs = one_rule("{ on = \"enter ESTABLISHED\"; machine = ( \"shrink 0\", \"write resume\", "
		      "\"silence 1s after 2s\" ); }");
	ck_assert_uint_eq(rs->rule->machine[0].op, MACHINE_SHRINK);
	ck_assert_uint_eq(rs->rule->machine[0].number, 0);
	ck_assert_uint_eq(rs->rule->machine[1].op, MACHINE_WRITE_RESUME);
	ck_assert_int_eq(rs->rule->machine[2].time, NS_PER_S);
	ck_assert_int_eq(rs->rule->machine[2].wait, 2 * NS_PER_S);
	ruleset_put(rs);
#define MACHINE(text) "{ on = \"enter ESTABLISHED\"; machine = " text "; }"
	one_wrong(
		MACHINE("\"opne\""),
		".machine: expected open, close, leave, abort, forget, silence [TIME], keep TIME, "
		"read pause, read resume, window [+]N, shrink N, write pause, write resume, write "
		"N, "
		"\"TEXT\" or hex:HEX, renege, or timestamps N; each optionally followed by 'after "
		"TIME', got 'opne'");
	one_wrong(MACHINE("\"renege 1\""),
		  ".machine: expected 'renege' without an argument, got 'renege 1'");
	one_wrong(MACHINE("\"timestamps\""),
		  ".machine: expected a number below 2^32, such as 0xCE66AE01, got ''");
	one_wrong(MACHINE("\"open after 1s\""), ".machine: unexpected 'after' with 'open': no "
						"connection exists yet that could wait");
	one_wrong(MACHINE("\"close after a while\""),
		  ".machine: expected a duration after 'after', got 'a while'");
	one_wrong(MACHINE("\"write hello\""),
		  ".machine: expected a text in quotes, octets as in hex:00ff, or a number of "
		  "octets from 1 to 262144, got 'hello'");
	one_wrong(MACHINE("\"shrink +1\""),
		  ".machine: expected a number from 0 to 1073741824, got '+1'");
	one_wrong(MACHINE("\"close 3s\""),
		  ".machine: expected 'close' without an argument, got 'close 3s'");
	one_wrong(MACHINE("\"keep\""), ".machine: expected a duration such as 300ms or 3s, got ''");
	one_wrong(MACHINE("\"window big\""),
		  ".machine: expected a number from 0 to 1073741824, got 'big'");
	one_wrong(MACHINE("(\"close\",\"close\",\"close\",\"close\",\"close\")"),
		  ".machine[4]: expected at most 4 operations in one rule");
#undef MACHINE
}
END_TEST

START_TEST(actions_must_fit_their_trigger)
{
	one_wrong("{ on = \"receive SYN\"; }",
		  ": missing action: expected set, duplicate, delay, jitter, "
		  "hold, drop, split, reorder, emit, remember or machine");
	one_wrong("{ on = \"receive SYN\"; delay = \"1s\"; }",
		  ".delay: requires a 'send' rule: use 'hold' to keep a received segment from the "
		  "machine");
	one_wrong("{ on = \"send SYN\"; hold = \"1s\"; }",
		  ".hold: requires a 'receive' rule: use 'delay' to delay a sent segment");
	one_wrong("{ on = \"receive SYN\"; split = 3; }",
		  ".split: requires a 'send' rule: a received segment stays whole");
	one_wrong(
		"{ on = \"send DATA\"; split = 3; duplicate = 1; }",
		".duplicate: unexpected beside 'split': write it in another rule, after this one");
	one_wrong("{ on = \"send DATA\"; drop = true; spacing = \"1s\"; }",
		  ".spacing: requires 'split'");
	one_wrong("{ on = \"receive SYN\"; emit = ( { copy = { }; } ); }",
		  ".emit: 'copy' and 'before' require a 'send' rule: this trigger has no segment "
		  "of the responder");
	one_wrong("{ on = \"send SYN\"; emit = ( { copy = { }; mtu = 7; } ); }",
		  ".emit[0].mtu: requires 'icmp'");
	one_wrong("{ on = \"receive SYN\"; set = { saddr = \"+1\"; }; }",
		  ".set: 'sport' and 'saddr' require a 'send' rule: the answer to a received "
		  "segment goes to its source");
	one_wrong("{ on = \"receive SYN\"; set = { sport = 7; }; }",
		  ".set: 'sport' and 'saddr' require a 'send' rule: the answer to a received "
		  "segment goes to its source");
	one_wrong("{ on = \"enter CLOSED\"; drop = true; }",
		  ".drop: requires a 'receive' or 'send' rule: this trigger has no segment");
	one_wrong("{ on = \"after 1s in CLOSED\"; duplicate = 3; }",
		  ".duplicate: requires a 'receive' or 'send' rule: this trigger has no segment");
	one_wrong("{ on = \"send any\"; duplicate = 1001; }",
		  ".duplicate: expected a number from 0 to 1000, got '1001'");
	one_wrong("{ on = \"send any\"; dorp = true; drop = true; }",
		  ".dorp: unknown key 'dorp'; did you mean 'drop'?");
	one_wrong("3", ": expected a group, { KEY = VALUE; … }");
}
END_TEST

START_TEST(a_dollar_sign_can_be_written)
{
	struct ruleset *rs = one_rule("{ on = \"send any\"; set = { payload = \"$$5 $ $-\"; }; }");

	ck_assert_uint_eq(rs->rule->set.len, 7);
	ck_assert_mem_eq(rs->rule->set.payload, "$5 $ $-", 7);
	ruleset_put(rs);
}
END_TEST

UNIT_MAIN("compile_rule", triggers, fields_of_the_ip_layer, conditions, invalid_conditions,
	  fields_to_overwrite, another_source, stale_segments, invalid_fields,
	  actions_on_the_machine, actions_must_fit_their_trigger, a_dollar_sign_can_be_written)
