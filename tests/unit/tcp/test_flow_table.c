/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "tcp/flow_table.h"

#include <string.h>

#define FLOWS 20000

static const struct siphash_key secret = {1, 2};
static struct flow flows[FLOWS];

/* Returns flow `i`, with a key of its own. */
static struct flow *flow_of(unsigned i)
{
	struct flow *f = &flows[i];

	*f = (struct flow){.id = i};
	addr_parse("192.0.2.1", &f->key.client);
	addr_parse("198.51.100.1", &f->key.server);
	f->key.client.b[15] = (uint8_t)(i >> 8);
	f->key.client_port = (uint16_t)(1024 + i % 256);
	f->key.server_port = 7000;
	return f;
}

static bool is_found(struct flow_table *t, unsigned i)
{
	struct flow_key key = flows[i].key;

	return flow_table_find(t, &key) == &flows[i];
}

START_TEST(each_part_of_the_key_counts)
{
	struct flow_key key, other;
	struct flow_table t;

	flow_table_init(&t, &secret);
	flow_table_add(&t, flow_of(0));
	key = flows[0].key;
	ck_assert_ptr_eq(flow_table_find(&t, &key), &flows[0]);
	for (size_t i = 0; i < sizeof(key); i++) {
		other = key;
		((uint8_t *)&other)[i] ^= 1;
		ck_assert_ptr_null(flow_table_find(&t, &other));
	}
	ck_assert_ptr_eq(flow_table_find(&t, &key), &flows[0]);
	flow_table_remove(&t, &flows[0]);
	ck_assert_ptr_null(flow_table_find(&t, &key));
	ck_assert_uint_eq(t.count, 0);
	flow_table_free(&t);
}
END_TEST

/* In each step of its growth the table finds exactly its flows. */
START_TEST(a_growing_table_keeps_its_flows)
{
	unsigned while_moving = 0;
	struct flow_table t;
	size_t buckets;

	flow_table_init(&t, &secret);
	buckets = t.mask + 1;
	for (unsigned i = 0; i < FLOWS; i++) {
		struct flow *f = flow_of(i);
		bool was_moving = t.old != NULL;

		ck_assert_ptr_null(flow_table_find(&t, &f->key));
		flow_table_add(&t, f);
		ck_assert_uint_eq(t.count, i + 1);
		ck_assert(is_found(&t, i));
		ck_assert(is_found(&t, 0));
		ck_assert(is_found(&t, i / 2));
		if (!t.old || i % 16)
			continue;
		while_moving += was_moving;
		for (unsigned k = 0; k <= i; k += i < 1000 ? 1 : 37)
			ck_assert(is_found(&t, k));
	}
	ck_assert_uint_gt(while_moving, 100); /* also while flows are being moved */
	ck_assert_uint_gt(t.mask + 1, buckets);
	ck_assert_uint_ge(2 * (t.mask + 1), FLOWS); /* chains stay short */
	for (unsigned i = 0; i < FLOWS; i++)
		ck_assert(is_found(&t, i));
	flow_table_free(&t);
}
END_TEST

/* Each change moves at most 8 old buckets, in a table of any size. */
START_TEST(each_change_moves_few_buckets)
{
	struct flow_table t;

	flow_table_init(&t, &secret);
	for (unsigned i = 0; i < FLOWS; i++) {
		struct flow **old = t.old;
		size_t at = t.old_at;

		flow_table_add(&t, flow_of(i));
		if (old && t.old == old)
			ck_assert_uint_le(t.old_at - at, 8);
		else if (t.old)
			ck_assert_uint_eq(t.old_at, 0);
	}
	flow_table_free(&t);
}
END_TEST

START_TEST(random_changes)
{
	static bool in[FLOWS];
	struct flow_table t;
	struct rng rng;
	size_t count = 0;

	rng_seed(&rng, 1);
	flow_table_init(&t, &secret);
	for (unsigned i = 0; i < FLOWS; i++)
		flow_of(i);
	for (unsigned step = 0; step < 10 * FLOWS; step++) {
		/* The range of flows grows, so the table grows throughout. */
		unsigned i = (unsigned)rng_below(&rng, 1 + step / 10);

		if (in[i])
			flow_table_remove(&t, &flows[i]);
		else
			flow_table_add(&t, &flows[i]);
		in[i] = !in[i];
		count += in[i] ? 1 : (size_t)-1;
		ck_assert_uint_eq(t.count, count);
		ck_assert(is_found(&t, i) == in[i]);
		i = (unsigned)rng_below(&rng, FLOWS);
		ck_assert(is_found(&t, i) == in[i]);
	}
	for (unsigned i = 0; i < FLOWS; i++)
		ck_assert(is_found(&t, i) == in[i]);
	flow_table_free(&t);
}
END_TEST

static bool see(struct flow *f, void *arg)
{
	unsigned *times = arg;

	times[f->id]++;
	return true;
}

static bool see_three(struct flow *f, void *arg)
{
	(void)f;
	return ++*(unsigned *)arg < 3;
}

START_TEST(a_walk_visits_each_flow_once)
{
	static unsigned times[FLOWS];
	unsigned added = 0, seen = 0;
	struct flow_table t;

	flow_table_init(&t, &secret);
	flow_table_walk(&t, see_three, &seen);
	ck_assert_uint_eq(seen, 0);
	/* Stops half-way through a growth, when there are two sets of buckets. */
	while (added < 1000 || !t.old || t.old_at < t.old_mask / 2)
		flow_table_add(&t, flow_of(added++));
	flow_table_walk(&t, see, times);
	for (unsigned i = 0; i < added; i++)
		ck_assert_uint_eq(times[i], 1);
	ck_assert_uint_eq(times[added], 0);
	flow_table_walk(&t, see_three, &seen);
	ck_assert_uint_eq(seen, 3);
	flow_table_free(&t);
}
END_TEST

START_TEST(a_table_can_be_emptied)
{
	struct flow *f;
	struct flow_table t;
	unsigned n = 0;

	flow_table_init(&t, &secret);
	ck_assert_ptr_null(flow_table_any(&t));
	for (unsigned i = 0; i < 3000; i++)
		flow_table_add(&t, flow_of(i));
	while ((f = flow_table_any(&t))) {
		ck_assert(is_found(&t, (unsigned)f->id));
		flow_table_remove(&t, f);
		ck_assert(!is_found(&t, (unsigned)f->id));
		n++;
	}
	ck_assert_uint_eq(n, 3000);
	ck_assert_uint_eq(t.count, 0);
	/* The empty table can be used again. */
	flow_table_add(&t, flow_of(7));
	ck_assert_ptr_eq(flow_table_any(&t), &flows[7]);
	flow_table_free(&t);
}
END_TEST

UNIT_MAIN("flow_table", each_part_of_the_key_counts, a_growing_table_keeps_its_flows,
	  each_change_moves_few_buckets, random_changes, a_walk_visits_each_flow_once,
	  a_table_can_be_emptied)
