/* SPDX-License-Identifier: MIT */
/* Behaviours that choose among others: the alternatives, and the choice for an attempt. */
#include "definitions.h"

#include "behaviour/choose.h"
#include "behaviour/view.h"

static const char *const choosers =
	"behaviours = {\n"
	"  a = { summary = \"a\"; parameters = { n = { type = \"number\"; default = 1; }; };\n"
	"    use = { mss = \"$n\"; }; };\n"
	"  b = { summary = \"b\"; use = { ttl = 2; }; };\n"
	"  c = { summary = \"c\"; use = { ttl = 3; };\n"
	"    rules = ( { on = \"receive SYN\"; emit = ( { icmp = \"too-big\"; } ); } ); };\n"
	"  turns = { summary = \"t\";\n"
	"    parameters = { of = { type = \"text\"; default = \"a, 2*b\"; };\n"
	"      by = { type = \"text\"; default = \"rota\"; };\n"
	"      per = { type = \"text\"; default = \"client\"; };\n"
	"      time = { type = \"duration\"; default = \"10s\"; }; };\n"
	"    choose = { among = \"$of\"; by = \"$by\"; per = \"$per\"; within = \"$time\"; }; };\n"
	"};\n";

static struct memory memory;
static struct rng rng;

static struct ruleset *compile(const char *text)
{
	static const struct service service;
	struct tcp_settings settings;

	tcp_settings_default(&settings);
	return behaviour_compile(&catalogue, text, &settings, &service, &diag, NULL, 0, NULL);
}

static void begin(void)
{
	static const struct siphash_key key = {1, 2};

	define(choosers, "");
	memory_init(&memory, 100, &key);
	rng_seed(&rng, 4);
}

static void end(void)
{
	memory_free(&memory);
	catalogue_free(&catalogue);
}

/* Returns the text of the alternative for an attempt of this client. */
static const char *met(struct ruleset *rs, const char *client, nstime now)
{
	struct rule_context ctx = {.memory = &memory, .rng = &rng, .now = now};
	struct flow_key key = {.client_port = 1};

	ck_assert(addr_parse(client, &key.client));
	return ruleset_choose(rs, &key, &ctx)->text;
}

START_TEST(the_choice_is_replaced_in_the_text)
{
	struct ruleset *rs;

	begin();
	rs = compile("a=7+turns(of=\"2*a=9 , 3*b+c,a(n=5)\")+b");
	ck_assert_ptr_nonnull(rs);
	ck_assert_uint_eq(rs->choice->count, 3);
	ck_assert_uint_eq(rs->choice->weight, 6);
	ck_assert_str_eq(rs->choice->alternative[0].rules->text, "a=7+a=9+b");
	ck_assert_uint_eq(rs->choice->alternative[0].rules->tcp.mss, 9);
	ck_assert_str_eq(rs->choice->alternative[1].rules->text, "a=7+b+c+b");
	ck_assert_uint_eq(rs->choice->alternative[1].rules->tcp.mss, 7);
	ck_assert_uint_eq(rs->choice->alternative[1].rules->tcp.ttl, 2);
	ck_assert_uint_eq(rs->choice->alternative[1].rules->rules, 1);
	ck_assert_str_eq(rs->choice->alternative[2].rules->text, "a=7+a(n=5)+b");
	ck_assert_str_eq(rs->text, "a=7+turns(of=\"2*a=9 , 3*b+c,a(n=5)\")+b");
	ck_assert_uint_eq(rs->rules, 0);
	ruleset_name(rs, 5, "five");
	ruleset_begin(rs, 9);
	ck_assert_uint_eq(rs->choice->alternative[2].rules->endpoint, 5);
	ck_assert_str_eq(rs->choice->alternative[2].rules->endpoint_name, "five");
	ck_assert_int_eq(rs->choice->alternative[2].rules->begun, 9);
	ruleset_put(rs);
	diag_free(&diag); /* a warning about ttl, which both set */
	end();
}
END_TEST

