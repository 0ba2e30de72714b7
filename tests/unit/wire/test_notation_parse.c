/* SPDX-License-Identifier: MIT */
#include "notations.h"
#include "unit.h"

#include "wire/notation_format.h"
#include "wire/notation_parse.h"

#include <stdio.h>
#include <string.h>

START_TEST(each_flag_is_its_bit_in_any_order)
{
	static const struct {
		const char *text;
		uint16_t flags;
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
		{"AE", TCP_AE, "AE"},
		{"SEWAE", TCP_SYN | TCP_ECE | TCP_CWR | TCP_AE, "SEWAE"},
		{"AEE.", TCP_AE | TCP_ECE | TCP_ACK, "EAE."},
		{".EAEWUPRFS", 0x1ff, "SFRPUEWAE."},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[64], written[FLAGS_TEXT];
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

START_TEST(errors_name_column_and_expectation)
{
	static const struct {
		const char *text;
		const char *error; /* the beginning of the error */
	} cases[] = {
		{"", "column 1: expected flags"},
		{"S", "column 2: expected SEQ:END(LEN) after the flags"},
		{"X 0:0(0)", "column 1: expected flags"},
		{"SS 0:0(0)", "column 2: duplicate flag 'S'"},
		{"S  0", "column 5: expected :"},
		{"S 0:", "column 5: expected a number, or one of iss"},
		{"S 0:0", "column 6: expected ("},
		{"S 0:0(x)", "column 7: expected a number"},
		{"S 0:0(0", "column 8: expected )"},
		{"S 0:1(0)", "column 5: expected the end to be the sequence number plus 0"},
		{"S iss:irs(0)", "column 7: expected the end"},
		{"S 0:65536(65536)", "column 11: expected a number from 0 to 65535"},
		{"S. 0:0(0)", "column 10: missing ack N"},
		{"S 0:0(0) foo 1", "column 10: expected ack N, win N"},
		{"S 0:0(0) win", "column 13: expected a number"},
		{"S 0:0(0) win 65536", "column 10: expected win to be from 0 to 65535"},
		{"S 0:0(0) win 1 win 2", "column 16: duplicate 'win'"},
		{"S 0:0(0) ack 1 ack 2", "column 16: expected ack N, win N"},
		{"S 0:0(0) urg -1", "column 14: expected a number from 0 to 65535"},
		{"S 0:0(0) <ms 1460>",
		 "column 11: expected an option (mss, wscale, sackOK, sack, TS, "
		 "nop, eol, FO, kind, raw), got 'ms'; did you mean 'mss'?"},
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
		{"S 0:0(0) <mss 1 len 1>", "column 21: expected a len of at least 2: 'says'"},
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
		{"S 0:0(0) <> <>", "column 13: duplicate '<options>'"},
		{"S 0:0(0) []", "column 11: expected a field (ttl, tos"},
		{"S 0:0(0) [tll 3]",
		 "column 11: expected a field (ttl, tos, id, flow, reserved, doff, "
		 "iplen, ipcksum, cksum, ect0, ect1, ce, df, nodf), got 'tll'; "
		 "did you mean 'ttl'?"},
		{"S 0:0(0) [ttl]", "column 14: expected a number"},
		{"S 0:0(0) [ttl 256]", "column 15: expected a number from 0 to 255"},
		{"S 0:0(0) [ttl 3", "column 16: expected , or ] after a field"},
		{"S 0:0(0) [df, nodf]", "column 15: duplicate 'nodf'"},
		{"S 0:0(0) [cksum good]", "column 17: expected a number"},
		{"S 0:0(0) [doff 16]", "column 16: expected a number from 0 to 15"},
		{"S 0:0(0) [ttl iss]", "column 15: expected a number from 0 to 255"},
		{"P 0:3(3) \"ab\"", "column 10: expected a payload of 3 octets"},
		{"P 0:3(3) \"abc", "column 14: expected \" at the end"},
		{"P 0:1(1) \"\\q\"", "column 11: expected one of \\n"},
		{"P 0:1(1) \"\\x", "column 11: expected one of \\n"},
		{"P 0:1(1) \"\\x1", "column 11: expected one of \\n"},
		{"P 0:1(1) \"\\", "column 11: expected one of \\n"},
		{"P 0:1(1) \"a\" \"a\"", "column 14: duplicate 'payload'"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
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

START_TEST(flags_alone)
{
	static const char *const wrong[] = {"", "SX", "SS", "S ", "-S", " S", "SA", "AEAE"};
	uint16_t flags = 0;
	char *error;

	ck_assert(flags_parse("SE.", &flags, &error));
	ck_assert_uint_eq(flags, TCP_SYN | TCP_ECE | TCP_ACK);
	ck_assert(flags_parse("-", &flags, &error));
	ck_assert_uint_eq(flags, 0);
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		ck_assert_msg(!flags_parse(wrong[i], &flags, &error), "%s", wrong[i]);
		ck_assert_int_eq(strncmp(error, "column ", 7), 0);
		free(error);
	}
}
END_TEST

START_TEST(a_payload_alone)
{
	uint8_t *payload;
	uint32_t len;
	char *error;

	ck_assert(payload_parse("say \"hi\"\\n\\x00", 10, &payload, &len, &error));
	ck_assert_uint_eq(len, 10);
	ck_assert_mem_eq(payload, "say \"hi\"\n\0", 10);
	free(payload);
	ck_assert(payload_parse("", 7, &payload, &len, &error));
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_null(payload);
	ck_assert(payload_parse("hex:15 0303 000202 28 ", 7, &payload, &len, &error));
	ck_assert_uint_eq(len, 7);
	ck_assert_mem_eq(payload, "\x15\x03\x03\x00\x02\x02\x28", 7);
	free(payload);
	ck_assert(payload_parse("\\x68ex:fF", 7, &payload, &len, &error));
	ck_assert_uint_eq(len, 6);
	ck_assert_mem_eq(payload, "hex:fF", 6);
	free(payload);
	ck_assert(payload_parse("hex:", 7, &payload, &len, &error));
	ck_assert_uint_eq(len, 0);
	ck_assert(!payload_parse("hex:00f", 7, &payload, &len, &error));
	ck_assert_str_eq(error, "column 7: expected two hexadecimal digits for each octet");
	free(error);
	ck_assert(!payload_parse("hex:0 0", 7, &payload, &len, &error));
	free(error);
	ck_assert(!payload_parse("ab\\q", 7, &payload, &len, &error));
	ck_assert_int_eq(strncmp(error, "column 3: expected one of", 25), 0);
	free(error);
	ck_assert(!payload_parse("12345678", 7, &payload, &len, &error));
	ck_assert_str_eq(error, "expected at most 7 octets, got 8");
	free(error);
}
END_TEST

/* Every prefix of a text is either valid, or draws an error with a column inside the prefix. */
START_TEST(truncated_texts)
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

UNIT_MAIN("notation_parse", each_flag_is_its_bit_in_any_order, payloads_are_strings_or_x,
	  errors_name_column_and_expectation, flags_alone, a_payload_alone, truncated_texts)
