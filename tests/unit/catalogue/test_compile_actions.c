/* SPDX-License-Identifier: MIT */
/* Actions of one rule: every key of `emit` in every form, and the errors for invalid ones. */
#include "definitions.h"

#include "base/container.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

START_TEST(emitted_segments)
{
	struct ruleset *rs = one_rule(
		"{ on = \"receive SYN\"; emit = ( \"R. 0:0(0) ack seg.seq+seg.len\", "
		"{ icmp = \"too-big\"; mtu = 576; delay = \"1ms\"; }, "
		"{ segment = \"P. iss:iss+2(2) ack irs \\\"ab\\\"\"; delay = \"2s\"; } ); }");
	const struct rule_emit *e = rs->rule->emit;

	ck_assert_uint_eq(rs->rule->emits, 3);
	ck_assert(!e[0].is_icmp);
	ck_assert_uint_eq(e[0].segment.flags, TCP_RST | TCP_ACK);
	ck_assert_uint_eq(e[0].segment.ack.terms, 2);
	ck_assert_int_eq(e[0].delay, 0);
	ck_assert(e[1].is_icmp);
	ck_assert(e[1].icmp.given && e[1].icmp.type == 3 && e[1].icmp.code == 4);
	ck_assert(e[1].icmp6.given && e[1].icmp6.type == 2 && e[1].icmp6.code == 0);
	ck_assert_ptr_null(e[1].quote);
	ck_assert_uint_eq(e[1].icmp_rest, 576);
	ck_assert_int_eq(e[1].delay, NS_PER_MS);
	ck_assert_uint_eq(e[2].segment.len, 2);
	ck_assert_int_eq(e[2].delay, 2 * NS_PER_S);
	ruleset_put(rs);
#define EMIT(text) "{ on = \"receive SYN\"; emit = " text "; }"
	one_wrong(EMIT("\"R 0:0(0)\""),
		  ".emit: expected a list, ( \"SEGMENT\", { icmp = \"NAME\"; } )");
	one_wrong(EMIT("( \"R 0:1(0)\" )"),
		  ".emit[0]: column 5: expected the end to be the sequence number plus 0");
	one_wrong(EMIT("( { icmp = \"port-unreachabel\"; } )"),
		  ".emit[0].icmp: expected an ICMP message such as port-unreachable, or its type "
		  "and code, as in 3/13, got 'port-unreachabel'");
	one_wrong(EMIT("( { icmp = \"3/256\"; } )"),
		  ".emit[0].icmp: expected an ICMP message such as port-unreachable, or its type "
		  "and code, as in 3/13, got '3/256'");
	one_wrong(EMIT("( { icmp6 = \"source-quench\"; } )"),
		  ".emit[0].icmp6: expected an ICMPv6 message, got 'source-quench'");
	one_wrong(EMIT("( { segment = \"R 0:0(0)\"; quote = { seq = \"1\"; }; } )"),
		  ".emit[0].quote: requires 'icmp'");
	one_wrong(EMIT("( { icmp = \"too-big\"; quote = { ttl = 256; }; } )"),
		  ".emit[0].quote.ttl: expected a number from 0 to 255, got '256'");
	one_wrong(EMIT("( { delay = \"1s\"; } )"),
		  ".emit[0]: expected exactly one of 'segment', 'copy' and 'icmp'");
	one_wrong(EMIT("( { segment = \"R 0:0(0)\"; icmp = \"too-big\"; } )"),
		  ".emit[0]: expected exactly one of 'segment', 'copy' and 'icmp'");
	one_wrong(EMIT("( { icmp = \"too-big\"; mtu = 1; rest = 1; } )"),
		  ".emit[0].rest: unexpected beside 'mtu': both are the same 32 bits");
	one_wrong(EMIT("( { segment = \"R 0:0(0)\"; mtu = 1; } )"),
		  ".emit[0].mtu: requires 'icmp'");
	one_wrong(EMIT("( 5 )"), ".emit[0]: expected a group, { KEY = VALUE; … }");
#undef EMIT
}
END_TEST

