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

	struct flow_key key = {.client_port = (uint16_t)(1024 + i % 256), .server_port = 7000};

	addr_parse("192.0.2.1", &key.client);
	addr_parse("198.51.100.1", &key.server);
	key.client.b[15] = (uint8_t)(i >> 8);
	*f = (struct flow){.id = i};
	flow_set_key(f, &key);
	return f;
}

static bool is_found(struct flow_table *t, unsigned i)
{
	struct flow_key key = flow_key_of(&flows[i]);

	return flow_table_find(t, &key) == &flows[i];
}

/* Also while the table grows, and a flow may be in the old buckets. */
START_TEST(a_flow_replaces_another)
{
	static struct flow others[200];
	struct flow_table t;

	flow_table_init(&t, &secret);
	for (unsigned i = 0; i < 200; i++) {
		flow_table_add(&t, flow_of(i));
		for (unsigned k = i % 3; k <= i; k += 7) {
			struct flow_key key = flow_key_of(&flows[k]);
			struct flow *f = flow_table_find(&t, &key);
			struct flow *by = f == &flows[k] ? &others[k] : &flows[k];

			flow_set_key(by, &key);
			flow_table_replace(&t, f, by);
			ck_assert_ptr_null(f->node.next);
			ck_assert_ptr_eq(flow_table_find(&t, &key), by);
		}
		for (unsigned k = 0; k <= i; k++) {
			struct flow_key key = flow_key_of(&flows[k]);

			ck_assert_ptr_nonnull(flow_table_find(&t, &key));
		}
		ck_assert_uint_eq(flow_table_count(&t), i + 1);
	}
	flow_table_free(&t);
}
END_TEST

START_TEST(each_part_of_the_key_counts)
{
	struct flow_key key, other;
	struct flow_table t;

	flow_table_init(&t, &secret);
	flow_table_add(&t, flow_of(0));
	key = flow_key_of(&flows[0]);
	ck_assert_ptr_eq(flow_table_find(&t, &key), &flows[0]);
	for (size_t i = 0; i < sizeof(key); i++) {
		other = key;
		((uint8_t *)&other)[i] ^= 1;
		ck_assert_ptr_null(flow_table_find(&t, &other));
	}
	ck_assert_ptr_eq(flow_table_find(&t, &key), &flows[0]);
	flow_table_remove(&t, &flows[0]);
	ck_assert_ptr_null(flow_table_find(&t, &key));
	ck_assert_uint_eq(flow_table_count(&t), 0);
	flow_table_free(&t);
}
END_TEST

static size_t longest_chain(const struct flow_table *t)
{
	size_t longest = 0;

	for (size_t i = 0; i <= t->flows.mask; i++) {
		size_t chain = 0;

		for (const struct hash_node *n = t->flows.bucket[i]; n; n = n->next)
			chain++;
		longest = chain > longest ? chain : longest;
	}
	return longest;
}

/* Flows that differ in two octets of their key, whichever these are, are in different buckets. */
START_TEST(chains_are_short)
{
	for (unsigned v6 = 0; v6 < 2; v6++) {
		for (size_t at = v6 ? 0 : 12; at < sizeof(struct flow_key); at += 2) {
			struct flow_table t;

			if (!v6 && at == 16)
				at += 12; /* the start of a mapped address is constant */
			flow_table_init(&t, &secret);
			for (unsigned i = 0; i < FLOWS; i++) {
				struct flow *f = flow_of(0) + i;

				struct flow_key key = flow_key_of(&flows[0]);

				*f = flows[0];
				if (v6)
					key.client.b[0] = key.server.b[0] = 0x20;
				((uint8_t *)&key)[at] ^= (uint8_t)i;
				((uint8_t *)&key)[at + 1] ^= (uint8_t)(i >> 8);
				flow_set_key(f, &key);
				flow_table_add(&t, f);
			}
			ck_assert_uint_le(longest_chain(&t), 12);
			flow_table_free(&t);
		}
	}
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
		ck_assert_uint_eq(flow_table_count(&t), count);
		ck_assert(is_found(&t, i) == in[i]);
		i = (unsigned)rng_below(&rng, FLOWS);
		ck_assert(is_found(&t, i) == in[i]);
	}
	for (unsigned i = 0; i < FLOWS; i++)
		ck_assert(is_found(&t, i) == in[i]);
	flow_table_free(&t);
}
END_TEST

static void see(struct flow *f, void *arg)
{
	unsigned *times = arg;

	times[f->id]++;
}

START_TEST(all_flows_are_visited_and_removed)
{
	static unsigned times[FLOWS];
	struct flow *f;
	struct flow_table t;
	unsigned n;
	size_t at = 0;

	flow_table_init(&t, &secret);
	ck_assert_ptr_null(flow_table_any(&t));
	for (unsigned i = 0; i < 3000; i++)
		flow_table_add(&t, flow_of(i));
	while (flow_table_walk(&t, &at, 50, see, times))
		continue;
	for (unsigned i = 0; i < 3000; i++)
		ck_assert_uint_eq(times[i], 1);
	ck_assert_uint_eq(times[3000], 0);
	for (n = 0; (f = flow_table_any(&t)); n++)
		flow_table_remove(&t, f);
	ck_assert_uint_eq(n, 3000);
	ck_assert_uint_eq(flow_table_count(&t), 0);
	flow_table_free(&t);
}
END_TEST

UNIT_MAIN("flow_table", each_part_of_the_key_counts, chains_are_short, a_flow_replaces_another,
	  random_changes, all_flows_are_visited_and_removed)
