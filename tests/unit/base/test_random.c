/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/random.h"

#include <string.h>

/* Test vectors of the authors of SipHash-2-4-64: key 00 01 … 0f, input 00 01 … of each length. */
static const uint8_t siphash_vectors[][8] = {
	{0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72},
	{0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74},
	{0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d},
	{0x2d, 0x7e, 0xfb, 0xd7, 0x96, 0x66, 0x67, 0x85},
	{0xb7, 0x87, 0x71, 0x27, 0xe0, 0x94, 0x27, 0xcf},
	{0x8d, 0xa6, 0x99, 0xcd, 0x64, 0x55, 0x76, 0x18},
	{0xce, 0xe3, 0xfe, 0x58, 0x6e, 0x46, 0xc9, 0xcb},
	{0x37, 0xd1, 0x01, 0x8b, 0xf5, 0x00, 0x02, 0xab},
	{0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93},
	{0xb0, 0xe4, 0xa9, 0x0b, 0xdf, 0x82, 0x00, 0x9e},
	{0xf3, 0xb9, 0xdd, 0x94, 0xc5, 0xbb, 0x5d, 0x7a},
	{0xa7, 0xad, 0x6b, 0x22, 0x46, 0x2f, 0xb3, 0xf4},
	{0xfb, 0xe5, 0x0e, 0x86, 0xbc, 0x8f, 0x1e, 0x75},
	{0x90, 0x3d, 0x84, 0xc0, 0x27, 0x56, 0xea, 0x14},
	{0xee, 0xf2, 0x7a, 0x8e, 0x90, 0xca, 0x23, 0xf7},
	{0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1},
};

START_TEST(siphash_matches_the_test_vectors)
{
	const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t input[16];

	for (uint8_t i = 0; i < sizeof(input); i++)
		input[i] = i;
	for (size_t len = 0; len < sizeof(input); len++) {
		uint64_t expected = 0;

		for (int i = 7; i >= 0; i--)
			expected = expected << 8 | siphash_vectors[len][i];
		ck_assert_uint_eq(siphash(&key, input, len), expected);
		if (len == 12)
			ck_assert_uint_eq(siphash_12(&key, input), expected);
	}
}
END_TEST

START_TEST(xoshiro_matches_the_test_vectors)
{
	static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
	struct rng r = {{1, 2, 3, 4}};

	for (size_t i = 0; i < COUNT_OF(expected); i++)
		ck_assert_uint_eq(rng_next(&r), expected[i]);
}
END_TEST

START_TEST(below_takes_the_upper_half_of_the_product)
{
	static const uint64_t expected[] = {0, 0, 0, 1210567579837229465U};
	struct rng r = {{1, 2, 3, 4}};

	for (size_t i = 0; i < COUNT_OF(expected); i++)
		ck_assert_uint_eq(rng_below(&r, i < 3 ? 2 : 0xfedcba9876543210), expected[i]);
}
END_TEST

START_TEST(the_seed_is_expanded_by_splitmix64)
{
	struct rng r;

	rng_seed(&r, 0);
	ck_assert_uint_eq(r.s[0], 0xe220a8397b1dcdaf);
	ck_assert_uint_eq(r.s[1], 0x6e789e6aa1b965f4);
	ck_assert_uint_eq(r.s[2], 0x06c45d188009454f);
	ck_assert_uint_eq(r.s[3], 0xf88bb8a8724c81ec);
}
END_TEST

START_TEST(below_and_unit_cover_their_range)
{
	unsigned seen[10] = {0};
	double least = 1, most = 0;
	struct rng r;

	rng_seed(&r, 7);
	for (int i = 0; i < 100000; i++) {
		uint64_t n = rng_below(&r, 10);
		double u = rng_unit(&r);

		ck_assert_uint_lt(n, 10);
		ck_assert(u >= 0 && u < 1);
		seen[n]++;
		least = u < least ? u : least;
		most = u > most ? u : most;
	}
	for (int i = 0; i < 10; i++)
		ck_assert(seen[i] > 9500 && seen[i] < 10500);
	ck_assert(least < 0.001 && most > 0.999);
	ck_assert_uint_eq(rng_below(&r, 1), 0);
}
END_TEST

/* With a probability of 2^-128, an octet that is filled is 0 in all of 16 draws. */
START_TEST(a_secret_fills_its_buffer)
{
	static uint8_t secret[100000], any[sizeof(secret)];

	for (int i = 0; i < 16; i++) {
		memset(secret, 0, sizeof(secret));
		ck_assert(random_secret(secret, sizeof(secret) - 1));
		ck_assert_uint_eq(secret[sizeof(secret) - 1], 0);
		for (size_t at = 0; at < sizeof(secret); at++)
			any[at] |= secret[at];
	}
	for (size_t at = 0; at < sizeof(secret) - 1; at++)
		ck_assert_msg(any[at], "octet %zu", at);
	ck_assert(random_secret(secret, 0));
}
END_TEST

UNIT_MAIN("random", siphash_matches_the_test_vectors, xoshiro_matches_the_test_vectors,
	  below_takes_the_upper_half_of_the_product, the_seed_is_expanded_by_splitmix64,
	  below_and_unit_cover_their_range, a_secret_fills_its_buffer)
