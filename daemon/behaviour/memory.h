/* SPDX-License-Identifier: MIT */
/* What rules remember: how often each met its trigger, per connection, attempt, client or endpoint.
 * Bounded: at the bound the longest unused count goes, and `evicted` says so. */
#ifndef SYNACKD_BEHAVIOUR_MEMORY_H
#define SYNACKD_BEHAVIOUR_MEMORY_H

#include "base/random.h"
#include "behaviour/rule.h"
#include "tcp/flow.h"

#define MEMORY_MAX 262144

/* Whose: unused parts are zero. Without padding, it is hashed. */
struct memory_key {
	struct flow_key flow; /* attempt: all; client: the client's address; else zero */
	uint32_t isn;         /* attempt: the client's ISN */
	uint16_t rule_label;
	uint16_t rule_slot;
	uint64_t owner;       /* connection: its id; endpoint and below: the endpoint's number */
	uint32_t scope;
	uint32_t zero;
};

struct memory {
	struct memory_entry **bucket;
	size_t mask;
	size_t count;
	size_t max;
	uint64_t evicted;
	struct memory_entry *newest, *oldest; /* by use */
	struct siphash_key key;
};

void memory_init(struct memory *m, size_t max, const struct siphash_key *key);
void memory_free(struct memory *m);
/* Count once more and return the new count, 1 the first time. */
uint32_t memory_count(struct memory *m, const struct memory_key *key);
/* Forget everything of an endpoint: its behaviour was set anew. */
void memory_forget_endpoint(struct memory *m, uint32_t endpoint);

#endif
