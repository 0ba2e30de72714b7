/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/pool.h"

#include <malloc.h>
#include <string.h>

#define SIZE  128
#define COUNT (3 * POOL_BLOCK + 5)

static unsigned char *record[COUNT];

static void take_all(struct pool *p)
{
	for (unsigned i = 0; i < COUNT; i++) {
		record[i] = pool_take(p);
		ck_assert_ptr_nonnull(record[i]);
		memset(record[i], (int)i & 255, SIZE);
	}
	ck_assert_uint_eq(p->used, COUNT);
}

START_TEST(records_do_not_overlap)
{
	struct pool p = {.size = SIZE};

	take_all(&p);
	for (unsigned i = 0; i < COUNT; i++)
		for (unsigned k = 0; k < SIZE; k++)
			ck_assert_uint_eq(record[i][k], i & 255);
	for (unsigned i = 0; i < COUNT; i++)
		pool_put(&p, record[i]);
	ck_assert_ptr_null(p.blocks);
}
END_TEST

START_TEST(a_record_is_used_again)
{
	struct pool p = {.size = SIZE};
	unsigned char *last;

	take_all(&p);
	last = record[7];
	pool_put(&p, record[7]);
	ck_assert_ptr_eq(pool_take(&p), last);
	ck_assert_uint_eq(p.used, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		pool_put(&p, record[i]);
	ck_assert_uint_eq(p.used, 0);
}
END_TEST

#if !UNIT_SANITIZED
/* The overhead is less than half an octet each. */
START_TEST(a_record_takes_its_size)
{
	struct pool p = {.size = SIZE};
	size_t before = mallinfo2().uordblks, taken;

	for (unsigned i = 0; i < POOL_BLOCK; i++)
		record[i] = pool_take(&p);
	taken = mallinfo2().uordblks - before;
	ck_assert_uint_ge(taken, POOL_BLOCK * SIZE);
	ck_assert_uint_le(taken, POOL_BLOCK * SIZE + POOL_BLOCK / 2);
	for (unsigned i = 0; i < POOL_BLOCK; i++)
		pool_put(&p, record[i]);
}
END_TEST
#define MORE , a_record_takes_its_size
#else
#define MORE
#endif

UNIT_MAIN("pool", records_do_not_overlap, a_record_is_used_again MORE)
