/* SPDX-License-Identifier: MIT */
#include "notations.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_syn_ack_is_a_segment)
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
	/* Not mentioned, not touched. */
	ck_assert(s.sport == 7 && s.ttl == 64 && s.urgent == 9 && s.reserved == 3);
	notation_free(&n);
}
END_TEST

START_TEST(names_are_filled_in)
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

START_TEST(each_flag_is_its_bit_in_any_order)
{
	static const struct {
		const char *text;
		uint8_t flags;
		const char *written;
	} cases[] = {
		{"F", TCP_FIN, "F"},
		{"S", TCP_SYN, "S"},
		{"R", TCP_RST, "R"},
		{"P", TCP_PSH, "P"},
		{".", TCP_ACK, "."},
		{"U", TCP_URG, "U"},
		{"E", TCP_ECE, "E"},
		{"W", TCP_CWR, "W"},
		{"-", 0, "-"},
		{"WES", TCP_SYN | TCP_ECE | TCP_CWR, "SEW"},
		{".EWUPRFS", 0xff, "SFRPUEW."},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64], written[9];
		struct notation n;

		snprintf(text, sizeof(text), "%s 1:1(0) ack 5", cases[i].text);
		n = notation_of(text);
		ck_assert_uint_eq(n.flags, cases[i].flags);
		flags_format(n.flags, written);
		ck_assert_str_eq(written, cases[i].written);
		notation_free(&n);
	}
}
END_TEST

START_TEST(options_are_bytes)
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
		/* lengths that are what they say, and those that only say so */
		{"mss 1460 len 3", "020305"},
		{"mss 1460 len 2,nop", "020201"},
		{"mss 1460 len 5", "020505b400"},
		{"mss 1460 says 40", "022805b4"},
		{"kind 254 says 0", "fe00"},
		{"kind 254 ffee len 3 says 1,nop", "fe01ff01"},
		{"mss snd.nxt len 3,wscale seg.len", "020300030307"},
		{"sack 1:2 says 9", "05090000000100000002"},
		/* 40 octets, which is all there is room for */
		{"raw "
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011223344556677",
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff001122334455667"
		 "7"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct option_template t;
		struct segment s = {0};
		struct text hex = {0};
		char *error;

		ck_assert_msg(options_parse(cases[i].text, &t, &error), "%s: %s", cases[i].text,
			      error);
		options_resolve(&t, &values, &s);
		text_add_hex(&hex, s.opt, s.opt_len);
		ck_assert_str_eq(text_str(&hex), cases[i].bytes);
		text_free(&hex);
	}
}
END_TEST

START_TEST(options_change_those_that_are_there)
{
	static const struct {
		const char *there, *change, *bytes;
	} cases[] = {
		{"020405b401030307", "+sackOK", "020405b4010303070402"},
		{"020405b401030307", "=mss 400", "0204019001030307"},
		{"020405b401030307", "=mss 1460 len 3", "02030501030307"},
		{"020405b401030307", "=sackOK", "020405b401030307"}, /* there is none */
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
		{"00020405b4", "=mss 1", "00020405b4"},   /* behind the end, so it is none */
		{"fd00020405b4", "-mss", "fd00020405b4"}, /* so is this */
		/* no room */
		{"010203040506070809101112131415161718192021222324252627282930313233343536373839",
		 "+sackOK,+nop",
		 "0102030405060708091011121314151617181920212223242526272829303132333435363738390"
		 "1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct option_template t;
		struct segment s = {0};
		struct text hex = {0};
		char *error;

		s.opt_len = (uint8_t)hex_decode(cases[i].there, strlen(cases[i].there), s.opt,
						sizeof(s.opt));
		ck_assert_msg(options_parse(cases[i].change, &t, &error), "%s: %s", cases[i].change,
			      error);
		options_resolve(&t, &values, &s);
		text_add_hex(&hex, s.opt, s.opt_len);
		ck_assert_str_eq(text_str(&hex), cases[i].bytes);
		text_free(&hex);
	}
}
END_TEST

START_TEST(bytes_are_written_as_options)
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
		{"02030501", "raw 020305,nop"}, /* known, but of another length */
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

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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

START_TEST(ecn_by_name_leaves_dscp_alone)
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

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notation n = notation_of(cases[i].text);
		struct segment s = {.tos = 0xb8, .df = true};

		notation_resolve(&n, NULL, &s);
		ck_assert_uint_eq(s.tos, cases[i].tos);
		ck_assert(s.df);
		notation_free(&n);
	}
}
END_TEST

