/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "wire/checksum.h"
#include "wire/lent.h"

#include <string.h>

/* RFC 1071 section 3: the sum of 0001 f203 f4f5 f6f7 is ddf2. */
START_TEST(the_checksum_is_that_of_rfc_1071)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	static uint8_t ones[65536];

	ck_assert_uint_eq(checksum_fold(checksum_add(0, bytes, 8)), (uint16_t)~0xddf2);
	/* In pieces, and with an odd number of octets: 0001 f203 f4f5 f600. */
	ck_assert_uint_eq(checksum_fold(checksum_add(checksum_add(0, bytes, 2), bytes + 2, 6)),
			  (uint16_t)~0xddf2);
	ck_assert_uint_eq(checksum_fold(checksum_add(0, bytes, 7)), (uint16_t)~0xdcfb);
	ck_assert_uint_eq(checksum_fold(checksum_add(0, bytes, 3)), (uint16_t)~0xf201);
	ck_assert_uint_eq(checksum_fold(0), 0xffff);
	memset(ones, 0xff, sizeof(ones));
	ck_assert_uint_eq(checksum_fold(checksum_add(0, ones, sizeof(ones))), 0);
}
END_TEST

/* Compares with the simplest algorithm, at all lengths and alignments. */
START_TEST(the_fast_sum_equals_the_simple_sum)
{
	uint8_t bytes[400];

	/* Few octets below 0xff, so that most words carry. */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 151 % 5 ? 0xff : (uint8_t)(i * 151 + 7);
	for (size_t from = 0; from < 8; from++) {
		for (size_t len = 0; from + len <= sizeof(bytes); len++) {
			uint32_t plain = 0;

			for (size_t i = 0; i < len; i++)
				plain += (uint32_t)bytes[from + i] << (i % 2 ? 0 : 8);
			while (plain >> 16)
				plain = (plain & 0xffff) + (plain >> 16);
			ck_assert_uint_eq(checksum_fold(checksum_add(0, bytes + from, len)),
					  (uint16_t)~plain);
			if (len % 4 == 0)
				ck_assert_uint_eq(
					checksum_fold(checksum_words(bytes + from, len / 4)),
					(uint16_t)~plain);
		}
	}
}
END_TEST

/* 192.0.2.1 > 198.51.100.7 and 2001:db8::1 > 2001:db8:0:7::2, protocol 6, 20 octets. */
START_TEST(the_pseudo_header_is_summed_by_family)
{
	struct addr src, dst;

	ck_assert(addr_parse("192.0.2.1", &src) && addr_parse("198.51.100.7", &dst));
	/* c000 + 0201 + c633 + 6407 + 0006 + 0014 = 1ec55 */
	ck_assert_uint_eq(checksum_fold(checksum_pseudo(&src, &dst, 6, 20)), (uint16_t)~0xec56);
	ck_assert(addr_parse("2001:db8::1", &src) && addr_parse("2001:db8:0:7::2", &dst));
	/* 2001 + 0db8 + 0001 + 2001 + 0db8 + 0007 + 0002 + 0006 + 0014 = 5b96 */
	ck_assert_uint_eq(checksum_fold(checksum_pseudo(&src, &dst, 6, 20)), (uint16_t)~0x5b96);
}
END_TEST

#define PERIOD 26

/* At all offsets and lengths, and in the middle of other octets. */
START_TEST(the_sum_of_lent_octets_equals_the_simple_sum)
{
	uint8_t bytes[4 * PERIOD + 3];
	uint32_t sums[PERIOD + 1];
	const struct lent lent = {
		.octets = bytes, .len = sizeof(bytes), .period = PERIOD, .sums = sums};

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(0xff - i % PERIOD * 5);
	lent_sums(bytes, PERIOD, sums);
	for (size_t from = 0; from < sizeof(bytes); from++) {
		for (size_t len = 0; from + len <= sizeof(bytes); len++) {
			uint64_t before = checksum_add(0, (const uint8_t *)"\x12\xff", 2);

			ck_assert_uint_eq(
				checksum_fold(before + lent_sum(&lent, bytes + from, len)),
				checksum_fold(checksum_add(before, bytes + from, len)));
		}
	}
}
END_TEST

START_TEST(other_octets_are_not_lent)
{
	static const uint8_t bytes[8];
	const struct lent lent = {.octets = bytes + 2, .len = 4, .period = 2};

	ck_assert(lent_has(&lent, bytes + 2, 4));
	ck_assert(lent_has(&lent, bytes + 5, 1));
	ck_assert(lent_has(&lent, bytes + 6, 0));
	ck_assert(!lent_has(&lent, bytes + 1, 1));
	ck_assert(!lent_has(&lent, bytes + 1, 5));
	ck_assert(!lent_has(&lent, bytes + 3, 4));
	ck_assert(!lent_has(&lent, bytes + 7, 1));
	ck_assert(!lent_has(&lent, NULL, 1));
}
END_TEST

UNIT_MAIN("checksum", the_checksum_is_that_of_rfc_1071, the_fast_sum_equals_the_simple_sum,
	  the_pseudo_header_is_summed_by_family, the_sum_of_lent_octets_equals_the_simple_sum,
	  other_octets_are_not_lent)
