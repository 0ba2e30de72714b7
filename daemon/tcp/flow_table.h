/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_TCP_FLOW_TABLE_H
#define SYNACKD_TCP_FLOW_TABLE_H

#include "base/random.h"
#include "tcp/flow.h"

/* Connections by their four-tuple. Grows by doubling, a few buckets at a time, so that no single
 * segment pays for it. Owns no flow. */
struct flow_table {
	struct flow **bucket;
	struct flow **old; /* being moved over; NULL when none is */
	size_t mask;
	size_t old_mask;
	size_t old_at;
	size_t count;
	struct siphash_key key;
	bool has_last; /* `last_hash` is that of `last` */
	struct flow_key last;
	uint64_t last_hash;
	size_t any_at; /* where flow_table_any found something */
};

void flow_table_init(struct flow_table *t, const struct siphash_key *key);
void flow_table_free(struct flow_table *t);
struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key);
void flow_table_add(struct flow_table *t, struct flow *f); /* its key is not there yet */
void flow_table_remove(struct flow_table *t, struct flow *f);

/* Some flow, NULL when there is none: to empty the table. */
struct flow *flow_table_any(struct flow_table *t);

/* Call `each` for every flow until it returns false. It must not add or remove. */
void flow_table_walk(struct flow_table *t, bool (*each)(struct flow *f, void *arg), void *arg);

#endif