START_TEST(icmp_by_name_and_by_number)
{
	struct ruleset *rs = one_rule("{ on = \"receive any\"; emit = ( { icmp = \"3/13\"; }, { "
				      "icmp = \"source-quench\"; }, "
				      "{ icmp6 = \"4/1\"; icmp = \"too-big\"; quote = { seq = "
				      "\"seg.seq+1\"; cut = 8; }; }, "
				      "{ icmp6 = \"time-exceeded\"; } ); }");
	const struct rule_emit *e = rs->rule->emit;

	ck_assert(e[0].is_icmp && e[0].icmp.given && !e[0].icmp6.given);
	ck_assert_uint_eq(e[0].icmp.type, 3);
	ck_assert_uint_eq(e[0].icmp.code, 13);
	ck_assert(e[1].icmp.given && e[1].icmp.type == 4 && !e[1].icmp6.given);
	ck_assert(e[2].icmp.given && e[2].icmp.type == 3 && e[2].icmp.code == 4);
	ck_assert(e[2].icmp6.given && e[2].icmp6.type == 4 && e[2].icmp6.code == 1);
	ck_assert_uint_eq(e[2].quote->fields, SET_SEQ);
	ck_assert(e[2].quote->shapes);
	ck_assert(!e[3].icmp.given && e[3].icmp6.given && e[3].icmp6.type == 3);
	ruleset_put(rs);
}
END_TEST

START_TEST(fields_beside_a_segment)
{
	struct ruleset *rs = one_rule(
		"{ on = \"send DATA\"; split = \"3 pieces\"; spacing = \"1ms\"; reorder = "
		"\"swap\"; emit = ( { copy = { ip_len = 4; skip = \"50%\"; }; before = true; }, "
		"{ segment = \"R 0:0(0)\"; payload = \"why\\\\n\"; times = 3; every = \"1s\"; } ); "
		"}");
	const struct rule_emit *e = rs->rule->emit;

	ck_assert_uint_eq(rs->rule->split.pieces, 3);
	ck_assert_uint_eq(rs->rule->split.octets, 0);
	ck_assert_int_eq(rs->rule->split.spacing, NS_PER_MS);
	ck_assert_uint_eq(rs->rule->order, ORDER_SWAP);
	ck_assert_uint_eq(e[0].over->fields, SET_IP_LEN);
	ck_assert(e[0].over->shapes && e[0].over->shape.skip.hundredths);
	ck_assert(e[0].before);
	ck_assert_uint_eq(e[0].times, 1);
	ck_assert(e[0].is_copy && !e[1].is_copy);
	ck_assert(!e[1].before);
	ck_assert_uint_eq(e[1].over->fields, SET_PAYLOAD);
	ck_assert_uint_eq(e[1].over->len, 4);
	ck_assert_mem_eq(e[1].over->payload, "why\n", 4);
	ck_assert_uint_eq(e[1].times, 3);
	ck_assert_int_eq(e[1].every, NS_PER_S);
	ruleset_put(rs);
#define SEND(text) "{ on = \"send DATA\"; " text "; }"
	one_wrong(SEND("split = 0"), ".split: expected a number of octets for each piece, or a "
				     "number of pieces, as in '3 pieces', got '0'");
	one_wrong(SEND("reorder = \"random\""), ".reorder: expected reverse or swap, got 'random'");
	one_wrong(SEND("set = { keep = \"101%\"; }"),
		  ".set.keep: expected a number of octets from 0 to 65535, or a percentage such as "
		  "50%, got '101%'");
	one_wrong(
		SEND("set = { flags = \"+Z\"; }"),
		".set.flags: column 1: expected flags (some of S F R P U E W AE . or - for none)");
	one_wrong(SEND("emit = ( { copy = { seqq = 1; }; } )"),
		  ".emit[0].copy.seqq: unknown key 'seqq'; did you mean 'seq'?");
	one_wrong(SEND("emit = ( { copy = { }; payload = \"x\"; } )"),
		  ".emit[0]: unexpected fields of 'set': only 'segment' takes them here: write the "
		  "fields of a copy or a quote within 'copy' or 'quote'");
	one_wrong(SEND("emit = ( { icmp = \"too-big\"; cut = 3; } )"),
		  ".emit[0]: unexpected fields of 'set': only 'segment' takes them here: write the "
		  "fields of a copy or a quote within 'copy' or 'quote'");
#undef SEND
}
END_TEST

