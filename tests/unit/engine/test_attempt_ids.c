/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/random.h"
#include "engine/attempt_ids.h"

static struct attempt_ids ids;
static struct rng rng;

static struct flow_key random_key(void)
{
	struct flow_key key;
	uint8_t *octets = (uint8_t *)&key;

	for (size_t i = 0; i < sizeof(key); i++)
		octets[i] = (uint8_t)rng_next(&rng);
	return key;
}

static struct segment syn_of(uint32_t isn)
{
	return (struct segment){.flags = TCP_SYN, .seq = isn};
}

START_TEST(an_attempt_is_a_four_tuple_and_an_isn)
{
	struct flow_key key, other;
	struct segment syn = syn_of(7), next = syn_of(8), ack = {.flags = TCP_ACK, .seq = 8};

	rng_seed(&rng, 17);
	key = other = random_key();
	other.client_port++;
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &syn), 0);
	ck_assert(attempt_ids_add(&ids, &key, &syn, 17));
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &syn), 17);
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &ack), 17);
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &next), 0);
	ck_assert_uint_eq(attempt_ids_find(&ids, &other, &syn), 0);
	ck_assert(attempt_ids_have(&ids, 17) && !attempt_ids_have(&ids, 18));

	ck_assert(attempt_ids_add(&ids, &key, &next, 18));
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &syn), 0);
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &next), 18);
	ck_assert(!attempt_ids_have(&ids, 17));

	attempt_ids_forget(&ids, &other);
	attempt_ids_forget(&ids, &key);
	ck_assert_uint_eq(attempt_ids_find(&ids, &key, &next), 0);
	attempt_ids_free(&ids);
}
END_TEST

START_TEST(ids_are_bounded_and_unique)
{
	enum { COUNT = 10 * ATTEMPT_IDS_MAX };
	static struct flow_key key[COUNT];
	unsigned found = 0, newest = 0;

	rng_seed(&rng, 18);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct segment syn = syn_of(i);

		key[i] = random_key();
		ck_assert(attempt_ids_add(&ids, &key[i], &syn, i + 1));
		ck_assert_uint_eq(attempt_ids_find(&ids, &key[i], &syn), i + 1);
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		struct segment syn = syn_of(i);
		uint64_t id = attempt_ids_find(&ids, &key[i], &syn);

		ck_assert(id == 0 || id == i + 1);
		found += id != 0;
		newest += id != 0 && i >= COUNT - ATTEMPT_IDS_MAX / 4;
	}
	ck_assert_uint_eq(found, ATTEMPT_IDS_MAX);
	/* A new attempt replaces the oldest of four, so almost all of the newest quarter are found.
	 */
	ck_assert_uint_gt(newest, ATTEMPT_IDS_MAX / 4 * 9 / 10);
	attempt_ids_free(&ids);
}
END_TEST

UNIT_MAIN("attempt_ids", an_attempt_is_a_four_tuple_and_an_isn, ids_are_bounded_and_unique)
