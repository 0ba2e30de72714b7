/* SPDX-License-Identifier: MIT */
#include "definitions.h"

#include "catalogue/parameters.h"
#include "trace/label.h"

#include <stdio.h>

static const char *const several =
	"behaviours = {\n"
	"  late = {\n"
	"    number = 2; summary = \"Late\"; reference = \"RFC 9293 3.8.1\";\n"
	"    parameters = {\n"
	"      time = { type = \"duration\"; default = \"3s\"; min = \"0s\"; max = \"1h\"; };\n"
	"      n = { type = \"number\"; default = 1; min = 1; max = 9; };\n"
	"    };\n"
	"    rules = (\n"
	"      { on = \"receive SYN\"; if = { nth = \"<=$n\"; }; hold = \"$time\"; }\n"
	"    );\n"
	"  };\n"
	"  data = {\n"
	"    number = 1; summary = \"Data\";\n"
	"    parameters = { text = { type = \"text\"; default = \"hello\"; min = 1; max = 9; }; "
	"};\n"
	"    use = { window = 5; close = \"never\"; };\n"
	"    rules = (\n"
	"      { on = \"send SYN-ACK\"; set = { payload = \"<$text>\"; }; counts = true; },\n"
	"      { on = \"enter ESTABLISHED\"; machine = (\"close\", \"keep 2s\"); }\n"
	"    );\n"
	"  };\n"
	"  small = {\n"
	"    summary = \"Small\";\n"
	"    parameters = {\n"
	"      mss = { type = \"number\"; default = 536; };\n"
	"      isn = { type = \"sequence\"; default = \"0xffffffff\"; };\n"
	"    };\n"
	"    use = { mss = \"$mss\"; window = 6; isn = \"$isn\"; };\n"
	"  };\n"
	"};\n";

