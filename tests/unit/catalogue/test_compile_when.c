/* SPDX-License-Identifier: MIT */
/* Conditions on time, on flags, and on remembered values. */
#include "definitions.h"

#include "behaviour/match.h"
#include "behaviour/view.h"

#include <stdio.h>

START_TEST(conditions_of_time_and_memory)
{
	struct ruleset *rs = one_rule(
		"{ on = \"send any\"; drop = true; remember = \"tuple\"; if = { with = \".\"; "
		"without = \"SR\"; schedule = \"off 1s, on 2s,on 3s\"; nth = 1; within = \"1min\"; "
		"remembered = \"client\"; }; }");
	const struct rule_condition *c = &rs->rule->cond;

	ck_assert(rs->rule->has_remember);
	ck_assert_uint_eq(rs->rule->remember, PER_TUPLE);
	ck_assert_uint_eq(c->with.flags, TCP_ACK);
	ck_assert_uint_eq(c->without.flags, TCP_SYN | TCP_RST);
	ck_assert(!c->with.options && !c->with.ae && !c->has_syn);
	ck_assert_uint_eq(c->schedule->spans, 3);
	ck_assert_uint_eq(c->schedule->on, 6);
	ck_assert_int_eq(c->schedule->end[1], 3 * NS_PER_S);
	ck_assert_int_eq(c->schedule->end[2], 6 * NS_PER_S);
	ck_assert_int_eq(c->within, 60 * NS_PER_S);
	ck_assert(c->has_old);
	ck_assert_uint_eq(c->per_old, PER_CLIENT);
	ruleset_put(rs);
	rs = one_rule(
		"{ on = \"send any\"; drop = true; if = { with = \"EW, AE,TS ,mss\"; without = "
		"\"other\"; syn_with = \"FO\"; syn_without = \"AE,U\"; }; }");
	c = &rs->rule->cond;
	ck_assert_uint_eq(c->with.flags, TCP_ECE | TCP_CWR);
	ck_assert_uint_eq(c->with.options, HAS_TIMESTAMPS | HAS_MSS);
	ck_assert(c->with.ae && !c->without.ae);
	ck_assert_uint_eq(c->without.options, HAS_OTHER);
	ck_assert(c->has_syn && !c->syn_with.ae && c->syn_without.ae);
	ck_assert_uint_eq(c->syn_with.options, HAS_FAST_OPEN);
	ck_assert_uint_eq(c->syn_without.flags, TCP_URG);
	ruleset_put(rs);
}
END_TEST

START_TEST(invalid_conditions)
{
	static const char *const schedules[] = {
		"",       "on",     "on 5",          "on 0s",
		"on 1s,", "up 1s",  "on 1s off 1s",  "off 1s; on 1s",
		"on\t1s", "on -1s", "on 1s,, off 1s"};
	char rule[256], expected[256];

	for (size_t i = 0; i < COUNT_OF(schedules); i++) {
		snprintf(rule, sizeof(rule),
			 "{ on = \"send any\"; if = { schedule = \"%s\"; }; drop = true; }",
			 schedules[i]);
		snprintf(expected, sizeof(expected),
			 ".if.schedule: expected at most 16 spans of time separated by commas, as "
			 "in 'on 5s, off 300ms', got '%s'",
			 schedules[i]);
		one_wrong(rule, expected);
	}
	one_wrong("{ on = \"send any\"; if = { within = \"1s\"; }; drop = true; }",
		  ".if: 'within' requires 'nth' or 'remembered'");
	one_wrong("{ on = \"enter CLOSED\"; if = { with = \"S\"; }; emit = (); }",
		  ".if: 'with' and 'without' require a 'receive' or 'send' rule: this trigger has "
		  "no segment");
	one_wrong("{ on = \"send any\"; set = { seq = \"old.iss\"; }; }",
		  ": missing condition 'remembered': names with 'old.' require it");
	one_wrong("{ on = \"send any\"; emit = ( \". 0:0(0) ack 1 <TS val 1 ecr old.ts.val>\" ); }",
		  ": missing condition 'remembered': names with 'old.' require it");
	one_wrong("{ on = \"send any\"; emit = ( { copy = { ack = \"old.irs\"; }; } ); }",
		  ": missing condition 'remembered': names with 'old.' require it");
	one_wrong("{ on = \"send any\"; emit = ( { icmp = \"3/3\"; quote = { seq = \"old.irs\"; }; "
		  "} ); }",
		  ": missing condition 'remembered': names with 'old.' require it");
	one_wrong("{ on = \"send any\"; set = { flow = \"old.irs\"; }; }",
		  ": missing condition 'remembered': names with 'old.' require it");
	one_wrong(
		"{ on = \"send any\"; if = { where = \"old.iss = 1\"; remembered = \"client\"; }; "
		"drop = true; }",
		".if: unexpected 'old.' in 'where', which is tested before 'remembered'");
	one_wrong("{ on = \"send any\"; remember = \"host\"; }",
		  ".remember: expected connection, attempt, tuple, client or endpoint, got 'host'");
}
END_TEST

/* Returns true if the conditions are fulfilled at this time after the ruleset came into use. */
static bool holds_at(const struct ruleset *rs, nstime elapsed)
{
	struct rule_context ctx = {.now = 1000 + elapsed, .begun = 1000};
	struct rule_view v = {0};

	return rule_conditions_hold(rs->rule, &ctx, &v);
}

START_TEST(a_schedule_repeats)
{
	struct ruleset *rs = one_rule("{ on = \"send any\"; drop = true; "
				      "if = { schedule = \"off 1s, on 2s, off 3s\"; }; }");

	for (nstime t = 0; t < 100; t++) {
		ck_assert_int_eq(holds_at(rs, t * NS_PER_S), t % 6 == 1 || t % 6 == 2);
		ck_assert_int_eq(holds_at(rs, (t + 1) * NS_PER_S - 1), t % 6 == 1 || t % 6 == 2);
	}
	ruleset_put(rs);
}
END_TEST

START_TEST(flags_with_and_without)
{
	struct ruleset *rs = one_rule("{ on = \"receive any\"; drop = true; "
				      "if = { with = \"P.\"; without = \"SR\"; }; }");
	static const struct {
		uint8_t flags;
		bool about;
	} cases[] = {{TCP_PSH | TCP_ACK, true},
		     {TCP_PSH | TCP_ACK | TCP_FIN, true},
		     {TCP_ACK, false},
		     {TCP_PSH | TCP_ACK | TCP_SYN, false},
		     {TCP_PSH | TCP_ACK | TCP_RST, false},
		     {0, false}};
	const struct rule_view v = {0};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct segment seg = {.flags = cases[i].flags};

		ck_assert_int_eq(rule_is_about(rs->rule, &seg, false, &v), cases[i].about);
	}
	ruleset_put(rs);
}
END_TEST

UNIT_MAIN("compile_when", conditions_of_time_and_memory, invalid_conditions, a_schedule_repeats,
	  flags_with_and_without)
