/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/pool.h"
#include "base/random.h"

#include <string.h>
#include <sys/mman.h>

#define SIZE  128
#define COUNT 3000
#define SPARE POOL_BLOCK /* one block may be unused */

/* --- memory ----------------------------------------------------------------------------------- */

static size_t mapped;  /* octets */
static size_t changed; /* octets mapped and unmapped by an operation */
static bool no_memory;

void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (no_memory)
		return MAP_FAILED;
	mapped += size;
	changed += size;
	return __real_mmap(at, size, prot, flags, fd, offset);
}

int __wrap_munmap(void *at, size_t size)
{
	mapped -= size;
	changed += size;
	return __real_munmap(at, size);
}

/* --- records ---------------------------------------------------------------------------------- */

static unsigned char *record[COUNT]; /* NULL: not in use */

static void fill(unsigned i)
{
	memset(record[i], (int)(i * 7 & 255), SIZE);
}

static void take(struct pool *p, unsigned i)
{
	changed = 0;
	record[i] = pool_take(p);
	ck_assert_ptr_nonnull(record[i]);
	ck_assert_uint_eq((uintptr_t)record[i] % sizeof(uint64_t), 0);
	ck_assert_uint_le(changed, 3 * POOL_BLOCK);
	fill(i);
}

static void put(struct pool *p, unsigned i)
{
	for (unsigned k = 0; k < SIZE; k++)
		ck_assert_uint_eq(record[i][k], i * 7 & 255);
	changed = 0;
	pool_put(p, record[i]);
	ck_assert_uint_le(changed, POOL_BLOCK);
	record[i] = NULL;
}

static void end(struct pool *p)
{
	ck_assert_uint_eq(p->used, 0);
	ck_assert_uint_le(mapped, SPARE);
	pool_free(p);
	ck_assert_uint_eq(mapped, 0);
	ck_assert_ptr_null(p->open);
}

/* The overhead of a record is less than half an octet. No operation takes or returns more than a
 * block, also at the end of a peak, and the oldest records return their memory first. */
START_TEST(memory_follows_the_records)
{
	struct pool p = {.size = SIZE};

	for (unsigned i = 0; i < COUNT; i++) {
		take(&p, i);
		ck_assert_uint_le(mapped, (i + 1) * SIZE + (i + 1) / 2 + POOL_BLOCK);
	}
	ck_assert_uint_ge(mapped, COUNT * SIZE);
	for (unsigned i = 0; i < COUNT; i++) {
		put(&p, i);
		ck_assert_uint_le(mapped,
				  (COUNT - i) * SIZE + (COUNT - i) / 2 + 2 * POOL_BLOCK + SPARE);
	}
	end(&p);
}
END_TEST

START_TEST(random_records_do_not_overlap)
{
	struct pool p = {.size = SIZE};
	struct rng rng;

	rng_seed(&rng, 1);
	for (unsigned turn = 0; turn < 100000; turn++) {
		unsigned i = (unsigned)rng_below(&rng, COUNT);
		bool grows = turn / 20000 % 2 == 0 ? rng_below(&rng, 4) : !rng_below(&rng, 4);

		if (grows && !record[i])
			take(&p, i);
		else if (!grows && record[i])
			put(&p, i);
	}
	for (unsigned i = 0; i < COUNT; i++)
		if (record[i])
			put(&p, i);
	end(&p);
}
END_TEST

/* A lone record is taken and returned without a call of the kernel. */
START_TEST(one_block_is_kept)
{
	struct pool p = {.size = SIZE};

	take(&p, 0);
	put(&p, 0);
	for (unsigned i = 0; i < 10; i++) {
		take(&p, 0);
		ck_assert_uint_eq(changed, 0);
		put(&p, 0);
		ck_assert_uint_eq(changed, 0);
	}
	end(&p);
}
END_TEST

START_TEST(records_can_be_taken_after_memory_was_missing)
{
	struct pool p = {.size = SIZE};
	unsigned taken = 0;

	take(&p, taken++);
	no_memory = true;
	while (taken < COUNT && (record[taken] = pool_take(&p)))
		fill(taken++);
	no_memory = false;
	ck_assert_uint_eq(p.used, taken);
	ck_assert_uint_le(taken, POOL_BLOCK / SIZE);
	take(&p, taken++);
	while (taken)
		put(&p, --taken);
	end(&p);
}
END_TEST

UNIT_MAIN("pool", memory_follows_the_records, random_records_do_not_overlap, one_block_is_kept,
	  records_can_be_taken_after_memory_was_missing)