/* In `emit`, each key of `set` applies to the emitted segment, whatever the trigger is. */
START_TEST(fields_of_emitted_segments)
{
	static const char *const triggers[] = {"receive SYN", "send any", "enter ESTABLISHED",
					       "after 1s in ESTABLISHED"};
	static const char fields[] =
		"flags = \"+AE\"; seq = \"seg.ack\"; ack = 5; window = 6; options = \"+nop\"; "
		"payload "
		"= \"x\"; checksum = \"bad\"; urgent = 7; reserved = 14; doff = 9; ttl = 46; tos = "
		"1; "
		"ecn = \"ce\"; df = false; ip_id = 77; ip_len = \"+1\"; sport = 8; saddr = \"+1\"; "
		"keep = 1; skip = 0; fill = \"y\"; cut = 30; dscp = 3; flow = 4; ip_options = "
		"\"nop\"; ip6_headers = \"hop\"; trailer = \"z\"; fragment = 8; fragment_overlap = "
		"0; "
		"fragment_reverse = true; ";
	char rule[1024];

	for (size_t i = 0; i < COUNT_OF(triggers); i++) {
		struct ruleset *rs;
		const struct rule_emit *e;

		snprintf(rule, sizeof(rule),
			 "{ on = \"%s\"; emit = ( { segment = \"R. 0:0(0) ack 1\"; %s} ); }",
			 triggers[i], fields);
		rs = one_rule(rule);
		e = rs->rule->emit;
		ck_assert_uint_eq(e->over->fields, (SET_SADDR << 1) - 1);
		ck_assert(e->over->shapes && e->over->ip->has_flow);
		ck_assert_uint_eq(e->over->flags, TCP_AE);
		ruleset_put(rs);
	}
}
END_TEST

/* Returns a rule of `before`, n octets as "hex:", and `after`. The caller frees it. */
static char *with_octets(const char *before, int n, const char *after)
{
	return xasprintf("%shex:%0*d%s", before, 2 * n, 0, after);
}

START_TEST(texts_too_long)
{
	static const struct {
		const char *before, *after;
		int max;
		const char *expected;
	} texts[] = {
		{"{ on = \"send DATA\"; set = { payload = \"", "\"; }; }", 65495,
		 ".set.payload: expected at most 65495 octets, got 65496"},
		{"{ on = \"send DATA\"; set = { fill = \"", "\"; }; }", 65495,
		 ".set.fill: expected at most 65495 octets, got 65496"},
		{"{ on = \"send DATA\"; set = { trailer = \"", "\"; }; }", 512,
		 ".set.trailer: expected at most 512 octets, got 513"},
		{"{ on = \"enter ESTABLISHED\"; machine = \"write ", "\"; }", 262144,
		 ".machine: expected at most 262144 octets, got 262145"},
		{"{ on = \"enter ESTABLISHED\"; machine = \"write \\\"", "\\\"\"; }", 262144,
		 ".machine: expected at most 262144 octets, got 262145"},
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char *fits = with_octets(texts[i].before, texts[i].max, texts[i].after);
		char *wrong = with_octets(texts[i].before, texts[i].max + 1, texts[i].after);

		ruleset_put(one_rule(fits));
		one_wrong(wrong, texts[i].expected);
		free(fits);
		free(wrong);
	}
}
END_TEST

UNIT_MAIN("compile_actions", emitted_segments, fields_of_emitted_segments,
	  icmp_by_name_and_by_number, fields_beside_a_segment, texts_too_long)
