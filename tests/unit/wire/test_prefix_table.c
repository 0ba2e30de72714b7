/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"
#include "work.h"

#include "base/container.h"
#include "base/random.h"
#include "wire/prefix_table.h"

/* --- against a linear search ------------------------------------------------------------------ */

static uint32_t find_slowly(const struct prefix *list, uint32_t count, const struct addr *a)
{
	uint32_t best = PREFIX_NONE;

	for (uint32_t i = 0; i < count; i++)
		if ((best == PREFIX_NONE || list[i].bits > list[best].bits) &&
		    prefix_contains(&list[i], a))
			best = i;
	return best;
}

static uint32_t find_wider_slowly(const struct prefix *list, uint32_t count, uint32_t of)
{
	uint32_t best = PREFIX_NONE;

	for (uint32_t i = 0; i < count; i++)
		if (list[i].bits < list[of].bits && prefix_contains(&list[i], &list[of].addr) &&
		    (best == PREFIX_NONE || list[i].bits > list[best].bits))
			best = i;
	return best;
}

/* A mapped IPv4 address may not be the address of a prefix of fewer than 96 bits. */
static struct addr random_addr(struct rng *rng, bool v4)
{
	/* Few values per octet, so that networks contain each other. */
	static const uint8_t octets[] = {0, 1, 2, 3, 127, 128, 254, 255};
	struct addr a = addr_of(v4 ? "0.0.0.0" : "2001:db8::");

	for (unsigned i = v4 ? 12 : 2; i < sizeof(a.b); i++)
		if (rng_below(rng, 2))
			a.b[i] = octets[rng_below(rng, COUNT_OF(octets))];
	return a;
}

static struct prefix random_prefix(struct rng *rng)
{
	bool v4 = rng_below(rng, 2);
	struct prefix p = {.addr = random_addr(rng, v4),
			   .bits = (uint8_t)(v4 ? 96 + rng_below(rng, 33) : rng_below(rng, 129))};

	prefix_clear_host_bits(&p);
	return p;
}

/* Checks the table with addresses in and beside its networks. */
static void compare_searches(struct rng *rng, const struct prefix_table *t,
			     const struct prefix *list, uint32_t count)
{
	for (unsigned i = 0; i < 200; i++) {
		struct addr a = random_addr(rng, rng_below(rng, 2));
		uint32_t found;

		if (count && rng_below(rng, 2)) {
			a = list[rng_below(rng, count)].addr;
			a.b[15] ^= (uint8_t)rng_below(rng, 3);
		}
		found = prefix_table_find(t, &a);
		ck_assert_uint_eq(found, find_slowly(list, count, &a));
		ck_assert(prefix_table_has(t, &a) == (found != PREFIX_NONE));
		if (found != PREFIX_NONE)
			ck_assert_uint_eq(prefix_table_wider(t, found),
					  find_wider_slowly(list, count, found));
	}
}

START_TEST(the_result_is_that_of_a_linear_search)
{
	struct prefix_table t = {0};
	struct prefix list[300];
	struct rng rng;

	rng_seed(&rng, 1);
	for (unsigned round = 0; round < 400; round++) {
		uint32_t count = (uint32_t)rng_below(&rng, round % 4 ? 12 : COUNT_OF(list));

		for (uint32_t i = 0; i < count; i++)
			list[i] = random_prefix(&rng);
		prefix_table_fill(&t, list, count);
		compare_searches(&rng, &t, list, count);
		ck_assert_uint_le(t.nodes, count);
	}
	prefix_table_free(&t);
}
END_TEST

START_TEST(the_families_are_separate)
{
	const struct prefix list[] = {prefix_of("::/0"), prefix_of("::ffff:0:0/96"),
				      prefix_of("::/95")};
	const struct addr v4 = addr_of("192.0.2.1"), v6 = addr_of("2001:db8::1"),
			  low = addr_of("::fffe:192.0.2.1");
	struct prefix_table t = {0};

	ck_assert(!prefix_table_has(&t, &v4)); /* a zeroed table is empty */
	prefix_table_fill(&t, list, 1);
	ck_assert(!prefix_table_has(&t, &v4));
	ck_assert_uint_eq(prefix_table_find(&t, &v6), 0);
	prefix_table_fill(&t, list, 3);
	ck_assert_uint_eq(prefix_table_find(&t, &v4), 1);
	ck_assert_uint_eq(prefix_table_find(&t, &v6), 0);
	ck_assert_uint_eq(prefix_table_find(&t, &low), 0);
	prefix_table_fill(&t, NULL, 0);
	ck_assert(!prefix_table_has(&t, &v4) && !prefix_table_has(&t, &v6));
	prefix_table_free(&t);
}
END_TEST

/* Host bits are ignored, and the first of equal networks is found. */
START_TEST(equal_networks)
{
	struct prefix list[] = {prefix_of("10.0.0.0/8"), prefix_of("10.1.2.3"),
				prefix_of("10.1.2.3"), prefix_of("11.0.0.0/8")};
	const struct addr a = addr_of("10.9.9.9"), b = addr_of("10.1.2.3");
	struct prefix_table t = {0};

	list[3].addr = addr_of("10.7.7.7");
	prefix_table_fill(&t, list, 4);
	ck_assert_uint_eq(prefix_table_find(&t, &a), 0);
	ck_assert_uint_eq(prefix_table_find(&t, &b), 1);
	ck_assert_uint_eq(prefix_table_wider(&t, 1), 0);
	prefix_table_free(&t);
}
END_TEST

