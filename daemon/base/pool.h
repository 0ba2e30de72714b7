/* SPDX-License-Identifier: MIT */
/*
 * pool: many records of one size, without the overhead of an allocation for each.
 *
 * Records are taken from blocks. A block is freed when none of its records is in use, so no
 * operation takes longer after a peak, and most of the memory of a peak is returned. The pool keeps
 * one unused block.
 */
#ifndef SYNACKD_BASE_POOL_H
#define SYNACKD_BASE_POOL_H

#include <stddef.h>

#define POOL_BLOCK 65536 /* octets of a block, and its alignment */

struct pool_block;

/* A struct of zeros with a `size` is an empty pool. */
struct pool {
	size_t size;             /* of a record, in octets: a multiple of the size of a pointer */
	size_t used;             /* number of records in use */
	struct pool_block *open; /* blocks with unused records */
	struct pool_block *spare;
};

/* Returns a record with arbitrary contents, aligned as a pointer. Returns NULL without memory. */
void *pool_take(struct pool *p);
/* Returns a record of this pool to it. */
void pool_put(struct pool *p, void *record);
/* Frees the memory of a pool of which no record is in use. */
void pool_free(struct pool *p);

#endif
