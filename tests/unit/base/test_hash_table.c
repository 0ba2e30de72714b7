/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "work.h"

#include "base/container.h"
#include "base/hash_table.h"
#include "base/random.h"

#include <string.h>

#define ITEMS 20000

struct item {
	uint64_t hash;
	struct hash_node node;
	bool in;
};

static struct item items[ITEMS];

static uint64_t hash_of(const struct hash_node *n, const void *arg)
{
	ck_assert_ptr_eq(arg, items);
	return container_of(n, const struct item, node)->hash;
}

/* A table whose hashes are random numbers, or all the same. */
static struct hash_table begin(bool collide)
{
	struct hash_table t;
	struct rng rng;

	rng_seed(&rng, 1);
	for (unsigned i = 0; i < ITEMS; i++)
		items[i] = (struct item){.hash = collide ? 7 : rng_next(&rng)};
	hash_table_init(&t, hash_of, items);
	return t;
}

static bool is_found(const struct hash_table *t, unsigned i)
{
	const struct hash_node *n = hash_table_chain(t, items[i].hash);

	while (n && n != &items[i].node)
		n = n->next;
	return n;
}

static void add(struct hash_table *t, unsigned i)
{
	hash_table_add(t, &items[i].node, items[i].hash);
	items[i].in = true;
}

static void remove_from(struct hash_table *t, unsigned i)
{
	hash_table_remove(t, &items[i].node, items[i].hash);
	items[i].in = false;
}

/* In each step of its growth the table finds exactly its nodes. */
START_TEST(a_growing_table_keeps_its_nodes)
{
	struct hash_table t = begin(false);
	unsigned while_moving = 0;
	size_t buckets = t.mask + 1;

	for (unsigned i = 0; i < ITEMS; i++) {
		ck_assert(!is_found(&t, i));
		add(&t, i);
		ck_assert_uint_eq(t.count, i + 1);
		ck_assert(is_found(&t, i));
		ck_assert(is_found(&t, 0));
		ck_assert(is_found(&t, i / 2));
		if (!t.old || i % 16)
			continue;
		while_moving += t.old_at > 0;
		for (unsigned k = 0; k <= i; k += i < 1000 ? 1 : 37)
			ck_assert(is_found(&t, k));
	}
	ck_assert_uint_gt(while_moving, 100); /* also while nodes are being moved */
	ck_assert_uint_gt(t.mask + 1, buckets);
	ck_assert_uint_ge(2 * (t.mask + 1), ITEMS); /* chains stay short */
	for (unsigned i = 0; i < ITEMS; i++)
		ck_assert(is_found(&t, i));
	hash_table_free(&t);
	ck_assert_ptr_null(t.bucket);
}
END_TEST

START_TEST(random_changes)
{
	for (unsigned collide = 0; collide < 2; collide++) {
		struct hash_table t = begin(collide);
		unsigned range = collide ? 700 : ITEMS;
		size_t count = 0;
		struct rng rng;

		rng_seed(&rng, 2);
		for (unsigned step = 0; step < 10 * range; step++) {
			/* The range grows, so the table grows throughout. */
			unsigned i = (unsigned)rng_below(&rng, 1 + step / 10);

			if (items[i].in)
				remove_from(&t, i);
			else
				add(&t, i);
			count += items[i].in ? 1 : (size_t)-1;
			ck_assert_uint_eq(t.count, count);
			ck_assert(is_found(&t, i) == items[i].in);
			i = (unsigned)rng_below(&rng, range);
			ck_assert(is_found(&t, i) == items[i].in);
		}
		for (unsigned i = 0; i < range; i++)
			ck_assert(is_found(&t, i) == items[i].in);
		hash_table_free(&t);
	}
}
END_TEST

/* No change costs more than another in proportion to the size: the table grows five times. */
START_TEST(no_step_is_long)
{
	struct hash_table t = begin(false);
	size_t buckets = t.mask + 1;
	uint64_t longest = 0;

	for (unsigned i = 0; i < ITEMS; i++) {
		work_done = 0;
		add(&t, i);
		longest = work_done > longest ? work_done : longest;
	}
	for (unsigned i = 0; i < ITEMS; i++) {
		work_done = 0;
		remove_from(&t, i);
		longest = work_done > longest ? work_done : longest;
	}
	ck_assert_uint_ge(t.mask + 1, 32 * buckets);
	ck_assert_uint_gt(longest, 0);
	ck_assert_uint_lt(longest, 100);
	hash_table_free(&t);
}
END_TEST

static void see(struct hash_node *n, void *arg)
{
	unsigned *times = arg;

	times[container_of(n, struct item, node) - items]++;
}

static void walk(struct hash_table *t, unsigned *times)
{
	size_t at = 0;

	while (hash_table_walk(t, &at, 100, see, times))
		continue;
}

START_TEST(a_walk_visits_each_node_once)
{
	struct hash_table t = begin(false);
	static unsigned times[ITEMS];
	unsigned added = 0;

	walk(&t, times);
	ck_assert_uint_eq(times[0], 0);
	/* Stops half-way through a growth, when there are two sets of buckets. */
	while (added < 1000 || !t.old || t.old_at < t.old_mask / 2)
		add(&t, added++);
	walk(&t, times);
	for (unsigned i = 0; i < added; i++)
		ck_assert_uint_eq(times[i], 1);
	ck_assert_uint_eq(times[added], 0);
	hash_table_free(&t);
}
END_TEST

/* The table grows between the parts of a walk, and loses nodes. */
START_TEST(a_walk_misses_no_node_of_a_changing_table)
{
	for (unsigned step = 1; step < 60; step += 7) {
		struct hash_table t = begin(false);
		static unsigned times[ITEMS];
		unsigned begun = 700, added = 0, removed = 0;
		size_t at = 0;

		memset(times, 0, sizeof(times));
		while (added < begun)
			add(&t, added++);
		while (hash_table_walk(&t, &at, 16, see, times)) {
			for (unsigned i = 0; i < step && added < ITEMS; i++)
				add(&t, added++);
			for (unsigned i = 0; i < step / 8 && removed < begun / 2; i++, removed++)
				hash_table_remove(&t, &items[removed].node, items[removed].hash);
		}
		for (unsigned i = removed; i < begun; i++)
			ck_assert_uint_ge(times[i], 1);
		hash_table_free(&t);
	}
}
END_TEST

START_TEST(a_table_can_be_emptied)
{
	struct hash_table t = begin(false);
	struct hash_node *n;
	unsigned count = 0;

	ck_assert_ptr_null(hash_table_any(&t));
	for (unsigned i = 0; i < 3000; i++)
		add(&t, i);
	while ((n = hash_table_any(&t))) {
		unsigned i = (unsigned)(container_of(n, struct item, node) - items);

		ck_assert(is_found(&t, i));
		remove_from(&t, i);
		ck_assert(!is_found(&t, i));
		count++;
	}
	ck_assert_uint_eq(count, 3000);
	ck_assert_uint_eq(t.count, 0);
	add(&t, 7); /* the empty table can be used again */
	ck_assert_ptr_eq(hash_table_any(&t), &items[7].node);
	hash_table_free(&t);
}
END_TEST

UNIT_MAIN("hash_table", a_growing_table_keeps_its_nodes, random_changes, no_step_is_long,
	  a_walk_visits_each_node_once, a_walk_misses_no_node_of_a_changing_table,
	  a_table_can_be_emptied)