START_TEST(the_checksum_lies_in_three_ways)
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

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notation n = notation_of(cases[i].text);
		struct segment s = {0};

		notation_resolve(&n, NULL, &s);
		ck_assert_int_eq(s.lie.checksum, cases[i].lie);
		ck_assert_uint_eq(s.lie.checksum_value, cases[i].value);
		notation_free(&n);
	}
}
END_TEST

START_TEST(payloads_are_strings_or_x)
{
	struct notation n = notation_of("P. 1:9(8) ack 1 \"\\n\\r\\t\\\\\\\"\\x00\\xfFz\"");

	ck_assert_uint_eq(n.len, 8);
	ck_assert_mem_eq(n.payload, "\n\r\t\\\"\0\xffz", 8);
	ck_assert(n.parts & PART_PAYLOAD);
	notation_free(&n);
	n = notation_of("P. 1:4(3) ack 1");
	ck_assert_mem_eq(n.payload, "xxx", 3);
	ck_assert(!(n.parts & PART_PAYLOAD));
	notation_free(&n);
	ck_assert_ptr_null(n.payload);
	n = notation_of("S 0:0(0) \"\"");
	ck_assert_uint_eq(n.len, 0);
	notation_free(&n);
}
END_TEST

START_TEST(errors_name_the_column_and_what_was_expected)
{
	static const struct {
		const char *text;
		const char *error; /* its beginning */
	} cases[] = {
		{"", "column 1: expected flags"},
		{"S", "column 2: expected SEQ:END(LEN) after the flags"},
		{"X 0:0(0)", "column 1: expected flags"},
		{"SS 0:0(0)", "column 2: expected each flag once"},
		{"S  0", "column 5: expected :"},
		{"S 0:", "column 5: expected a number, or one of iss"},
		{"S 0:0", "column 6: expected ("},
		{"S 0:0(x)", "column 7: expected a number"},
		{"S 0:0(0", "column 8: expected )"},
		{"S 0:1(0)", "column 5: expected the end to be the sequence number plus 0"},
		{"S iss:irs(0)", "column 7: expected the end"},
		{"S 0:65536(65536)", "column 11: expected a number from 0 to 65535"},
		{"S. 0:0(0)", "column 10: expected ack N"},
		{"S 0:0(0) foo 1", "column 10: expected ack N, win N"},
		{"S 0:0(0) win", "column 13: expected a number"},
		{"S 0:0(0) win 65536", "column 10: expected win to be from 0 to 65535"},
		{"S 0:0(0) win 1 win 2", "column 16: expected win once"},
		{"S 0:0(0) ack 1 ack 2", "column 16: expected ack N, win N"},
		{"S 0:0(0) urg -1", "column 14: expected a number from 0 to 65535"},
		{"S 0:0(0) <ms 1460>",
		 "column 11: expected an option (mss, wscale, sackOK, sack, TS, "
		 "nop, eol, FO, kind, raw), not ms; did you mean mss?"},
		{"S 0:0(0) <mss>", "column 14: expected a number"},
		{"S 0:0(0) <mss 65536>", "column 15: expected a number from 0 to 65535"},
		{"S 0:0(0) <wscale 256>", "column 18: expected a number from 0 to 255"},
		{"S 0:0(0) <mss 1460", "column 19: expected , or > after an option"},
		{"S 0:0(0) <mss 1460,>", "column 20: expected an option"},
		{"S 0:0(0) <TS val 1>", "column 19: expected ecr"},
		{"S 0:0(0) <TS 1 ecr 2>", "column 14: expected val"},
		{"S 0:0(0) <sack 1>", "column 17: expected :"},
		{"S 0:0(0) <raw>", "column 14: expected hexadecimal digits"},
		{"S 0:0(0) <raw 123>", "column 15: expected an even number"},
		{"S 0:0(0) <sack 1:2 3:4 5:6 7:8,sack 1:2>",
		 "column 32: expected options of at most 40"},
		{"S 0:0(0) <sack iss:iss iss:iss iss:iss iss:iss,mss iss>",
		 "column 52: expected at most 8 expressions"},
		{"S 0:0(0) <kind 256>", "column 16: expected a number from 0 to 255"},
		{"S 0:0(0) <kind iss>", "column 16: expected a number from 0 to 255"},
		{"S 0:0(0) <mss 1 len 1>", "column 21: expected a len from 2 up: `says`"},
		{"S 0:0(0) <mss 1 len 41>", "column 21: expected a number from 0 to 40"},
		{"S 0:0(0) <mss 1,mss 1 len 40>", "column 17: expected options of at most 40"},
		{"S 0:0(0) <mss 1 says 256>", "column 22: expected a number from 0 to 255"},
		{"S 0:0(0) <nop len 2>", "column 15: expected , or > after an option"},
		{"S 0:0(0) <+nop,nop>", "column 16: expected + - or = before each option"},
		{"S 0:0(0) <nop,+nop>", "column 15: expected an option ("},
		{"S 0:0(0) <-foo>", "column 12: expected a kind of option (mss, wscale, "},
		{"S 0:0(0) <-kind>", "column 16: expected a number"},
		{"S 0:0(0) <-mss 4>", "column 16: expected , or > after an option"},
		{"S 0:0(0) <+nop,+nop,+nop,+nop,+nop,+nop,+nop,+nop,+nop>",
		 "column 51: expected at most 8 changes"},
		{"S 0:0(0) <> <>", "column 13: expected <options> once"},
		{"S 0:0(0) []", "column 11: expected a field (ttl, tos"},
		{"S 0:0(0) [tll 3]",
		 "column 11: expected a field (ttl, tos, id, flow, reserved, doff, "
		 "iplen, ipcksum, cksum, ect0, ect1, ce, df, nodf), not tll; "
		 "did you mean ttl?"},
		{"S 0:0(0) [ttl]", "column 14: expected a number"},
		{"S 0:0(0) [ttl 256]", "column 15: expected a number from 0 to 255"},
		{"S 0:0(0) [ttl 3", "column 16: expected , or ] after a field"},
		{"S 0:0(0) [df, nodf]", "column 15: expected nodf once"},
		{"S 0:0(0) [cksum good]", "column 17: expected a number"},
		{"S 0:0(0) [doff 16]", "column 16: expected a number from 0 to 15"},
		{"S 0:0(0) [ttl iss]", "column 15: expected a number from 0 to 255"},
		{"P 0:3(3) \"ab\"", "column 10: expected a payload of 3 octets"},
		{"P 0:3(3) \"abc", "column 14: expected \" at the end"},
		{"P 0:1(1) \"\\q\"", "column 11: expected one of \\n"},
		{"P 0:1(1) \"\\x", "column 11: expected one of \\n"},
		{"P 0:1(1) \"\\x1", "column 11: expected one of \\n"},
		{"P 0:1(1) \"\\", "column 11: expected one of \\n"},
		{"P 0:1(1) \"a\" \"a\"", "column 14: expected the payload once"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notation n;
		char *error = NULL;

		ck_assert_msg(!notation_parse(cases[i].text, &n, &error), "%s", cases[i].text);
		ck_assert_ptr_nonnull(error);
		ck_assert_msg(strncmp(error, cases[i].error, strlen(cases[i].error)) == 0, "%s: %s",
			      cases[i].text, error);
		ck_assert_ptr_null(n.payload);
		free(error);
	}
}
END_TEST

START_TEST(flags_alone_are_read)
{
	static const char *const wrong[] = {"", "SX", "SS", "S ", "-S", " S"};
	uint8_t flags = 0;
	char *error;

	ck_assert(flags_parse("SE.", &flags, &error));
	ck_assert_uint_eq(flags, TCP_SYN | TCP_ECE | TCP_ACK);
	ck_assert(flags_parse("-", &flags, &error));
	ck_assert_uint_eq(flags, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(!flags_parse(wrong[i], &flags, &error), "%s", wrong[i]);
		ck_assert_int_eq(strncmp(error, "column ", 7), 0);
		free(error);
	}
}
END_TEST

START_TEST(a_payload_alone_is_read)
{
	uint8_t *payload;
	uint32_t len;
	char *error;

	ck_assert(payload_parse("say \"hi\"\\n\\x00", &payload, &len, &error));
	ck_assert_uint_eq(len, 10);
	ck_assert_mem_eq(payload, "say \"hi\"\n\0", 10);
	free(payload);
	ck_assert(payload_parse("", &payload, &len, &error));
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_null(payload);
	ck_assert(!payload_parse("ab\\q", &payload, &len, &error));
	ck_assert_int_eq(strncmp(error, "column 3: expected one of", 25), 0);
	free(error);
}
END_TEST

/* Every beginning of a text is either a text or an error, with a column inside it. */
START_TEST(a_text_cut_anywhere_is_safe)
{
	static const char whole[] =
		"SP. snd.nxt:snd.nxt+3(3) ack rcv.nxt win 5 urg 6 <mss 1,sack 1:2 "
		"3:4,TS val 1 ecr 2,FO 0102,raw fd00> [ttl 3, cksum bad] \"a\\xffc\"";

	for (size_t len = 0; len <= strlen(whole); len++) {
		char *text = strndup(whole, len), *error;
		struct notation n;
		unsigned column;

		if (!notation_parse(text, &n, &error)) {
			ck_assert_int_eq(sscanf(error, "column %u: expected", &column), 1);
			ck_assert_uint_ge(column, 1);
			ck_assert_uint_le(column, len + 1);
			ck_assert_uint_lt(len, strlen(whole));
			free(error);
		} else {
			notation_free(&n);
		}
		free(text);
	}
}
END_TEST

START_TEST(a_segment_is_written_relative_to_its_bases)
{
	struct segment s = {
		.seq = 1010,
		.ack = 2010,
		.flags = TCP_PSH | TCP_ACK,
		.window = 7,
		.opt_len = 10,
		.opt = {5, 10, 0, 0, 0x07, 0xda + 10, 0, 0, 0x07, 0xda + 20},
		.len = 3,
		.payload = (const uint8_t *)"a\"\xff",
		.ttl = 64,
		.tos = 2,
	};
	struct text out = {0};

	segment_format(&s, 1000, 2000, 0, &out);
	ck_assert_str_eq(text_str(&out), "P. 10:13(3) ack 10 win 7 <sack 20:30>");
	text_clear(&out);
	segment_format(&s, 0, 0, PART_TTL | PART_ECN | PART_DF | PART_PAYLOAD, &out);
	ck_assert_str_eq(text_str(&out), "P. 1010:1013(3) ack 2010 win 7 <sack 2020:2030> "
					 "[ttl 64, ect0, nodf] \"a\\\"\\xff\"");
	text_clear(&out);
	s = (struct segment){.flags = TCP_RST, .seq = UINT32_MAX, .ack = 5};
	segment_format(&s, 0, 3, PART_OPTIONS, &out);
	ck_assert_str_eq(text_str(&out), "R 4294967295:4294967295(0) ack 5 win 0 <>");
	text_clear(&out);
	s.lie = (struct segment_lie){.checksum = CHECKSUM_FIXED,
				     .checksum_value = 7,
				     .has_doff = true,
				     .has_ip_len = true,
				     .ip_len = 9,
				     .has_ip_cksum = true,
				     .ip_cksum = 8};
	s.ack = 0;
	segment_format(&s, UINT32_MAX, 0, 0, &out);
	ck_assert_str_eq(text_str(&out), "R 0:0(0) win 0 [cksum 7, doff 0, iplen 9, ipcksum 8]");
	text_free(&out);
}
END_TEST

UNIT_MAIN("notation", a_syn_ack_is_a_segment, names_are_filled_in,
	  each_flag_is_its_bit_in_any_order, options_are_bytes, options_change_those_that_are_there,
	  bytes_are_written_as_options, fields_and_lies_are_set, ecn_by_name_leaves_dscp_alone,
	  the_checksum_lies_in_three_ways, payloads_are_strings_or_x,
	  errors_name_the_column_and_what_was_expected, flags_alone_are_read,
	  a_payload_alone_is_read, a_text_cut_anywhere_is_safe,
	  a_segment_is_written_relative_to_its_bases)
