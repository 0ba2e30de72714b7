/* SPDX-License-Identifier: MIT */
#include "base/pool.h"

#include <stdlib.h>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h> /* reports a use of a record that is not in use */
#else
#define ASAN_POISON_MEMORY_REGION(at, n)   ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

struct pool_block {
	struct pool_block *next;
	size_t fresh; /* number of records that were never in use, at the end of the block */
	unsigned char record[];
};

struct pool_unused {
	struct pool_unused *next;
};

/* A block is touched record by record, so that a mostly unused one takes little memory. */
static void *take_fresh(struct pool *p)
{
	struct pool_block *b = p->blocks;

	if (!b || !b->fresh) {
		b = malloc(sizeof(*b) + POOL_BLOCK * p->size);
		if (!b)
			return NULL;
		b->next = p->blocks;
		b->fresh = POOL_BLOCK;
		p->blocks = b;
	}
	return b->record + (POOL_BLOCK - b->fresh--) * p->size;
}

void *pool_take(struct pool *p)
{
	struct pool_unused *record = p->unused;

	if (!record) {
		record = take_fresh(p);
		if (record)
			p->used++;
		return record;
	}
	ASAN_UNPOISON_MEMORY_REGION(record, p->size);
	p->unused = record->next;
	p->used++;
	return record;
}

static void free_blocks(struct pool *p)
{
	while (p->blocks) {
		struct pool_block *next = p->blocks->next;

		free(p->blocks);
		p->blocks = next;
	}
	p->unused = NULL;
}

void pool_put(struct pool *p, void *record)
{
	struct pool_unused *unused = record;

	unused->next = p->unused;
	p->unused = unused;
	ASAN_POISON_MEMORY_REGION(record, p->size);
	if (!--p->used)
		free_blocks(p);
}
