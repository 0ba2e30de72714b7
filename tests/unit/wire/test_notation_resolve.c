/* SPDX-License-Identifier: MIT */
/* Conversion of the notation to a segment, and comparison of a segment with it. */
#include "notations.h"
#include "unit.h"

#include "wire/notation_parse.h"
#include "wire/notation_resolve.h"

#include <string.h>

START_TEST(a_syn_ack_is_resolved)
{
	static const uint8_t opt[] = {0x02, 0x04, 0x05, 0xb4, 0x01, 0x03, 0x03, 0x08};
	struct notation n = notation_of("S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 8>");
	struct segment s = {.sport = 7, .ttl = 64, .urgent = 9, .reserved = 3};

	notation_resolve(&n, NULL, &s);
	ck_assert_uint_eq(n.parts, PART_WINDOW | PART_OPTIONS);
	ck_assert_uint_eq(s.flags, TCP_SYN | TCP_ACK);
	ck_assert_uint_eq(s.seq, 0);
	ck_assert_uint_eq(s.ack, 1);
	ck_assert_uint_eq(s.window, 65535);
	ck_assert_uint_eq(s.opt_len, sizeof(opt));
	ck_assert_mem_eq(s.opt, opt, sizeof(opt));
	ck_assert_uint_eq(s.len, 0);
	/* Fields that the text does not mention stay unchanged. */
	ck_assert(s.sport == 7 && s.ttl == 64 && s.urgent == 9 && s.reserved == 3);
	notation_free(&n);
}
END_TEST

START_TEST(names_are_resolved)
{
	struct notation n =
		notation_of("P. snd.nxt:snd.nxt+3(3) ack rcv.nxt-1 win rcv.wnd \"abc\"");
	struct segment s = {.opt_len = 4};

	notation_resolve(&n, &values, &s);
	ck_assert_uint_eq(s.seq, 1006);
	ck_assert_uint_eq(s.ack, 2000);
	ck_assert_uint_eq(s.window, 65535);
	ck_assert_uint_eq(s.len, 3);
	ck_assert_mem_eq(s.payload, "abc", 3);
	ck_assert_uint_eq(s.opt_len, 4);
	notation_free(&n);
}
END_TEST

START_TEST(fields_and_lies_are_set)
{
	struct notation n =
		notation_of("- 5:5(0) [ttl 1, tos 0x10, ce, df, id 65535, flow 0xfffff, "
			    "reserved 15, cksum bad, doff 4, iplen 39, ipcksum 1]");
	struct segment s = {0};

	notation_resolve(&n, NULL, &s);
	ck_assert_uint_eq(s.flags, 0);
	ck_assert_uint_eq(s.ttl, 1);
	ck_assert_uint_eq(s.tos, 0x13);
	ck_assert(s.df);
	ck_assert_uint_eq(s.ip_id, 65535);
	ck_assert_uint_eq(s.flow, 0xfffff);
	ck_assert_uint_eq(s.reserved, 15);
	ck_assert_uint_eq(s.lie.checksum, CHECKSUM_BAD);
	ck_assert(s.lie.has_doff && s.lie.has_ip_len && s.lie.has_ip_cksum);
	ck_assert_uint_eq(s.lie.doff, 4);
	ck_assert_uint_eq(s.lie.ip_len, 39);
	ck_assert_uint_eq(s.lie.ip_cksum, 1);
	notation_free(&n);
}
END_TEST

START_TEST(ecn_by_name_keeps_dscp)
{
	static const struct {
		const char *text;
		uint8_t tos;
	} cases[] = {
		{"S 0:0(0) [ect0]", 0xba},
		{"S 0:0(0) [ect1]", 0xb9},
		{"S 0:0(0) [ce]", 0xbb},
		{"S 0:0(0) [tos 4]", 4},
		{"S 0:0(0) [ect0, tos 0x13]", 0x12},
		{"S 0:0(0)", 0xb8},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct notation n = notation_of(cases[i].text);
		struct segment s = {.tos = 0xb8, .df = true};

		notation_resolve(&n, NULL, &s);
		ck_assert_uint_eq(s.tos, cases[i].tos);
		ck_assert(s.df);
		notation_free(&n);
	}
}
END_TEST

START_TEST(three_lies_of_the_checksum)
{
	static const struct {
		const char *text;
		enum checksum_lie lie;
		uint16_t value;
	} cases[] = {
		{"S 0:0(0) [cksum bad]", CHECKSUM_BAD, 0},
		{"S 0:0(0) [cksum zero]", CHECKSUM_ZERO, 0},
		{"S 0:0(0) [cksum 0xbeef]", CHECKSUM_FIXED, 0xbeef},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct notation n = notation_of(cases[i].text);
		struct segment s = {0};

		notation_resolve(&n, NULL, &s);
		ck_assert_int_eq(s.lie.checksum, cases[i].lie);
		ck_assert_uint_eq(s.lie.checksum_value, cases[i].value);
		notation_free(&n);
	}
}
END_TEST

START_TEST(a_match_compares_mentioned_fields)
{
	struct notation n = notation_of("S. iss:iss(0) ack irs+1 win 100 <mss 1460,wscale 8>");
	struct segment s = {.flags = TCP_SYN | TCP_ACK,
			    .seq = 1000,
			    .ack = 2001,
			    .window = 100,
			    .ttl = 3,
			    .urgent = 4,
			    .opt_len = 8, /* including the padding on the wire */
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

START_TEST(a_mismatch_names_the_difference)
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

START_TEST(without_the_flag_the_ack_field_is_ignored)
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

START_TEST(a_missing_lie_is_a_mismatch)
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

UNIT_MAIN("notation_resolve", a_syn_ack_is_resolved, names_are_resolved, fields_and_lies_are_set,
	  ecn_by_name_keeps_dscp, three_lies_of_the_checksum, a_match_compares_mentioned_fields,
	  a_mismatch_names_the_difference, without_the_flag_the_ack_field_is_ignored,
	  a_missing_lie_is_a_mismatch)
