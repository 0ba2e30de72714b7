/* SPDX-License-Identifier: MIT */
/* flow_table: finds flows by addresses and ports. */
#ifndef SYNACKD_TCP_FLOW_TABLE_H
#define SYNACKD_TCP_FLOW_TABLE_H

#include "base/hash_table.h"
#include "base/random.h"
#include "tcp/flow.h"

/* The flows belong to the caller. */
struct flow_table {
	struct hash_table flows;
	struct siphash_key key;
	size_t last_len; /* of `last`, in octets; 0: none */
	uint8_t last[FLOW_OCTETS_MAX];
	uint32_t last_hash; /* of `last` */
};

/* Aborts without memory. Copies the key. */
void flow_table_init(struct flow_table *t, const struct siphash_key *key);
/* Frees the table, not the flows. */
void flow_table_free(struct flow_table *t);
/* Returns NULL if there is none. */
struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key);
/* The key must not be in the table. Sets f->hash. */
void flow_table_add(struct flow_table *t, struct flow *f);
/* Returns the number of flows. */
static inline size_t flow_table_count(const struct flow_table *t)
{
	return t->flows.count;
}
void flow_table_remove(struct flow_table *t, struct flow *f); /* it must be in the table */
/* Replaces `f`, which is in the table, by another flow with the same key. */
void flow_table_replace(struct flow_table *t, struct flow *f, struct flow *by);

/* Returns an arbitrary flow, or NULL if the table is empty. For emptying the table. */
struct flow *flow_table_any(struct flow_table *t);

/* A part of a walk over all flows: hash_table_walk(). `each` must not add or remove flows. */
bool flow_table_walk(struct flow_table *t, size_t *cursor, size_t buckets,
		     void (*each)(struct flow *f, void *arg), void *arg);

#endif
