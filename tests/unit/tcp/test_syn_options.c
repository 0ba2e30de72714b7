/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/container.h"
#include "base/text.h"
#include "tcp/syn_options.h"

#include <string.h>

#define USUAL "mss,sackOK,TS,nop,wscale" /* the default of an endpoint */

static const struct syn_values all = {
	.mss = 1460,
	.wscale = 7,
	.send_wscale = true,
	.send_sack = true,
	.send_ts = true,
	.ts_val = 0x11223344,
	.ts_ecr = 0x55667788,
};

/* Checks that `text` is written as these octets, in hex. */
static void expect(const char *text, const struct syn_values *v, const char *bytes)
{
	struct segment s = {.opt_len = 7}; /* left from an earlier use */
	struct syn_options o;
	struct text hex = {0};
	char *error = NULL;

	ck_assert_msg(syn_options_parse(text, &o, &error), "%s: %s", text, error);
	syn_options_write(&o, v, &s);
	text_add_hex(&hex, s.opt, s.opt_len);
	ck_assert_msg(strcmp(text_str(&hex), bytes) == 0, "%s: %s, not %s", text, text_str(&hex),
		      bytes);
	text_free(&hex);
}

START_TEST(options_keep_their_order)
{
	expect(USUAL, &all, "020405b40402080a112233445566778801030307");
	expect("wscale,nop,TS,sackOK,mss", &all, "03030701080a11223344556677880402020405b4");
	expect("", &all, "");
	expect("  ", &all, "");
	expect(" mss\t1460 , nop,nop,nop,nop ", &all, "020405b401010101");
}
END_TEST

START_TEST(an_explicit_value_has_priority)
{
	expect("mss 0", &all, "02040000");
	expect("mss 65535", &all, "0204ffff");
	expect("mss 0x218", &all, "02040218");
	expect("mss 010", &all, "0204000a"); /* decimal 10, as in the whole notation */
	expect("nop,wscale 255", &all, "010303ff");
	expect("mss 1,mss", &all, "02040001020405b4");
}
END_TEST

START_TEST(an_option_not_offered_is_removed_with_its_nops)
{
	struct syn_values v = all;

	v.send_wscale = false;
	expect(USUAL, &v, "020405b40402080a1122334455667788");
	expect("mss,nop,nop,wscale,nop,nop,sackOK", &v, "020405b401010402");
	expect("nop,wscale,mss", &v, "020405b4");
	expect("nop,wscale", &v, "");
	/* NOPs before another option stay, and so do NOPs after this option. */
	expect("nop,mss,wscale,nop", &v, "01020405b4010101");
	v.send_ts = false;
	expect("mss,nop,wscale,nop,nop,TS", &v, "020405b4");
	expect("mss,nop,wscale,TS,nop,nop,sackOK", &v, "020405b401010402");
	expect(USUAL, &v, "020405b404020101");
	v.send_sack = false;
	expect(USUAL, &v, "020405b4");
	/* An explicit value has no effect: without send_wscale the option is omitted. */
	expect("mss,nop,wscale 8", &v, "020405b4");
}
END_TEST

START_TEST(the_end_is_padded_unless_it_is_raw)
{
	struct syn_values v = all;

	expect("sackOK", &all, "04020101");
	expect("wscale", &all, "03030701");
	expect("nop", &all, "01010101");
	expect("TS", &all, "080a11223344556677880101");
	expect("raw fd00", &all, "fd00");
	expect("raw fd,mss,raw 00", &all, "fd020405b400");
	expect("mss,eol", &all, "020405b400");
	expect("raw fd00,nop", &all, "fd000101");
	expect("eol,mss", &all, "00020405b4010101");

	/* A removed NOP does not count as the end. */
	v.send_wscale = false;
	expect("raw fd00,nop,wscale", &v, "fd00");
	expect("mss,eol,nop,nop,wscale", &v, "020405b400");
	expect("sackOK,nop,wscale", &v, "04020101");
}
END_TEST

