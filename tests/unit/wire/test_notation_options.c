/* SPDX-License-Identifier: MIT */
#include "notations.h"
#include "unit.h"

#include "wire/notation_format.h"
#include "wire/notation_options.h"

#include <string.h>

/* Checks that the options `there`, in hex, become `bytes` by the changes in `text`. */
static void become(const char *there, const char *text, const char *bytes)
{
	struct option_template t;
	struct segment s = {0};
	struct text hex = {0};
	char *error;

	s.opt_len = (uint8_t)hex_decode(there, strlen(there), s.opt, sizeof(s.opt));
	ck_assert_msg(options_parse(text, &t, &error), "%s: %s", text, error);
	options_resolve(&t, &values, &s);
	text_add_hex(&hex, s.opt, s.opt_len);
	ck_assert_str_eq(text_str(&hex), bytes);
	text_free(&hex);
}

START_TEST(options_are_written_as_octets)
{
	static const struct {
		const char *text;
		const char *bytes; /* hex */
	} cases[] = {
		{"", ""},
		{" ", ""},
		{"mss 1460", "020405b4"},
		{"wscale 255", "0303ff"},
		{"sackOK", "0402"},
		{"sack 1:2", "050a0000000100000002"},
		{"sack 1:2 3:4294967295", "0512000000010000000200000003ffffffff"},
		{"TS val 305419896 ecr 1", "080a1234567800000001"},
		{"nop,nop , eol", "010100"},
		{"FO", "2202"},
		{"FO 0102aAff", "22060102aaff"},
		{"raw fd00", "fd00"},
		{"mss 0x5b4,raw fd00,nop", "020405b4fd0001"},
		{"mss snd.nxt-6,wscale seg.len,TS val ts.val+1 ecr ts.recent",
		 "020403e8030307080a1122334500000063"},
		{"sack rcv.nxt+1:rcv.nxt+2", "050a000007d2000007d3"},
		{"kind 200 0102,nop", "c804010201"},
		{"kind 200", "c802"},
		/* lengths that change the option, and lengths that are only written */
		{"mss 1460 len 3", "020305"},
		{"mss 1460 len 2,nop", "020201"},
		{"mss 1460 len 5", "020505b400"},
		{"mss 1460 says 40", "022805b4"},
		{"kind 254 says 0", "fe00"},
		{"kind 254 ffee len 3 says 1,nop", "fe01ff01"},
		{"mss snd.nxt len 3,wscale seg.len", "020300030307"},
		{"sack 1:2 says 9", "05090000000100000002"},
		/* 40 octets, the maximum */
		{"raw "
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011223344556677",
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff001122334455667"
		 "7"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		become("", cases[i].text, cases[i].bytes);
}
END_TEST

START_TEST(changes_apply_to_present_options)
{
	static const struct {
		const char *there, *change, *bytes;
	} cases[] = {
		{"020405b401030307", "+sackOK", "020405b4010303070402"},
		{"020405b401030307", "=mss 400", "0204019001030307"},
		{"020405b401030307", "=mss 1460 len 3", "02030501030307"},
		{"020405b401030307", "=sackOK", "020405b401030307"}, /* the option is absent */
		{"020405b401030307", "-wscale", "020405b4"},
		{"020405b401030307", "-mss", "01030307"},
		{"020405b401030307", "-mss,-wscale", ""},
		{"020405b401030307", "-mss, +kind 200 01, =wscale seg.len", "01030307c80301"},
		{"0101080a1122334455667788", "=TS val ts.val-1 ecr ts.recent",
		 "0101080a1122334300000063"},
		{"0101080a11223344556677880101050a0000000100000002", "-TS",
		 "0101050a0000000100000002"},
		{"c80300c80301", "-kind 200", ""},
		{"c80300c80301", "=kind 200", "c802c80301"},
		{"0101", "-nop", ""},
		{"00020405b4", "-eol", "020405b4"},
		{"00020405b4", "=mss 1", "00020405b4"},   /* after the end of the options */
		{"fd00020405b4", "-mss", "fd00020405b4"}, /* after the end of the options, too */
		/* no room for more */
		{"010203040506070809101112131415161718192021222324252627282930313233343536373839",
		 "+sackOK,+nop",
		 "0102030405060708091011121314151617181920212223242526272829303132333435363738390"
		 "1"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		become(cases[i].there, cases[i].change, cases[i].bytes);
}
END_TEST

START_TEST(octets_are_formatted_as_options)
{
	static const struct {
		const char *bytes; /* hex */
		const char *text;
	} cases[] = {
		{"", ""},
		{"020405b40402080a123456780000000101030307",
		 "mss 1460,sackOK,TS val 305419896 ecr 1,nop,wscale 7"},
		{"0101050a0000000100000002", "nop,nop,sack 1:2"},
		{"22020101", "FO,nop,nop"},
		{"22060102aaff", "FO 0102aaff"},
		{"02030501", "raw 020305,nop"}, /* known kind, unexpected length */
		{"0303", "raw 0303"},
		{"fe04f989", "raw fe04f989"},
		{"fd000204", "raw fd000204"},
		{"0101fdff", "nop,nop,raw fdff"},
		{"01000000", "nop,eol,eol,eol"},
		{"000102", "eol,raw 0102"},
		{"0502", "raw 0502"},
		{"050b0000000100000002ff", "raw 050b0000000100000002ff"},
		{"02", "raw 02"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t opt[SEGMENT_OPT_MAX];
		struct option_template t;
		struct text out = {0};
		char *error;
		int n = hex_decode(cases[i].bytes, strlen(cases[i].bytes), opt, sizeof(opt));

		options_format(opt, (uint8_t)n, &out);
		ck_assert_str_eq(text_str(&out), cases[i].text);
		ck_assert(options_parse(text_str(&out), &t, &error));
		ck_assert_int_eq(t.len, n);
		ck_assert_mem_eq(t.bytes, opt, t.len);
		text_free(&out);
	}
}
END_TEST

START_TEST(changes_match_options)
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

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
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

UNIT_MAIN("notation_options", options_are_written_as_octets, changes_apply_to_present_options,
	  octets_are_formatted_as_options, changes_match_options)
