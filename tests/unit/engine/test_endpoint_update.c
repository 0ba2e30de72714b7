/* SPDX-License-Identifier: MIT */
/* The replacement of many endpoints: what changes, and the work that the worker does for it. */
#include "addresses.h"
#include "unit.h"
#include "work.h"

#include "base/random.h"
#include "base/text.h"
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 60000

static struct responder_limits limits = {
	.half_open_max = 100, .connections_max = 100, .delayed_max = 100};
static struct responder *r;
static struct ruleset *rules[MANY];

static void begin(void)
{
	struct responder_keys keys;

	responder_keys_of_seed(1, &keys);
	r = responder_new(&limits, 1, &keys, NS_PER_S);
}

/* Returns an index of `count` addresses, with the rules of `rules`. */
static struct endpoint_index *index_of(unsigned count)
{
	struct endpoint *e = xcalloc(count, sizeof(*e));
	struct endpoint_index *all;

	for (unsigned i = 0; i < count; i++) {
		e[i] = (struct endpoint){.name = (char *)"e",
					 .number = i + 1,
					 .address = prefix_of("10.66.0.0"),
					 .port_from = 80,
					 .port_to = 80,
					 .rules = rules[i]};
		e[i].address.addr.b[14] = (uint8_t)(i >> 8);
		e[i].address.addr.b[15] = (uint8_t)i;
	}
	all = endpoint_index_build(e, count, NULL, 0);
	free(e);
	return all;
}

static void new_rules(unsigned i)
{
	ruleset_put(rules[i]);
	rules[i] = xcalloc(1, sizeof(*rules[i]));
	ruleset_get(rules[i]);
}

static void end(void)
{
	responder_free(r);
	for (unsigned i = 0; i < MANY; i++) {
		ruleset_put(rules[i]);
		rules[i] = NULL;
	}
}

static uint32_t count_at(uint32_t endpoint, uint32_t isn)
{
	const struct memory_key key = {.endpoint = endpoint, .isn = isn, .scope = PER_ATTEMPT};

	return memory_count(&r->memory, &key, 0, 0);
}

/* --- what changes ----------------------------------------------------------------------------- */

START_TEST(only_changed_endpoints_forget)
{
	enum { COUNT = 300 };
	struct rng rng;

	rng_seed(&rng, 3);
	begin();
	for (unsigned i = 0; i < COUNT; i++)
		new_rules(i);
	responder_use(r, index_of(COUNT));
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_uint_eq(count_at(i + 1, 7), 1);
	for (unsigned round = 0; round < 20; round++) {
		bool changed[COUNT];

		for (unsigned i = 0; i < COUNT; i++) {
			changed[i] = !rng_below(&rng, 1 + round);
			if (changed[i])
				new_rules(i);
		}
		responder_use(r, index_of(COUNT));
		for (unsigned i = 0; i < COUNT; i++) {
			uint32_t met = count_at(i + 1, 7);

			ck_assert(changed[i] ? met == 1 : met > 1);
			ck_assert_str_eq(rules[i]->endpoint_name, "e");
			ck_assert_uint_eq(rules[i]->endpoint, i + 1);
			ck_assert_int_eq(rules[i]->begun, NS_PER_S);
		}
	}
	ck_assert_uint_eq(r->memory.evicted, 0);
	ck_assert_uint_le(r->memory.entries.count, 2 * COUNT);
	end();
}
END_TEST

/* Endpoints that are new, return or have another place in the list. */
START_TEST(endpoints_are_compared_by_number)
{
	struct endpoint_update u;
	struct endpoint_index *all;

	begin();
	for (unsigned i = 0; i < 4; i++)
		new_rules(i);
	all = index_of(4);
	endpoint_update_begin(&u, NULL, all, 1);
	ck_assert_uint_eq(u.changed, 0);
	ck_assert_uint_eq(u.numbers, 5);
	endpoint_index_get(all);
	endpoint_update_end(&u);
	new_rules(2);
	endpoint_update_begin(&u, all, index_of(3), 1); /* without the last */
	ck_assert_uint_eq(u.changed, 1);
	ck_assert_uint_eq(u.number[0], 3);
	ck_assert_uint_eq(u.numbers, 4);
	endpoint_index_put(all);
	all = endpoint_index_get(u.endpoints);
	endpoint_update_end(&u);
	new_rules(3);
	endpoint_update_begin(&u, all, index_of(4), 1); /* it returns: new */
	ck_assert_uint_eq(u.changed, 0);
	endpoint_index_put(all);
	endpoint_update_end(&u);
	end();
}
END_TEST