START_TEST(at_most_forty_octets)
{
	static const char ten[] = "00112233445566778899", hex[] = "raw %s%s%s%s%s";
	char *text = xasprintf(hex, ten, ten, ten, ten, ""), *bytes = text + strlen("raw ");
	struct syn_options o;
	char *error = NULL;

	expect(text, &all, bytes);
	free(text);
	expect("TS,TS,TS,TS", &all,
	       "080a1122334455667788080a1122334455667788080a1122334455667788080a112233445566778"
	       "8");
	expect("TS,TS,TS,mss,wscale,sackOK", &all,
	       "080a1122334455667788080a1122334455667788080a1122334455667788020405b40303070402"
	       "01");

	ck_assert(!syn_options_parse("TS,TS,TS,TS,nop", &o, &error));
	ck_assert_str_eq(error, "expected options of at most 40 octets in all");
	free(error);
	text = xasprintf(hex, ten, ten, ten, ten, ",raw 00");
	ck_assert(!syn_options_parse(text, &o, &error));
	ck_assert_str_eq(error, "expected options of at most 40 octets in all");
	free(error);
	free(text);
}
END_TEST

START_TEST(raw_octets_are_always_sent)
{
	struct syn_values none = {.mss = 1460};

	expect("kind 200 0102,mss", &none, "c8040102020405b4");
	expect("mss 1460 len 3,wscale 7 len 2", &none, "0203050302");
	expect("TS val 1 ecr 2", &none, "080a0000000100000002");
	expect("wscale 7,wscale 7 says 3", &none, "030307");
	expect("FO", &none, "");
	expect("FO 0102", &none, "22040102");
}
END_TEST

START_TEST(fill_pads_to_forty_octets)
{
	struct syn_values none = {.mss = 1460};

	expect("fill", &none,
	       "0101010101010101010101010101010101010101010101010101010101010101010101010101010"
	       "1");
	expect("TS,fill,mss", &all,
	       "080a11223344556677880101010101010101010101010101010101010101010101010101020405b"
	       "4");
	expect("TS,fill,nop,nop,wscale,mss", &none,
	       "01010101010101010101010101010101010101010101010101010101010101010101010102"
	       "0405b4");
}
END_TEST

START_TEST(a_cookie_is_sent_if_there_is_room)
{
	static const uint8_t cookie[FAST_OPEN_COOKIE_MAX] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct syn_values v = {.fast_open = cookie, .fast_open_len = 4};

	expect("FO,nop,nop", &v, "2206010203040101");
	v.fast_open_len = 9;
	expect("FO", &v, "220b01020304050607080901");
	v.fast_open_len = 18;
	expect("mss 1,TS,TS,FO", &v, "02040001");
	expect("mss 1,raw 00112233445566778899001122334455,FO", &v,
	       "0204000100112233445566778899001122334455"
	       "2214010203040506070809000000000000000000");
	expect("mss 1,raw 0011223344556677889900112233445566,FO", &v,
	       "020400010011223344556677889900112233445566");
}
END_TEST

START_TEST(many_nops_are_bounded)
{
	struct syn_options o;
	struct text text = {0};
	char *error = NULL;

	text_add(&text, "nop");
	for (int i = 1; i < SYN_OPTIONS_MAX; i++)
		text_add(&text, ",nop");
	ck_assert(syn_options_parse(text_str(&text), &o, &error));
	ck_assert_uint_eq(o.count, SYN_OPTIONS_MAX);
	text_add(&text, ",nop");
	ck_assert(!syn_options_parse(text_str(&text), &o, &error));
	ck_assert_str_eq(error, "expected options of at most 40 octets in all");
	free(error);
	text_free(&text);
}
END_TEST

