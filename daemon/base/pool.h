/* SPDX-License-Identifier: MIT */
/*
 * pool: many records of one size, without the overhead of an allocation for each.
 *
 * Records are taken from blocks of POOL_BLOCK records. The blocks are freed together, when no
 * record is in use, so the pool occupies as much memory as at its last peak.
 */
#ifndef SYNACKD_BASE_POOL_H
#define SYNACKD_BASE_POOL_H

#include <stddef.h>

#define POOL_BLOCK 512 /* records of a block; the block has 16 octets more */

struct pool_block;
struct pool_unused;

/* A struct of zeros with a `size` is an empty pool. */
struct pool {
	size_t size; /* of a record, in octets: a multiple of the size of a pointer */
	size_t used; /* number of records in use */
	struct pool_block *blocks;
	struct pool_unused *unused; /* records that are not in use */
};

/* Returns a record with arbitrary contents, aligned as a pointer. Returns NULL without memory. */
void *pool_take(struct pool *p);
/* Returns a record of this pool to it. Frees all blocks if no other record is in use. */
void pool_put(struct pool *p, void *record);

#endif
