/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "wire/notation.h"
#include "wire/notation_format.h"

START_TEST(numbers_are_relative_to_their_bases)
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

UNIT_MAIN("notation_format", numbers_are_relative_to_their_bases)