START_TEST(an_unknown_option_is_named)
{
	static const struct {
		const char *text;
		const char *named;
	} cases[] = {
		{"ms 1460", "'ms 1460'"},
		{"MSS", "'MSS'"},
		{"mss,sackok", "'sackok'"},
		{"mss 65536", "'mss 65536'"},
		{"mss -1", "'mss -1'"},
		{"mss 0x", "'mss 0x'"},
		{"mss 1 2", "'mss 1 2'"},
		{"mss iss", "'mss iss'"},
		{"wscale 256", "'wscale 256'"},
		{"sackOK 1", "'sackOK 1'"},
		{"nop 1", "'nop 1'"},
		{"TS val 1 ecr ts.recent", "'TS val 1 ecr ts.recent'"},
		{"mss,+nop", "'+nop'"},
		{"kind", "'kind'"},
		{"raw", "'raw'"},
		{"raw f", "'raw f'"},
		{"raw fg", "'raw fg'"},
		{"mss,", "''"},
		{"mss, ", "''"},
		{"mss,,nop", "''"},
		{",", "''"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *wanted = xasprintf("expected mss [N], wscale [N], sackOK, TS, FO, nop, eol, "
					 "fill, kind N [HEX] or raw HEX, got %s",
					 cases[i].named);
		struct syn_options o;
		char *error = NULL;

		ck_assert_msg(!syn_options_parse(cases[i].text, &o, &error), "%s", cases[i].text);
		ck_assert_str_eq(error, wanted);
		free(error);
		free(wanted);
	}
}
END_TEST

START_TEST(a_list_has_its_options)
{
	struct syn_options o;
	char *error;

	ck_assert(syn_options_parse("mss 5,TS,raw 0303", &o, &error));
	ck_assert(syn_options_has(&o, SYN_OPT_MSS));
	ck_assert(syn_options_has(&o, SYN_OPT_TS));
	ck_assert(syn_options_has(&o, SYN_OPT_RAW));
	ck_assert(!syn_options_has(&o, SYN_OPT_WSCALE)); /* the raw octets are not examined */
	ck_assert(!syn_options_has(&o, SYN_OPT_SACK));
	ck_assert(syn_options_parse("", &o, &error));
	for (int kind = SYN_OPT_MSS; kind <= SYN_OPT_RAW; kind++)
		ck_assert(!syn_options_has(&o, (enum syn_option_kind)kind));
}
END_TEST

/* A list without FO is written without its template if there is a cookie to grant. */
START_TEST(the_template_is_what_the_list_writes)
{
	static const char *const lists[] = {
		USUAL,       "",
		"mss",       "TS,mss,nop,nop,sackOK,wscale",
		"mss 1,mss", "wscale,wscale 3",
		"TS,TS,mss", "nop,wscale 255,mss 7,nop,nop,TS",
		"mss 9,TS",  "nop,nop,sackOK,nop",
	};
	const uint8_t cookie[FAST_OPEN_COOKIE] = {0};

	for (unsigned i = 0; i < COUNT_OF(lists) * 8; i++) {
		struct syn_values v = all;
		struct segment with, without;
		struct syn_options o;
		char *error;

		ck_assert(syn_options_parse(lists[i / 8], &o, &error));
		v.send_wscale = i & 1;
		v.send_sack = i & 2;
		v.send_ts = i & 4;
		v.mss = (uint16_t)(1000 + i);
		v.ts_ecr = 77 * i;
		syn_options_write(&o, &v, &with);
		v.fast_open = cookie;
		v.fast_open_len = FAST_OPEN_COOKIE;
		syn_options_write(&o, &v, &without);
		ck_assert_uint_eq(with.opt_len, without.opt_len);
		ck_assert_mem_eq(with.opt, without.opt, with.opt_len);
	}
}
END_TEST

UNIT_MAIN("syn_options", the_template_is_what_the_list_writes, options_keep_their_order,
	  an_explicit_value_has_priority, an_option_not_offered_is_removed_with_its_nops,
	  the_end_is_padded_unless_it_is_raw, at_most_forty_octets, raw_octets_are_always_sent,
	  fill_pads_to_forty_octets, a_cookie_is_sent_if_there_is_room, many_nops_are_bounded,
	  an_unknown_option_is_named, a_list_has_its_options)
