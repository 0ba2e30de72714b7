/* SPDX-License-Identifier: MIT */
#include "notations.h"
#include "unit.h"

#include <string.h>

START_TEST(a_match_looks_at_what_is_mentioned)
{
	struct notation n = notation_of("S. iss:iss(0) ack irs+1 win 100 <mss 1460,wscale 8>");
	struct segment s = {.flags = TCP_SYN | TCP_ACK,
			    .seq = 1000,
			    .ack = 2001,
			    .window = 100,
			    .ttl = 3,
			    .urgent = 4,
			    .opt_len = 8, /* with its padding, as on the wire */
			    .opt = {2, 4, 0x05, 0xb4, 3, 3, 8, 0}};
	struct text why = {0};

	ck_assert(notation_match(&n, &values, &s, &why));
	ck_assert_str_eq(text_str(&why), "");
	ck_assert(notation_match(&n, &values, &s, NULL));
	notation_free(&n);
	n = notation_of("S. iss:iss(0) ack irs+1");
	ck_assert(notation_match(&n, &values, &s, &why));
	notation_free(&n);
	n = notation_of("S. iss:iss(0) ack irs+1 <>");
	ck_assert(!notation_match(&n, &values, &s, NULL));
	notation_free(&n);
}
END_TEST

START_TEST(a_mismatch_says_what_differs)
{
	struct notation n =
		notation_of("S. 1:4(3) ack 16 win 100 urg 1 <mss 1460> [ttl 64, ce, df] \"abc\"");
	struct segment s = {.flags = TCP_SYN,
			    .seq = 2,
			    .ack = 17,
			    .window = 101,
			    .len = 2,
			    .payload = (const uint8_t *)"ax",
			    .ttl = 63,
			    .tos = 1,
			    .opt_len = 3,
			    .opt = {3, 3, 8}};
	struct text why = {0};

	ck_assert(!notation_match(&n, NULL, &s, &why));
	ck_assert_str_eq(text_str(&why),
			 "flags: expected S. (0x12), got S (0x02)\n"
			 "seq: expected 1 (0x1), got 2 (0x2)\n"
			 "len: expected 3 (0x3), got 2 (0x2)\n"
			 "ack: expected 16 (0x10), got 17 (0x11)\n"
			 "win: expected 100 (0x64), got 101 (0x65)\n"
			 "urg: expected 1 (0x1), got 0 (0x0)\n"
			 "options: expected <mss 1460> (020405b4), got <wscale 8> (030308)\n"
			 "payload: expected 98 (0x62) in octet 1, got 120 (0x78)\n"
			 "ttl: expected 64 (0x40), got 63 (0x3f)\n"
			 "tos: expected 3 (0x3), got 1 (0x1)\n"
			 "df: expected 1 (0x1), got 0 (0x0)\n");
	ck_assert(!notation_match(&n, NULL, &s, NULL));
	text_free(&why);
	notation_free(&n);
}
END_TEST

START_TEST(changes_to_options_ask_for_some)
{
	static const struct {
		const char *there, *asked;
		bool holds;
	} cases[] = {
		{"mss 1460,nop,wscale 3", "+mss 1460", true},
		{"mss 1460,nop,wscale 3", "+wscale 3,+mss 1460", true},
		{"mss 1460,nop,wscale 3", "+mss 1461", false},
		{"mss 1460,nop,wscale 3", "+nop,-TS", true},
		{"mss 1460,nop,wscale 3", "-TS,-nop", false},
		{"mss 1460,nop,wscale 3", "=mss 1460,=TS val 1 ecr 2", true},
		{"mss 1460,nop,wscale 3", "=mss 1", false},
		{"mss 1,mss 2", "+mss 2,=mss 1", true},
		{"mss 1,mss 2", "=mss 2", false},
		{"raw fd00", "+raw fd00", true},
		{"raw fd00", "+raw fd0001", false},
		{"", "+nop", false},
		{"", "-nop", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct option_template there, asked;
		struct segment s = {0};
		char *error;

		ck_assert(options_parse(cases[i].there, &there, &error));
		ck_assert(options_parse(cases[i].asked, &asked, &error));
		options_resolve(&there, NULL, &s);
		ck_assert_msg(options_match(&asked, NULL, &s) == cases[i].holds, "%s in %s",
			      cases[i].asked, cases[i].there);
	}
}
END_TEST

START_TEST(without_the_flag_the_ack_field_is_free)
{
	struct notation n = notation_of("R 1:1(0)");
	struct segment s = {.flags = TCP_RST, .seq = 1, .ack = 77};
	struct text why = {0};

	ck_assert(notation_match(&n, NULL, &s, &why));
	notation_free(&n);
	n = notation_of("R 1:1(0) ack 78");
	ck_assert(!notation_match(&n, NULL, &s, &why));
	ck_assert_str_eq(text_str(&why), "ack: expected 78 (0x4e), got 77 (0x4d)\n");
	notation_free(&n);
	text_free(&why);
}
END_TEST

START_TEST(a_lie_that_was_not_told_is_a_mismatch)
{
	struct notation n =
		notation_of("S 1:1(0) [cksum bad, doff 4, iplen 1, ipcksum 2, reserved 1]");
	struct segment s = {.flags = TCP_SYN, .seq = 1};
	struct text why = {0};

	ck_assert(!notation_match(&n, NULL, &s, &why));
	for (const char *const *word =
		     (const char *const[]){"cksum", "doff", "iplen", "ipcksum", "reserved", NULL};
	     *word; word++)
		ck_assert_msg(strstr(text_str(&why), *word), "%s", *word);
	notation_resolve(&n, NULL, &s);
	ck_assert(notation_match(&n, NULL, &s, NULL));
	text_free(&why);
	notation_free(&n);
}
END_TEST

UNIT_MAIN("match", a_match_looks_at_what_is_mentioned, a_mismatch_says_what_differs,
	  changes_to_options_ask_for_some, without_the_flag_the_ack_field_is_free,
	  a_lie_that_was_not_told_is_a_mismatch)