START_TEST(a_definition_keeps_its_text)
{
	const struct behaviour *b;

	define(several, "");
	ck_assert_uint_eq(catalogue.count, 3);
	ck_assert_str_eq(catalogue.behaviour[0].name, "data"); /* by number */
	ck_assert_str_eq(catalogue.behaviour[1].name, "late");
	ck_assert_str_eq(catalogue.behaviour[2].name,
			 "small"); /* behaviours without a number are last */
	ck_assert_ptr_null(catalogue_find(&catalogue, "lat"));
	b = catalogue_find(&catalogue, "late");
	ck_assert_uint_eq(b->number, 2);
	ck_assert_str_eq(b->summary, "Late");
	ck_assert_str_eq(b->reference, "RFC 9293 3.8.1");
	ck_assert_ptr_null(b->client);
	ck_assert_str_eq(b->file, "t.conf");
	ck_assert_uint_eq(b->line, 2);
	ck_assert_uint_eq(b->parameters, 2);
	ck_assert_str_eq(b->parameter[0].name, "time");
	ck_assert_str_eq(parameter_type_name(b->parameter[0].type), "duration");
	ck_assert_str_eq(b->parameter[0].fallback, "3s");
	ck_assert_str_eq(b->parameter[1].max, "9");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(behaviours_are_joined_in_order)
{
	static const char *const uses[] = {"small: window", "data: close", "small: mss",
					   "small: isn"};
	struct ruleset *rs;

	define(several, "");
	rs = compile_text(" late=500ms + data + small(isn=7, mss=100)");
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_str_eq(rs->text, " late=500ms + data + small(isn=7, mss=100)");
	ck_assert_uint_eq(rs->references, 1);
	ck_assert_uint_eq(rs->rules, 3);
	ck_assert_uint_eq(rs->by_trigger[ON_RECEIVE], 1);
	ck_assert_uint_eq(rs->by_trigger[ON_SEND], 1);
	ck_assert_uint_eq(rs->by_trigger[ON_ENTER], 1);
	ck_assert_uint_eq(rs->by_trigger[ON_AFTER], 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(rs->rule[i].slot, i);
	ck_assert_str_eq(label_name(rs->rule[0].label), "late");
	ck_assert_str_eq(label_name(rs->rule[2].label), "data");
	ck_assert(rs->rule[0].has_hold);
	ck_assert_int_eq(rs->rule[0].hold, 500 * NS_PER_MS);
	ck_assert_uint_eq(rs->rule[0].cond.nth.to, 1);
	ck_assert_uint_eq(rs->rule[1].set.fields, SET_PAYLOAD);
	ck_assert_uint_eq(rs->rule[1].set.len, 7);
	ck_assert_mem_eq(rs->rule[1].set.payload, "<hello>", 7);
	ck_assert(rs->rule[1].counts);
	ck_assert_uint_eq(rs->rule[2].machines, 2);
	ck_assert_uint_eq(rs->rule[2].machine[0].op, MACHINE_CLOSE);
	ck_assert_uint_eq(rs->rule[2].machine[1].op, MACHINE_KEEP);
	ck_assert_int_eq(rs->rule[2].machine[1].time, 2 * NS_PER_S);
	ck_assert_uint_eq(rs->tcp.window, 6); /* the later `use` wins */
	ck_assert_uint_eq(rs->tcp.mss, 100);
	ck_assert_uint_eq(rs->tcp.iss, 7);
	ck_assert_uint_eq(rs->tcp.ttl, 64); /* the endpoint's value */
	ck_assert_uint_eq(rs->service.close, CLOSE_NEVER);
	ck_assert_str_eq(rs->service.argument, "hello");
	ck_assert_uint_eq(rs->uses.count, 4);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_str_eq(label_name(rs->uses.use[i].label), uses[i]);
	ruleset_put(rs);
	rs = compile_text("late(n=4,time=1s)");
	ck_assert_int_eq(rs->rule[0].hold, NS_PER_S);
	ck_assert_uint_eq(rs->rule[0].cond.nth.to, 4);
	ck_assert_uint_eq(rs->service.close, CLOSE_REPLY);
	ruleset_put(rs);
	rs = compile_text("data=\"a+b \\\"\\n\"");
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_uint_eq(rs->rule[0].set.len, 8);
	ck_assert_mem_eq(rs->rule[0].set.payload, "<a+b \"\n>", 8);
	ruleset_put(rs);
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(numbers_are_replaced_by_names)
{
	static const char *const named[][2] = {
		{"2", "late"},
		{"2=500ms + 1+small", "late=500ms + data+small"},
		{" 2(time=1s,n=2)", " late(time=1s,n=2)"},
		{"1=\"2+2\"+2", "data=\"2+2\"+late"},
		{"small(mss=2)+1", "small(mss=2)+data"},
		{"77+2x", "77+2x"}, /* unknown number, and a text that is not a number */
		{"0", "0"},
		{"", ""},
	};
	struct ruleset *rs;

	define(several, "");
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		char *text = catalogue_with_names(&catalogue, named[i][0]);

		ck_assert_str_eq(text, named[i][1]);
		free(text);
	}
	ck_assert_str_eq(catalogue_find(&catalogue, "2")->name, "late");
	ck_assert_ptr_null(catalogue_find(&catalogue, "3"));
	ck_assert_ptr_null(catalogue_find(&catalogue, "0")); /* small has no number */
	rs = compile_text("2=500ms+1");
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_str_eq(rs->text, "late=500ms+data");
	ck_assert_int_eq(rs->rule[0].hold, 500 * NS_PER_MS);
	ruleset_put(rs);
	compile_fails("77", "unknown behaviour '77'; synackd-behaviours(7) lists the behaviours");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(behaviours_of_endpoints_are_checked)
{
	define(several, "");
	compile_fails("", "expected the name of a behaviour, as in accept or synack-delay=3s");
	compile_fails("late+", "expected the name of a behaviour, as in accept or synack-delay=3s");
	compile_fails("latte", "unknown behaviour 'latte'; did you mean 'late'?");
	compile_fails("elephant",
		      "unknown behaviour 'elephant'; synackd-behaviours(7) lists the behaviours");
	compile_fails("late data", "expected + and another behaviour, got 'data'");
	compile_fails("late=abc", "late: time: expected a duration such as 300ms or 3s, got 'abc'");
	compile_fails("late=2h", "late: time: expected a duration from 0s to 1h, got '2h'");
	compile_fails("late=", "late: time: expected a duration such as 300ms or 3s, got ''");
	compile_fails("late(n=10)", "late: n: expected a number from 1 to 9, got '10'");
	compile_fails("late(n=-1)", "late: n: expected a number from 1 to 9, got '-1'");
	compile_fails("late(tme=1s)", "late: unknown parameter 'tme'; did you mean 'time'?");
	compile_fails("late(elephant=1s)",
		      "late: unknown parameter 'elephant'; expected one of 'time', 'n'");
	compile_fails("late(time=1s,n=2,time=1s)", "late: duplicate parameter 'time'");
	compile_fails("late(1s)", "late: expected NAME=VALUE between the parentheses");
	compile_fails("late()", "late: expected NAME=VALUE between the parentheses");
	compile_fails("late(n=1", "late: expected ',' or ')' after a value");
	compile_fails("data=\"abc", "missing \" at the end of the value");
	compile_fails("data=abcdefghij", "data: text: expected a text of 1 to 9 octets, got "
					 "'abcdefghij'");
	compile_fails("small(isn=0x100000000)", "small: isn: expected a number below 2^32, such as "
						"0xCE66AE01, got '0x100000000'");
	compile_fails("data=a\\q",
		      "data with these values: behaviours.data.rules[0].set.payload, at "
		      "t.conf:17: column 3: expected one of \\n \\r \\t \\\\ \\\" \\xHH");
	compile_fails("small=70000", "small with these values: behaviours.small.use.mss, at "
				     "t.conf:27: expected a number from 0 to 65535, got '70000'");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(a_parameter_may_be_a_probability)
{
	static const char lossy[] =
		"behaviours = { lossy = { summary = \"l\"; parameters = { rate = { type = "
		"\"probability\"; default = \"5%\"; }; }; rules = ( { on = \"send any\"; drop = "
		"true; if = { probability = \"$rate\"; }; } ); }; };";
	struct ruleset *rs;

	define(lossy, "");
	rs = compile_text("lossy");
	ck_assert(rs->rule[0].cond.probability == (double)0.05);
	ruleset_put(rs);
	rs = compile_text("lossy=0.5");
	ck_assert(rs->rule[0].cond.probability == 0.5);
	ruleset_put(rs);
	compile_fails("lossy=101%", "lossy: rate: expected a probability, as in 0.25 or 25%, got "
				    "'101%'");
	compile_fails("lossy=-1", "lossy: rate: expected a probability, as in 0.25 or 25%, got "
				  "'-1'");
	catalogue_free(&catalogue);
	define("behaviours = { x = { summary = \"x\"; parameters = {\n"
	       "  p = { type = \"probability\"; default = 2; };\n"
	       "  q = { type = \"probability\"; default = 0; max = \"50%\"; }; }; }; };\n",
	       "t.conf:2: behaviours.x.parameters.p.default: expected a probability, as in 0.25 or "
	       "25%, got '2'\n"
	       "t.conf:3: behaviours.x.parameters.q: unexpected 'min' or 'max': a probability "
	       "takes neither\n");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(the_number_of_joined_behaviours_is_bounded)
{
	struct text t = {0};
	struct ruleset *rs;

	define(several, "");
	for (int i = 0; i < 32; i++)
		text_addf(&t, "%slate", i ? "+" : "");
	rs = compile_text(t.s);
	ck_assert_uint_eq(rs->rules, 32);
	ruleset_put(rs);
	diag_free(&diag); /* it warns of duplicates */
	text_add(&t, "+late");
	compile_fails(t.s, "expected at most 32 behaviours, joined by +");
	text_free(&t);
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(without_a_file_errors_have_no_prefix)
{
	static const struct service service;
	struct tcp_settings settings;

	define(several, "");
	tcp_settings_default(&settings);
	ck_assert_ptr_null(
		behaviour_compile(&catalogue, "lat", &settings, &service, &diag, NULL, 0, NULL));
	ck_assert_str_eq(text_str(&diag.lines), "unknown behaviour 'lat'; did you mean 'late'?\n");
	diag_free(&diag);
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(invalid_definitions)
{
	define("behaviours = {\n"
	       "  a = { number = 7; };\n"
	       "  B = { summary = \"b\"; number = 65536; };\n"
	       "  c = { summary = \"c\"; rules = { on = \"receive SYN\"; }; };\n"
	       "  d = { summary = \"d\"; parameters = {\n"
	       "    p = { type = \"numbre\"; default = 1; };\n"
	       "    q = { type = \"number\"; };\n"
	       "    r = { type = \"duration\"; default = \"1s\"; min = \"one\"; };\n"
	       "    s = { type = \"number\"; default = 0; min = 1; max = 2; };\n"
	       "    t = { default = 0; };\n"
	       "    No-Name = { type = \"text\"; default = \"\"; };\n"
	       "    u = { type = \"choice\"; among = \"one, two words\"; default = \"three\"; };\n"
	       "    v = { type = \"choice\"; default = \"one\"; };\n"
	       "    w = { type = \"text\"; default = \"\"; among = \"one\"; };\n"
	       "    x = { type = \"choice\"; among = \"one\"; default = \"one\"; min = 1; };\n"
	       "  }; };\n"
	       "  e = 5;\n"
	       "  f = { summary = \"f\"; use = { mss = 70000; clsoe = \"eof\"; close = \"now\"; }; "
	       "};\n"
	       "  g = { summary = \"g\"; number = 9; };\n"
	       "  h = { summary = \"h\"; number = 9; };\n"
	       "};\n",
	       "t.conf:2: behaviours.a: missing key 'summary'\n"
	       "t.conf:3: behaviours.B: expected a name of lower-case letters, digits and -\n"
	       "t.conf:3: behaviours.B.number: expected a number from 1 to 65535, got '65536'\n"
	       "t.conf:4: behaviours.c.rules: expected a list, ( { on = \"receive SYN\"; … } )\n"
	       "t.conf:6: behaviours.d.parameters.p.type: expected duration, number, sequence, "
	       "text, probability or choice, got 'numbre'\n"
	       "t.conf:7: behaviours.d.parameters.q: missing key 'default'\n"
	       "t.conf:8: behaviours.d.parameters.r.min: expected a duration such as 300ms or 3s, "
	       "got 'one'\n"
	       "t.conf:9: behaviours.d.parameters.s.default: expected a number from 1 to 2, got "
	       "'0'\n"
	       "t.conf:10: behaviours.d.parameters.t: missing key 'type': expected duration, "
	       "number, "
	       "sequence, text, probability or choice\n"
	       "t.conf:11: behaviours.d.parameters.No-Name: expected a name of lower-case letters, "
	       "digits and _\n"
	       "t.conf:12: behaviours.d.parameters.u.default: expected one or two words, got "
	       "'three'\n"
	       "t.conf:13: behaviours.d.parameters.v: missing key 'among': the words of the "
	       "choice\n"
	       "t.conf:14: behaviours.d.parameters.w: unexpected key 'among': only a choice takes "
	       "it\n"
	       "t.conf:15: behaviours.d.parameters.x: unexpected 'min' or 'max': a choice takes "
	       "neither\n"
	       "t.conf:17: behaviours.e: expected a group, { KEY = VALUE; … }\n"
	       "t.conf:18: behaviours.f.use.mss: expected a number from 0 to 65535, got '70000'\n"
	       "t.conf:18: behaviours.f.use.clsoe: unknown key 'clsoe'; did you mean 'close'?\n"
	       "t.conf:18: behaviours.f.use.close: expected eof, reply, leave or never, got 'now'\n"
	       "t.conf:20: h: number 9 in use by 'g' at t.conf:19: choose another number\n");
	catalogue_free(&catalogue);
}
END_TEST

START_TEST(reserved_names_are_not_behaviours)
{
	define("behaviours = {\n"
	       "  a = { summary = \"\"; number = 9; };\n"
	       "  b = { summary = \"\"; };\n"
	       "};\n"
	       "reserved = { b = 8; c = 9; d = 0; };\n",
	       "t.conf:5: reserved.d: expected a number from 1 to 65535, got '0'\n"
	       "t.conf:2: a: number 9 reserved for 'c' at t.conf:5: choose another number\n"
	       "t.conf:3: b: name reserved at t.conf:5 for a future behaviour: choose another "
	       "name\n");
	compile_fails("c", "unknown behaviour 'c': the name is reserved for a future behaviour");
	catalogue_free(&catalogue);
}
END_TEST

UNIT_MAIN("compile", a_definition_keeps_its_text, behaviours_are_joined_in_order,
	  numbers_are_replaced_by_names, behaviours_of_endpoints_are_checked,
	  a_parameter_may_be_a_probability, the_number_of_joined_behaviours_is_bounded,
	  without_a_file_errors_have_no_prefix, invalid_definitions,
	  reserved_names_are_not_behaviours)
