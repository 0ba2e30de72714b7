/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "work.h"

#include "behaviour/memory.h"

static const struct siphash_key hash = {1, 2};
static struct memory m;

static struct memory_key key(uint32_t endpoint, uint32_t isn)
{
	return (struct memory_key){.endpoint = endpoint, .isn = isn, .scope = PER_ATTEMPT};
}

static uint32_t count(uint32_t endpoint, uint32_t isn)
{
	struct memory_key k = key(endpoint, isn);

	return memory_count(&m, &k, 0, 0);
}

START_TEST(each_key_has_a_count)
{
	memory_init(&m, 1000, &hash);
	for (uint32_t i = 0; i < 500; i++)
		ck_assert_uint_eq(count(i % 7, i), 1);
	for (uint32_t i = 0; i < 500; i++)
		ck_assert_uint_eq(count(i % 7, i), 2);
	memory_forget_endpoint(&m, 3);
	for (uint32_t i = 0; i < 500; i++)
		ck_assert_uint_eq(count(i % 7, i), i % 7 == 3 ? 1 : 3);
	ck_assert_uint_eq(m.entries.count, 500);
	ck_assert_uint_eq(m.evicted, 0);
	memory_free(&m);
}
END_TEST

START_TEST(the_least_recently_used_is_replaced)
{
	memory_init(&m, 3, &hash);
	for (uint32_t i = 0; i < 3; i++)
		count(0, i);
	ck_assert_uint_eq(count(0, 0), 2);
	ck_assert_uint_eq(count(0, 3), 1); /* replaces 1 */
	ck_assert_uint_eq(m.entries.count, 3);
	ck_assert_uint_eq(m.evicted, 1);
	ck_assert_uint_eq(count(0, 2), 2);
	ck_assert_uint_eq(count(0, 0), 3);
	ck_assert_uint_eq(count(0, 1), 1);
	memory_free(&m);
}
END_TEST

START_TEST(a_count_continues_under_another_key)
{
	struct memory_key from = key(1, 2), to = key(1, 3), none = key(1, 4);

	memory_init(&m, 10, &hash);
	ck_assert_uint_eq(count(1, 2), 1);
	ck_assert_uint_eq(count(1, 2), 2);
	memory_rename(&m, &none, &to);
	memory_rename(&m, &from, &to);
	ck_assert_uint_eq(m.entries.count, 1);
	ck_assert_uint_eq(count(1, 3), 3);
	ck_assert_uint_eq(count(1, 2), 1);
	memory_rename(&m, &from, &to); /* an existing count stays */
	ck_assert_uint_eq(count(1, 3), 4);
	ck_assert_uint_eq(count(1, 2), 2);
	memory_free(&m);
}
END_TEST

START_TEST(counts_expire)
{
	const struct memory_key k = key(1, 2);

	memory_init(&m, 10, &hash);
	ck_assert_uint_eq(memory_count(&m, &k, 100, 0), 1);
	ck_assert_uint_eq(memory_count(&m, &k, 100, 60), 2);
	ck_assert_uint_eq(memory_count(&m, &k, 100, 99), 3);
	ck_assert_uint_eq(memory_count(&m, &k, 100, 100), 1);
	ck_assert_uint_eq(memory_count(&m, &k, 100, 199), 2);
	ck_assert_uint_eq(memory_count(&m, &k, 100, 5000), 1);
	ck_assert_uint_eq(memory_count(&m, &k, 0, 50000), 2);
	memory_free(&m);
}
END_TEST

/* Forgotten entries are neither searched for nor counted as evicted when others replace them. */
START_TEST(forgetting_costs_nothing)
{
	memory_init(&m, 10000, &hash);
	for (uint32_t i = 0; i < 10000; i++)
		count(1, i);
	work_done = 0;
	memory_forget_endpoint(&m, 1);
	ck_assert_uint_gt(work_done, 0);
	ck_assert_uint_lt(work_done, 20);
	for (uint32_t i = 0; i < 10000; i++)
		ck_assert_uint_eq(count(i & 1, i), 1);
	ck_assert_uint_eq(m.evicted, 0);
	ck_assert_uint_eq(m.entries.count, 10000);
	ck_assert_uint_eq(count(0, 10000), 1);
	ck_assert_uint_eq(m.evicted, 1);
	memory_free(&m);
}
END_TEST

START_TEST(values_are_kept)
{
	struct memory_key one = key(1, 1), other = key(1, 2);
	struct expr_values older = {.v = {[VAR_ISS] = 4}}, values = {.v = {7}, .old = &older};

	memory_init(&m, 10, &hash);
	ck_assert_ptr_null(memory_kept(&m, &one, 0, 0));
	memory_keep(&m, &one, &values, 10);
	ck_assert_ptr_null(memory_kept(&m, &other, 0, 10));
	ck_assert_uint_eq(memory_kept(&m, &one, 0, 1000)->v[0], 7);
	ck_assert_ptr_null(memory_kept(&m, &one, 0, 10)->old);
	values.v[0] = 8;
	memory_keep(&m, &one, &values, 100);
	ck_assert_uint_eq(memory_kept(&m, &one, 50, 149)->v[0], 8);
	ck_assert_ptr_null(memory_kept(&m, &one, 50, 150));
	memory_forget_endpoint(&m, 1);
	ck_assert_ptr_null(memory_kept(&m, &one, 0, 100));
	memory_free(&m);
}
END_TEST

UNIT_MAIN("memory", each_key_has_a_count, the_least_recently_used_is_replaced,
	  a_count_continues_under_another_key, counts_expire, forgetting_costs_nothing,
	  values_are_kept)
