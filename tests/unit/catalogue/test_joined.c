/* SPDX-License-Identifier: MIT */
/* Joined and extended behaviours: conflicts, order, and rules that multiply. */
#include "definitions.h"

#define AT "e.conf:9: endpoints[0].behaviour: warning: "

START_TEST(conflicts_name_the_winner)
{
	define("behaviours = {\n"
	       "  small = { summary = \"\"; use = { mss = 536; ttl = 9; }; };\n"
	       "  none = { summary = \"\"; use = { mss = 0; }; };\n"
	       "  one = { summary = \"\"; rules = ( { on = \"send SYN-ACK\"; set = { window = "
	       "\"1\"; }; "
	       "} ); };\n"
	       "  two = { summary = \"\"; rules = ( { on = \"send any\"; set = { window = \"2\"; "
	       "}; } "
	       "); };\n"
	       "  acks = { summary = \"\"; rules = ( { on = \"send ACK\"; set = { window = \"3\"; "
	       "}; } "
	       "); };\n"
	       "  ttl = { summary = \"\"; rules = ( { on = \"send SYN-ACK\"; set = { ttl = 3; }; } "
	       "); "
	       "};\n"
	       "  bare = { summary = \"\"; rules = ( { on = \"send SYN-ACK\"; set = { options = "
	       "\"\"; }; } ); };\n"
	       "  less = { summary = \"\"; rules = ( { on = \"send SYN-ACK\"; set = { options = "
	       "\"-TS\"; }; } ); };\n"
	       "  deaf = { summary = \"\"; rules = ( { on = \"receive SYN\"; drop = true; } ); };\n"
	       "  once = { summary = \"\"; rules = ( { on = \"receive SYN\"; if = { nth = 1; }; "
	       "drop = "
	       "true; } ); };\n"
	       "  second = { summary = \"\"; rules = ( { on = \"receive SYN\"; if = { nth = 2; }; "
	       "hold "
	       "= \"1s\"; } ); };\n"
	       "  split = { summary = \"\"; rules = ( { on = \"receive SYN\"; if = { state = "
	       "\"LISTEN, SYN-SENT\"; }; drop = true; machine = \"open\"; } ); };\n"
	       "  cross = { summary = \"\"; rules = ( { on = \"receive SYN\"; if = { state = "
	       "\"LISTEN\"; }; machine = \"open\"; } ); };\n"
	       "  reset = { summary = \"\"; rules = ( { on = \"enter ESTABLISHED\"; machine = "
	       "\"forget\"; } ); };\n"
	       "  ends = { summary = \"\"; rules = ( { on = \"enter ESTABLISHED\"; machine = "
	       "\"close\"; } ); };\n"
	       "  quits = { summary = \"\"; rules = ( { on = \"enter CLOSE-WAIT\"; machine = "
	       "\"abort\"; } ); };\n"
	       "  bald = { summary = \"\"; use = { options = \"\"; }; };\n"
	       "  nil = { summary = \"\"; use = { options = \"mss 0,TS\"; }; };\n"
	       "  turned = { summary = \"\"; use = { options = \"TS,mss,sackOK\"; }; };\n"
	       "  stamped = { summary = \"\"; use = { timestamps = true; }; };\n"
	       "  plain = { summary = \"\"; use = { timestamps = false; }; };\n"
	       "};\n",
	       "");
	compile_warns("small+none", AT "'small' and 'none' both set 'mss' in 'use': 'none' takes "
				       "effect, as it is joined last\n");
	compile_warns("one+two", AT "'one' and 'two' both set the same field of a segment on "
				    "'send': 'two' takes effect, as it is joined last\n");
	compile_warns("one+acks+ttl", "");
	compile_warns("bare+less", "");
	compile_warns("less+bare", AT "'less' and 'bare' both set the same field of a segment on "
				      "'send': 'bare' takes effect, as it is joined last\n");
	compile_warns("deaf+second", AT
		      "'deaf' drops each SYN before 'second' receives it: write 'second' first\n");
	compile_warns("second+deaf", "");
	compile_warns("once+second", "");
	compile_warns("small+one+deaf", "");
	compile_warns("split+cross", AT
		      "'split' drops each SYN before 'cross' receives it: write 'cross' first\n");
	compile_warns("split+deaf",
		      AT "'split' drops each SYN before 'deaf' receives it: write 'deaf' first\n");
	compile_warns("split+second", AT
		      "'split' drops each SYN before 'second' receives it: write 'second' first\n");
	compile_warns("nil+small", AT "'small' has no effect on 'mss': the 'options' of 'nil' take "
				      "effect, in any order\n");
	compile_warns("small+bald", AT "'small' has no effect on 'mss': the 'options' of 'bald' "
				       "take effect, in any order\n");
	compile_warns("stamped+bald", AT "'stamped' has no effect on 'timestamps': the 'options' "
					 "of 'bald' take effect, in any order\n");
	compile_warns("nil+stamped", "");
	compile_warns("turned+small", "");
	compile_warns("bald+plain", "");
	compile_warns(
		"split+one",
		AT "'split' opens with a SYN, so 'one' has no SYN-ACK to change, in any order\n");
	compile_warns(
		"one+split",
		AT "'split' opens with a SYN, so 'one' has no SYN-ACK to change, in any order\n");
	compile_warns("split+two+acks",
		      AT "'two' and 'acks' both set the same field of a segment on 'send': 'acks' "
			 "takes effect, as it is joined last\n");
	compile_warns("cross+one", "");
	compile_warns("cross+split", AT "'cross' and 'split' both open the connection: 'split' "
					"takes effect on the segment, as it is joined last\n");
	compile_warns("reset+ends",
		      AT "'reset' ends the connection (forget) before 'ends' operates on "
			 "it: 'reset' takes effect, as it is joined first\n");
	compile_warns("ends+reset", "");
	compile_warns("ends+quits", "");
	compile_warns("second+second", AT "duplicate 'second': its rules act twice, and the last "
					  "value of each field takes effect\n");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(a_behaviour_may_extend_others)
{
	struct ruleset *rs;

	define("behaviours = {\n"
	       "  early = { summary = \"\"; extends = \"late=$t+small\"; use = { window = 7; };\n"
	       "    parameters = { t = { type = \"duration\"; default = \"2s\"; }; };\n"
	       "    rules = ( { on = \"send SYN-ACK\"; duplicate = 1; } ); };\n"
	       "  small = { summary = \"\"; use = { mss = 536; window = 5; }; };\n"
	       "  late = { summary = \"\"; parameters = { time = { type = \"duration\"; default = "
	       "\"3s\"; }; };\n"
	       "    rules = ( { on = \"receive SYN\"; hold = \"$time\"; } ); };\n"
	       "};\n",
	       "");
	rs = compile_text("early=9s");
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_str_eq(text_str(&diag.lines), "");
	ck_assert_uint_eq(rs->rules, 2);
	ck_assert_int_eq(rs->rule[0].hold, 9 * NS_PER_S);
	ck_assert_uint_eq(rs->rule[0].slot, 0);
	ck_assert_uint_eq(rs->rule[1].slot, 1);
	ck_assert_uint_eq(rs->rule[1].duplicate, 1);
	ck_assert_uint_eq(rs->tcp.mss, 536);
	ck_assert_uint_eq(rs->tcp.window, 7); /* the value of the behaviour that extends */
	ruleset_put(rs);
	catalogue_free(&catalogue);
	define("behaviours = {\n"
	       "  a = { summary = \"\"; extends = \"b\"; };\n"
	       "  b = { summary = \"\"; extends = \"a\"; };\n"
	       "  c = { summary = \"\"; extends = \"laet\"; };\n"
	       "  d = { summary = \"\"; extends = \"late=$t\"; };\n"
	       "  late = { summary = \"\"; };\n"
	       "};\n",
	       "t.conf:2: behaviours.a.extends: a: extends itself, or more than 8 other "
	       "behaviours\n"
	       "t.conf:4: behaviours.c.extends: unknown behaviour 'laet'; did you mean 'late'?\n"
	       "t.conf:5: behaviours.d.extends: d: unknown parameter 't'\n");
	catalogue_free(&catalogue);
	define("behaviours = {\n"
	       "  deaf = { summary = \"\"; rules = ( { on = \"receive SYN\"; drop = true; } ); };\n"
	       "  late = { summary = \"\"; rules = ( { on = \"receive SYN\"; hold = \"1s\"; } ); "
	       "};\n"
	       "  both = { summary = \"\"; extends = \"deaf+late\"; };\n"
	       "};\n",
	       "t.conf:4: behaviours.both.extends: warning: 'deaf' drops each SYN before 'late' "
	       "receives it: write 'late' first\n");
	ruleset_put(compile_text("both")); /* no warning here: the definition has drawn it */
	ck_assert_str_eq(text_str(&diag.lines), "");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(multiplying_rules_are_detected)
{
	define("behaviours = {\n"
	       "  heard = { summary = \"\"; rules = ( { on = \"receive SYN\"; duplicate = 1000; } "
	       "); };\n"
	       "  said = { summary = \"\"; rules = ( { on = \"send SYN-ACK\"; duplicate = 1000; } "
	       "); };\n"
	       "  once = { summary = \"\"; rules = ( { on = \"send SYN-ACK\"; duplicate = 1000;\n"
	       "    if = { nth = 1; }; } ); };\n"
	       "  few = { summary = \"\"; rules = ( { on = \"send any\"; duplicate = 4; } ); };\n"
	       "  cut = { summary = \"\"; rules = ( { on = \"send DATA\"; split = 1; } ); };\n"
	       "  text = { summary = \"\"; rules = ( { on = \"send DATA\";\n"
	       "    emit = ( { segment = \"- 0:0(0)\"; times = 9; } ); } ); };\n"
	       "};\n",
	       "");
	compile_fails(
		"heard+said",
		"expected at most 10000 segments from one segment, but rules of 'heard' and 'said' "
		"make 1002001: lower 'duplicate', 'times' or 'split'");
	compile_fails("cut+text",
		      "expected at most 10000 segments from one segment, but rules of 'cut' "
		      "and 'text' make 14600: lower 'duplicate', 'times' or 'split'");
	compile_warns("heard+once", "");
	compile_warns("heard+few", "");
	compile_warns("text+cut", "");
	catalogue_free(&catalogue);
	define("behaviours = {\n"
	       "  storm = { summary = \"\"; rules = ( { on = \"receive DATA\"; duplicate = 100; "
	       "},\n"
	       "    { on = \"send any\"; duplicate = 99; } ); };\n"
	       "};\n",
	       "t.conf:2: storm: expected at most 10000 segments from one segment, but rules of "
	       "'storm' "
	       "and 'storm' make 10100: lower 'duplicate', 'times' or 'split'\n");
	catalogue_free(&catalogue);
}
END_TEST

UNIT_MAIN("joined", conflicts_name_the_winner, a_behaviour_may_extend_others,
	  multiplying_rules_are_detected)
