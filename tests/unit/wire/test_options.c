/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "wire/options.h"

#include <string.h>

static struct options decode(const uint8_t *opt, size_t len)
{
	/* An allocation of exactly this size, for sanitizers to detect reads past the end. */
	uint8_t *copy = calloc(len ? len : 1, 1);
	struct options o;

	if (len)
		memcpy(copy, opt, len);
	options_decode(copy, (uint8_t)len, &o);
	free(copy);
	return o;
}

#define DECODE(...) decode((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* <mss 1460,sackOK,TS val 305419896 ecr 1,nop,wscale 7> */
static const uint8_t linux_syn[] = {0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a, 0x12, 0x34,
				    0x56, 0x78, 0x00, 0x00, 0x00, 0x01, 0x01, 0x03, 0x03, 0x07};

START_TEST(a_syn_of_linux_is_decoded)
{
	struct options o = decode(linux_syn, sizeof(linux_syn));

	ck_assert(o.has_mss && o.has_wscale && o.sack_permitted && o.has_ts && !o.malformed);
	ck_assert_uint_eq(o.mss, 1460);
	ck_assert_uint_eq(o.wscale, 7);
	ck_assert_uint_eq(o.ts_val, 0x12345678);
	ck_assert_uint_eq(o.ts_ecr, 1);
}
END_TEST

START_TEST(empty_options_are_valid)
{
	struct options o = decode(NULL, 0);

	ck_assert(!o.has_mss && !o.has_wscale && !o.sack_permitted && !o.has_ts && !o.malformed);
}
END_TEST

START_TEST(truncated_options_are_malformed_or_end)
{
	for (size_t len = 0; len < sizeof(linux_syn); len++) {
		struct options o = decode(linux_syn, len);
		bool between = len == 0 || len == 4 || len == 6 || len == 16 || len == 17;

		ck_assert_msg(o.malformed == !between, "%zu", len);
		ck_assert(o.has_mss == (len >= 4));
		ck_assert(o.sack_permitted == (len >= 6));
		ck_assert(o.has_ts == (len >= 16));
		ck_assert(!o.has_wscale);
	}
}
END_TEST

START_TEST(lengths_of_0_and_1_and_past_the_end_are_malformed)
{
	struct options o;

	o = DECODE(0x02, 0x04, 0x05, 0xb4, 0xfd, 0x00, 0x03, 0x03, 0x07, 0x00);
	ck_assert(o.malformed && o.has_mss && !o.has_wscale);
	o = DECODE(0xfd, 0x01, 0x02, 0x04, 0x05, 0xb4);
	ck_assert(o.malformed && !o.has_mss);
	o = DECODE(0x01, 0x02, 0x04, 0x05);
	ck_assert(o.malformed && !o.has_mss);
	o = DECODE(0x01, 0x01, 0x01, 0x02);
	ck_assert(o.malformed);
	o = DECODE(0xfd, 0xff, 0x00, 0x00);
	ck_assert(o.malformed);
}
END_TEST

START_TEST(the_first_option_of_valid_length_applies)
{
	struct options o;

	o = DECODE(0x02, 0x03, 0x05, 0x02, 0x04, 0x01, 0x02, 0x02, 0x04, 0x03, 0x04);
	ck_assert(o.has_mss && !o.malformed);
	ck_assert_uint_eq(o.mss, 0x0102);
	o = DECODE(0x03, 0x02, 0x03, 0x03, 0xff, 0x03, 0x03, 0x01);
	ck_assert(o.has_wscale);
	ck_assert_uint_eq(o.wscale, 255);
	o = DECODE(0x08, 0x0a, 0, 0, 0, 1, 0, 0, 0, 2, 0x08, 0x0a, 0, 0, 0, 3, 0, 0, 0, 4);
	ck_assert(o.has_ts && !o.malformed);
	ck_assert_uint_eq(o.ts_val, 1);
	ck_assert_uint_eq(o.ts_ecr, 2);
	o = DECODE(0x04, 0x03, 0x00, 0x08, 0x06, 1, 2, 3, 4);
	ck_assert(!o.sack_permitted && !o.has_ts && !o.malformed);
}
END_TEST

static bool has_timestamps(const struct options *o)
{
	return o->has_ts && o->ts_val == 0x01020304 && o->ts_ecr == 0x05060708 && !o->malformed &&
	       o->kinds == HAS_TIMESTAMPS;
}

/* Aligned timestamps are decoded without a loop. Each octet before the values matters. */
START_TEST(aligned_timestamps_are_like_others)
{
	static const uint8_t aligned[] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
	struct options o = DECODE(8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1);

	ck_assert(has_timestamps(&o));
	o = decode(aligned, sizeof(aligned));
	ck_assert(has_timestamps(&o));
	o = DECODE(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0);
	ck_assert(has_timestamps(&o));
	for (unsigned i = 0; i < 4; i++) {
		uint8_t changed[sizeof(aligned)];

		memcpy(changed, aligned, sizeof(aligned));
		changed[i] ^= 2;
		o = decode(changed, sizeof(changed));
		ck_assert(!o.has_ts);
	}
	o = decode(aligned, sizeof(aligned) - 1);
	ck_assert(!o.has_ts && o.malformed);
}
END_TEST

START_TEST(options_after_the_end_are_ignored)
{
	struct options o = DECODE(0x01, 0x00, 0x02, 0x04, 0x05, 0xb4, 0xfd, 0x00);

	ck_assert(!o.has_mss && !o.malformed);
}
END_TEST

START_TEST(a_walk_returns_each_option)
{
	/* <nop,sack 1:2,raw fd03> */
	static const uint8_t opt[] = {0x01, 0x05, 0x0a, 0, 0, 0, 1, 0, 0, 0, 2, 0xfd, 0x03};
	struct option_walk w;

	option_walk_begin(&w, opt, sizeof(opt));
	ck_assert_int_eq(option_walk_next(&w), OPTION_FOUND);
	ck_assert_uint_eq(w.kind, OPT_NOP);
	ck_assert_ptr_null(w.data);
	ck_assert_int_eq(option_walk_next(&w), OPTION_FOUND);
	ck_assert_uint_eq(w.kind, OPT_SACK);
	ck_assert_uint_eq(w.data_len, 8);
	ck_assert_ptr_eq(w.data, opt + 3);
	ck_assert_int_eq(option_walk_next(&w), OPTION_MALFORMED);
	ck_assert_uint_eq(w.at, 11);
	ck_assert_int_eq(option_walk_next(&w), OPTION_MALFORMED);
}
END_TEST

START_TEST(a_walk_ends_at_the_end_option)
{
	static const uint8_t opt[] = {0x00, 0x01};
	struct option_walk w;

	option_walk_begin(&w, opt, sizeof(opt));
	ck_assert_int_eq(option_walk_next(&w), OPTION_FOUND);
	ck_assert_uint_eq(w.kind, OPT_EOL);
	ck_assert_int_eq(option_walk_next(&w), OPTION_END);
	ck_assert_int_eq(option_walk_next(&w), OPTION_END);
}
END_TEST

UNIT_MAIN("options", a_syn_of_linux_is_decoded, empty_options_are_valid,
	  truncated_options_are_malformed_or_end, lengths_of_0_and_1_and_past_the_end_are_malformed,
	  the_first_option_of_valid_length_applies, aligned_timestamps_are_like_others,
	  options_after_the_end_are_ignored, a_walk_returns_each_option,
	  a_walk_ends_at_the_end_option)