/* --- the work --------------------------------------------------------------------------------- */

#define BLOCKS_OF_NODE 4
#define BLOCKS_OF_CALL 8

static struct prefix consecutive_v4(uint32_t i, uint32_t count)
{
	struct prefix p = {addr_of("10.66.0.0"), ADDR_BITS};

	(void)count;
	p.addr.b[14] = (uint8_t)(i >> 8);
	p.addr.b[15] = (uint8_t)i;
	return p;
}

/* Addresses that differ in their last bits only. */
static struct prefix consecutive_v6(uint32_t i, uint32_t count)
{
	struct prefix p = {addr_of("2001:db8::"), ADDR_BITS};

	(void)count;
	p.addr.b[13] = (uint8_t)(i >> 16);
	p.addr.b[14] = (uint8_t)(i >> 8);
	p.addr.b[15] = (uint8_t)i;
	return p;
}

/* Networks of each length, each in the one before. */
static struct prefix nested_v4(uint32_t i, uint32_t count)
{
	struct prefix p = {addr_of("255.255.255.255"), (uint8_t)(96 + i % 33)};

	(void)count;
	prefix_clear_host_bits(&p);
	return p;
}

static struct prefix nested_v6(uint32_t i, uint32_t count)
{
	struct prefix p = {addr_of("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), (uint8_t)(i % 129)};

	(void)count;
	prefix_clear_host_bits(&p);
	return p;
}

/* Addresses all over the space, and as many networks of other lengths. */
static struct prefix scattered_v6(uint32_t i, uint32_t count)
{
	struct rng rng;
	struct prefix p;

	rng_seed(&rng, i % (count / 2 + 1));
	for (unsigned k = 0; k < sizeof(p.addr.b); k++)
		p.addr.b[k] = (uint8_t)rng_next(&rng);
	p.addr.b[0] = 0x20;
	p.bits = (uint8_t)(2 * i < count ? ADDR_BITS : 8 + rng_below(&rng, 120));
	prefix_clear_host_bits(&p);
	return p;
}

/* Returns the largest number of basic blocks of a look-up, in `count` networks. */
static uint64_t work_among(uint32_t count, struct prefix (*nth)(uint32_t i, uint32_t count))
{
	struct prefix *list = calloc(count, sizeof(*list));
	struct prefix_table t = {0};
	uint64_t most = 0;

	for (uint32_t i = 0; i < count; i++)
		list[i] = nth(i, count);
	prefix_table_fill(&t, list, count);
	for (uint32_t i = 0; i < count; i++)
		for (unsigned bit = 0; bit <= ADDR_BITS; bit++) {
			struct addr a = list[i].addr;

			if (bit < ADDR_BITS)
				a.b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			work_done = 0;
			prefix_table_find(&t, &a);
			most = work_done > most ? work_done : most;
		}
	prefix_table_free(&t);
	free(list);
	return most;
}

START_TEST(a_look_up_visits_one_node_per_octet)
{
	static const struct {
		struct prefix (*nth)(uint32_t i, uint32_t count);
		unsigned octets; /* in which the networks differ */
	} shapes[] = {
		{consecutive_v4, 2}, {consecutive_v6, 3}, {nested_v4, 4},
		{nested_v6, 16},     {scattered_v6, 16},
	};
	static const uint32_t counts[] = {1, 1000, 10000};

	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		for (size_t k = 0; k < COUNT_OF(counts); k++) {
			uint64_t work = work_among(counts[k], shapes[i].nth);
			uint64_t bound = BLOCKS_OF_CALL +
					 (uint64_t)BLOCKS_OF_NODE * (k ? shapes[i].octets : 0);

			ck_assert_uint_gt(work, 0);
			ck_assert_msg(work <= bound, "shape %zu, %u networks: %llu basic blocks", i,
				      counts[k], (unsigned long long)work);
		}
}
END_TEST

/* Building sorts the networks, and fills at most one node for each. */
START_TEST(a_large_table_is_built_quickly)
{
	enum { MANY = 100000, BLOCKS_OF_NETWORK = 2 * 256 };
	static struct prefix list[MANY];
	struct prefix_table t = {0};

	for (uint32_t i = 0; i < MANY; i++)
		list[i] = scattered_v6(i, MANY);
	work_done = 0;
	prefix_table_fill(&t, list, MANY);
	ck_assert_uint_gt(work_done, MANY);
	ck_assert_msg(work_done < (uint64_t)MANY * BLOCKS_OF_NETWORK, "%llu basic blocks",
		      (unsigned long long)work_done);
	ck_assert_uint_lt(t.nodes, MANY);
	prefix_table_free(&t);
}
END_TEST

UNIT_MAIN("prefix_table", the_result_is_that_of_a_linear_search, the_families_are_separate,
	  equal_networks, a_look_up_visits_one_node_per_octet, a_large_table_is_built_quickly)