/* An endpoint beside another one that remains, as 'synackctl add' and 'remove' have it. Counts of
 * the former endpoint with the same number are forgotten, and no table grows. */
START_TEST(the_tables_stay_small)
{
	enum { PAIRS = 100000, NUMBERS_MAX = 4 };
	struct endpoint_numbers numbers = {0};
	struct endpoint_number *first = endpoint_numbers_assign(&numbers);

	begin();
	for (unsigned i = 0; i < PAIRS; i++) {
		struct endpoint_number *second = endpoint_numbers_assign(&numbers);
		struct endpoint e[2] = {
			{.name = (char *)"first", .number = first->value, .holder = first},
			{.name = (char *)"second", .number = second->value, .holder = second}};

		new_rules(1);
		if (i == 0)
			new_rules(0);
		for (unsigned k = 0; k < 2; k++) {
			e[k].address = prefix_of(k ? "10.66.0.1" : "10.66.0.0");
			e[k].rules = rules[k];
		}
		responder_use(r, endpoint_index_build(e, 2, NULL, 0));
		ck_assert_uint_eq(count_at(first->value, 7), i + 1);
		ck_assert_uint_eq(count_at(second->value, 7), 1);
		endpoint_number_put(second);
	}
	ck_assert_uint_le(numbers.count, NUMBERS_MAX);
	ck_assert_uint_le(r->loads, NUMBERS_MAX + 1);
	ck_assert_uint_le(r->memory.generations, 2 * NUMBERS_MAX);
	endpoint_number_put(first);
	endpoint_numbers_free(&numbers);
	end();
}
END_TEST

/* --- the work --------------------------------------------------------------------------------- */

/* Returns the basic blocks of the worker for the change of `changed` of MANY endpoints. */
static uint64_t work_of(unsigned changed)
{
	struct endpoint_index *before = endpoint_index_get(r->endpoints);
	struct endpoint_update u;
	uint64_t work;

	for (unsigned i = 0; i < changed; i++)
		new_rules(i);
	endpoint_update_begin(&u, before, index_of(MANY), NS_PER_S);
	ck_assert_uint_eq(u.changed, changed);
	work_done = 0;
	responder_update(r, &u);
	work = work_done;
	endpoint_index_put(before);
	endpoint_update_end(&u);
	return work;
}

START_TEST(the_worker_only_does_what_changed)
{
	enum { COUNTS = 100000, BLOCKS_OF_ENDPOINT = 12 };
	uint64_t none, one, all;

	begin();
	for (unsigned i = 0; i < MANY; i++)
		new_rules(i);
	responder_use(r, index_of(MANY));
	for (unsigned i = 0; i < COUNTS; i++)
		count_at(1, i); /* all of the endpoint that changes */
	none = work_of(0);
	one = work_of(1);
	all = work_of(MANY);
	ck_assert_uint_gt(none, 0);
	ck_assert_uint_lt(one, 100);
	ck_assert_uint_gt(all, MANY);
	ck_assert_msg(all < MANY * BLOCKS_OF_ENDPOINT, "%llu basic blocks",
		      (unsigned long long)all);
	ck_assert_uint_eq(count_at(1, 0), 1);
	end();
}
END_TEST

/* Returns the basic blocks of the main thread for the change of one of `count` endpoints. */
static uint64_t preparation(unsigned count)
{
	struct endpoint_index *before = index_of(count);
	struct endpoint_update u;
	uint64_t work;

	new_rules(0);
	work_done = 0;
	endpoint_update_begin(&u, before, index_of(count), NS_PER_S);
	work = work_done;
	endpoint_index_put(before);
	endpoint_update_end(&u);
	return work;
}

START_TEST(the_preparation_grows_linearly)
{
	uint64_t few, many;

	for (unsigned i = 0; i < MANY; i++)
		new_rules(i);
	few = preparation(MANY / WORK_TIMES);
	many = preparation(MANY);
	ck_assert_uint_gt(few, MANY / WORK_TIMES);
	ck_assert_msg(WORK_IN_PROPORTION(few, many), "%llu basic blocks, %llu",
		      (unsigned long long)few, (unsigned long long)many);
	for (unsigned i = 0; i < MANY; i++) {
		ruleset_put(rules[i]);
		rules[i] = NULL;
	}
}
END_TEST

UNIT_MAIN("endpoint_update", only_changed_endpoints_forget, endpoints_are_compared_by_number,
	  the_tables_stay_small, the_worker_only_does_what_changed, the_preparation_grows_linearly)