START_TEST(in_turn)
{
	static const char *const rota[] = {"a", "b", "b", "a", "b", "b", "a"};
	struct ruleset *rs;

	begin();
	rs = compile("turns");
	for (int i = 0; i < 7; i++)
		ck_assert_str_eq(met(rs, "10.0.0.1", 0), rota[i]);
	ck_assert_str_eq(met(rs, "10.0.0.2", 0), "a");
	ck_assert_str_eq(met(rs, "10.0.0.1", 0), "b");
	ck_assert_str_eq(met(rs, "10.0.0.1", 10 * NS_PER_S), "a"); /* the rotation starts again */
	ck_assert_str_eq(met(rs, "10.0.0.1", 11 * NS_PER_S), "b");
	ruleset_put(rs);
	rs = compile("turns(by=once)");
	memory_forget_endpoint(&memory, 0);
	for (int i = 0; i < 100; i++)
		ck_assert_str_eq(met(rs, "fd00::1", 0), i ? "b" : "a");
	ck_assert_str_eq(met(rs, "fd00::1", 10 * NS_PER_S), "a");
	ruleset_put(rs);
	rs = compile("turns(per=endpoint)");
	memory_forget_endpoint(&memory, 0);
	ck_assert_str_eq(met(rs, "10.0.0.1", 0), "a");
	ck_assert_str_eq(met(rs, "10.0.0.2", 0), "b");
	ruleset_put(rs);
	end();
}
END_TEST

START_TEST(by_random_choice)
{
	unsigned times = 0;
	struct ruleset *rs;

	begin();
	rs = compile("turns(by=chance)");
	for (int i = 0; i < 3000; i++)
		times += *met(rs, "10.0.0.1", 0) == 'a';
	ck_assert_uint_gt(times, 850);
	ck_assert_uint_lt(times, 1150);
	ruleset_put(rs);
	end();
}
END_TEST

static void is_wrong(const char *text, const char *expected)
{
	ck_assert_msg(!compile(text), "%s", text);
	ck_assert_str_eq(text_str(&diag.lines), expected);
	diag_free(&diag);
}

START_TEST(invalid_choices)
{
#define AMONG(got)                                                                                \
	"turns with these values: behaviours.turns.choose.among, at t.conf:12: expected at most " \
	"32 behaviours separated by commas, each with a weight from 1 to 1000000 or none, as in " \
	"3*accept,refuse, got '" got "'\n"
	begin();
	is_wrong("turns=a,", AMONG("a,"));
	is_wrong("turns=0*a", AMONG("0*a"));
	is_wrong("turns=1000001*a", AMONG("1000001*a"));
	is_wrong("turns=3*", AMONG("3*"));
	is_wrong("turns=a,x",
		 "unknown behaviour 'x'; synackd-behaviours(7) lists the behaviours\n");
	is_wrong("turns=a,a=b", "a: n: expected a number from 0 to 4294967295, got 'b'\n");
	is_wrong("turns(by=turns)", "turns with these values: behaviours.turns.choose.by, at "
				    "t.conf:12: expected rota, chance or once, got 'turns'\n");
	is_wrong("turns(per=attempt)", "turns with these values: behaviours.turns.choose.per, at "
				       "t.conf:12: expected client or endpoint, got 'attempt'\n");
	is_wrong("turns+turns", "turns: unexpected 'choose': at most one of the joined behaviours "
				"has it, and none in 'extends' or 'among'\n");
	is_wrong("turns=a,turns", "turns: unexpected 'choose': at most one of the joined "
				  "behaviours has it, and none in 'extends' or 'among'\n");
	end();
#undef AMONG
}
END_TEST

START_TEST(invalid_definitions)
{
	define("behaviours = {\n"
	       "  a = { summary = \"a\"; };\n"
	       "  m = { summary = \"m\"; choose = { by = \"rota\"; }; };\n"
	       "  n = { summary = \"n\"; choose = { among = \"a\"; }; rules = ( ); };\n"
	       "  o = { summary = \"o\"; choose = { among = \"a,aa\"; }; };\n"
	       "  p = { summary = \"p\"; extends = \"o\"; };\n"
	       "};\n",
	       "t.conf:4: behaviours.n.choose: unexpected 'extends', 'use' or 'rules' beside "
	       "'choose': join other behaviours with + instead\n"
	       "t.conf:3: behaviours.m.choose: missing key 'among': the behaviours to choose from\n"
	       "t.conf:5: behaviours.o.choose: unknown behaviour 'aa'; synackd-behaviours(7) lists "
	       "the behaviours\n");
	catalogue_free(&catalogue);
}
END_TEST

UNIT_MAIN("choose", the_choice_is_replaced_in_the_text, in_turn, by_random_choice, invalid_choices,
	  invalid_definitions)
