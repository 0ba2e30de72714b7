/* SPDX-License-Identifier: MIT */
/*
 * hash_table: a hash table that grows in small steps.
 *
 * It grows by doubling, moves a few old buckets with each change, and takes and returns its memory
 * by pages, so that no single change pays for all. The caller owns the nodes, computes the hashes,
 * and bounds the number of nodes.
 */
#ifndef SYNACKD_BASE_HASH_TABLE_H
#define SYNACKD_BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A member of the structures in the table. */
struct hash_node {
	struct hash_node *next;
};

struct hash_table {
	struct hash_node **bucket;
	struct hash_node **old; /* the smaller table while its buckets are moved; else NULL */
	size_t mask;
	size_t old_mask;
	size_t old_at; /* number of old buckets that were moved */
	size_t count;
	size_t any_at; /* bucket at which hash_table_any() continues */
	uint64_t (*hash)(const struct hash_node *n, const void *arg);
	const void *arg;
};

/* `hash` returns the hash of a node; `arg` is passed to it. Aborts without memory. */
void hash_table_init(struct hash_table *t,
		     uint64_t (*hash)(const struct hash_node *n, const void *arg), const void *arg);
/* Frees the table, not the nodes. */
void hash_table_free(struct hash_table *t);

/* Returns the first node of the chain that contains all nodes with this hash, and others. */
struct hash_node *hash_table_chain(const struct hash_table *t, uint64_t hash);
/* Without memory to grow, the chains become longer instead. */
void hash_table_add(struct hash_table *t, struct hash_node *n, uint64_t hash);
/* The node must be in the table. */
void hash_table_remove(struct hash_table *t, struct hash_node *n, uint64_t hash);
/* Replaces a node, which must be in the table, by another with the same hash. */
void hash_table_replace(struct hash_table *t, struct hash_node *n, struct hash_node *by,
			uint64_t hash);

/* Returns an arbitrary node, or NULL if the table is empty. For emptying the table. */
struct hash_node *hash_table_any(struct hash_table *t);
/*
 * A part of a walk: calls `each` for the nodes of `buckets` buckets from *cursor on, which is 0 at
 * the beginning, and moves *cursor behind them. Returns true if more buckets follow. `each` must
 * not add or remove nodes, but between the parts this is permitted: all parts together visit each
 * node that is in the table all the time at least once, and twice if the table grew meanwhile.
 */
bool hash_table_walk(struct hash_table *t, size_t *cursor, size_t buckets,
		     void (*each)(struct hash_node *n, void *arg), void *arg);

#endif
