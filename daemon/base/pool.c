/* SPDX-License-Identifier: MIT */
#include "base/pool.h"

#include "base/pages.h"

#include <stdbool.h>
#include <stdint.h>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h> /* reports a use of a record that is not in use */
#else
#define ASAN_POISON_MEMORY_REGION(at, n)   ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

struct pool_block {
	struct pool_block *next, *prev; /* in the list of open blocks */
	struct pool_unused *unused;     /* records that were in use */
	uint32_t used;
	uint32_t fresh; /* number of records that were never in use, at the end of the block */
};

struct pool_unused {
	struct pool_unused *next;
};

/* --- blocks ----------------------------------------------------------------------------------- */

static void block_reset(const struct pool *p, struct pool_block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b, POOL_BLOCK);
	*b = (struct pool_block){.fresh = (uint32_t)((POOL_BLOCK - sizeof(*b)) / p->size)};
}

/* Maps aligned memory: a record's block is found by the address of the record. free() would return
 * the memory of many blocks at once, which takes milliseconds. */
static struct pool_block *block_new(const struct pool *p)
{
	uint8_t *at = pages_take(2 * POOL_BLOCK);
	struct pool_block *b;
	size_t before;

	if (!at)
		return NULL;
	before = -(uintptr_t)at % POOL_BLOCK;
	if (before)
		pages_return(at, before);
	pages_return(at + before + POOL_BLOCK, POOL_BLOCK - before);
	b = (struct pool_block *)(at + before);
	block_reset(p, b);
	return b;
}

static void block_free(struct pool_block *b)
{
	if (!b)
		return;
	ASAN_UNPOISON_MEMORY_REGION(b, POOL_BLOCK);
	pages_return(b, POOL_BLOCK);
}

static struct pool_block *block_of(void *record)
{
	return (struct pool_block *)((uint8_t *)record - (uintptr_t)record % POOL_BLOCK);
}

static bool is_full(const struct pool_block *b)
{
	return !b->unused && !b->fresh;
}

static void block_open(struct pool *p, struct pool_block *b)
{
	b->next = p->open;
	b->prev = NULL;
	if (b->next)
		b->next->prev = b;
	p->open = b;
}

static void block_close(struct pool *p, struct pool_block *b)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		p->open = b->next;
	if (b->next)
		b->next->prev = b->prev;
}

static struct pool_block *block_with_unused(struct pool *p)
{
	struct pool_block *b = p->open;

	if (b)
		return b;
	b = p->spare ? p->spare : block_new(p);
	p->spare = NULL;
	if (b)
		block_open(p, b);
	return b;
}

/* --- records ---------------------------------------------------------------------------------- */

/* A block is touched record by record, so that a mostly unused one takes little memory. */
static void *take_from(const struct pool *p, struct pool_block *b)
{
	struct pool_unused *record = b->unused;

	if (!record)
		return (uint8_t *)b + POOL_BLOCK - b->fresh-- * p->size;
	ASAN_UNPOISON_MEMORY_REGION(record, p->size);
	b->unused = record->next;
	return record;
}

void *pool_take(struct pool *p)
{
	struct pool_block *b = block_with_unused(p);
	void *record;

	if (!b)
		return NULL;
	record = take_from(p, b);
	b->used++;
	p->used++;
	if (is_full(b))
		block_close(p, b);
	return record;
}

/* Keeps one unused block, as a single record may be taken and returned often. */
static void retire(struct pool *p, struct pool_block *b)
{
	block_close(p, b);
	if (p->spare) {
		block_free(b);
		return;
	}
	block_reset(p, b);
	p->spare = b;
}

void pool_put(struct pool *p, void *record)
{
	struct pool_block *b = block_of(record);
	struct pool_unused *unused = record;

	if (is_full(b))
		block_open(p, b);
	unused->next = b->unused;
	b->unused = unused;
	ASAN_POISON_MEMORY_REGION(record, p->size);
	p->used--;
	if (!--b->used)
		retire(p, b);
}

void pool_free(struct pool *p)
{
	block_free(p->spare);
	p->spare = NULL;
}
