/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "work.h"

#include "base/random.h"
#include "behaviour/endpoint_number.h"

#include <string.h>

#define HELD  1000
#define PAIRS 100000

static struct endpoint_numbers numbers;
static struct endpoint_number *held[HELD];

START_TEST(numbers_are_assigned_again)
{
	struct endpoint_number *one = endpoint_numbers_assign(&numbers), *two;

	ck_assert_uint_eq(one->value, 1);
	ck_assert(!one->again);
	two = endpoint_numbers_assign(&numbers);
	ck_assert_uint_eq(two->value, 2);
	endpoint_number_get(one);
	endpoint_number_put(one);
	ck_assert_uint_eq(endpoint_numbers_assign(&numbers)->value, 3); /* one reference is left */
	endpoint_number_put(one);
	ck_assert_ptr_eq(endpoint_numbers_assign(&numbers), one);
	ck_assert(one->again);
	ck_assert(!two->again);
}
END_TEST

/* 60,000 endpoints do not search the numbers of all others. */
START_TEST(the_searches_are_few)
{
	enum { ENDPOINTS = 60000 };

	work_done = 0;
	for (unsigned i = 0; i < ENDPOINTS; i++)
		ck_assert_uint_eq(endpoint_numbers_assign(&numbers)->value, i + 1);
	ck_assert_uint_gt(work_done, ENDPOINTS);
	ck_assert_uint_lt(work_done, 100 * ENDPOINTS);
}
END_TEST

/* Endpoints come and go, while others remain: no two have the same number, and there are hardly
 * more numbers than endpoints. */
START_TEST(the_numbers_are_bounded)
{
	static bool taken[2 * HELD];
	struct rng rng;

	rng_seed(&rng, 5);
	for (unsigned i = 0; i < PAIRS; i++) {
		unsigned at = i < HELD ? i : (unsigned)rng_below(&rng, HELD);

		if (held[at])
			taken[held[at]->value] = false;
		endpoint_number_put(held[at]);
		held[at] = endpoint_numbers_assign(&numbers);
		ck_assert_uint_le(held[at]->value, HELD + HELD / 16 + 1);
		ck_assert(!taken[held[at]->value]);
		taken[held[at]->value] = true;
	}
	endpoint_numbers_free(&numbers);
	for (unsigned i = 0; i < HELD; i++) {
		ck_assert_uint_gt(held[i]->value, 0);
		endpoint_number_put(held[i]);
	}
}
END_TEST

UNIT_MAIN("endpoint_number", numbers_are_assigned_again, the_searches_are_few,
	  the_numbers_are_bounded)
