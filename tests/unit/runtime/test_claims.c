/* SPDX-License-Identifier: MIT */
/* Many virtual addresses: the work to find one, and what remains if some are dropped. */
#include "unit.h"
#include "work.h"

#include "runtime/claims.h"
#include "runtime/probe_interface.h"

#define FEW        4000
#define MANY       (16 * FEW)
#define INTERFACES 16

static struct probe_interface on[INTERFACES + 1];
static struct claims claims;

static struct addr numbered(unsigned i)
{
	struct addr a = {{[10] = 0xff, [11] = 0xff, [12] = 10}}; /* 10.0.0.0/8 */

	for (unsigned at = 13; at < 16; at++)
		a.b[at] = (uint8_t)(i >> 8 * (15 - at));
	return a;
}

static void add(unsigned count)
{
	claims_init(&claims);
	for (unsigned i = 0; i < count; i++) {
		struct addr a = numbered(i);

		claims_add(&claims, &on[i % INTERFACES], &a)->used = i % 3 == 0;
	}
}

/* Returns the basic blocks of FEW look-ups, each of which finds its claim. */
static uint64_t work_beside(unsigned count)
{
	uint64_t work;

	add(count);
	work_done = 0;
	for (unsigned i = 0; i < FEW; i++) {
		struct addr a = numbered(i);
		const struct claim *claim = claims_find(&claims, &on[i % INTERFACES], &a);

		ck_assert_ptr_nonnull(claim);
		ck_assert(addr_equal(&claim->probe.address, &a));
	}
	work = work_done;
	claims_free(&claims);
	return work;
}

START_TEST(the_work_does_not_depend_on_the_number)
{
	uint64_t few = work_beside(FEW), many = work_beside(MANY);

	ck_assert_uint_gt(few, FEW);
	ck_assert_msg((double)many < 1.5 * (double)few,
		      "%llu basic blocks beside %u, %llu beside %u", (unsigned long long)few, FEW,
		      (unsigned long long)many, MANY);
}
END_TEST

static void count(struct claim *claim, void *arg)
{
	unsigned *number = arg;

	ck_assert(claim->used);
	++*number;
}

START_TEST(unused_claims_are_dropped)
{
	unsigned number = 0;

	add(FEW);
	claims_drop_unused(&claims);
	claims_each(&claims, count, &number);
	ck_assert_uint_eq(number, (FEW + 2) / 3);
	for (unsigned i = 0; i < FEW; i++) {
		struct addr a = numbered(i);

		ck_assert_int_eq(claims_find(&claims, &on[i % INTERFACES], &a) != NULL, i % 3 == 0);
		ck_assert_ptr_null(claims_find(&claims, &on[INTERFACES], &a));
	}
	claims_free(&claims);
}
END_TEST

UNIT_MAIN("claims", the_work_does_not_depend_on_the_number, unused_claims_are_dropped)
