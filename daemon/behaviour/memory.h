/* SPDX-License-Identifier: MIT */
/* What rules remember: how often each met its trigger, and what the values of all names were once,
 * per connection, attempt, tuple, client or endpoint. Bounded: at the bound the longest unused one
 * goes, and `evicted` says so. */
#ifndef SYNACKD_BEHAVIOUR_MEMORY_H
#define SYNACKD_BEHAVIOUR_MEMORY_H

#include "base/random.h"
#include "behaviour/rule.h"
#include "tcp/flow.h"

#define MEMORY_MAX 262144
#define NOTES_MAX  65536

/* The key of a count: its scope, and the rule; parts that the scope does not use are zero. Without
 * padding, it is hashed. */
struct memory_key {
	struct flow_key flow; /* attempt and tuple: all of it; client: the client's address */
	uint32_t isn;         /* attempt: the client's ISN */
	uint64_t connection;  /* connection: its id (0: none yet, and flow and isn are those of the
			       * attempt); of a choice: when its ruleset began */
	uint32_t endpoint;    /* always: its number */
	uint16_t label;       /* the rule's */
	uint16_t slot;
	uint64_t scope; /* enum rule_scope */
};

_Static_assert(sizeof(struct memory_key) == 64, "no padding");

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
/* Count once more and return the new count, 1 the first time; and again 1 when the first time was
 * `within` ago, unless that is 0. */
uint32_t memory_count(struct memory *m, const struct memory_key *key, nstime within, nstime now);
/* Keep the values, without those that are old already, in place of what was kept before. */
void memory_keep(struct memory *m, const struct memory_key *key, const struct expr_values *values,
		 nstime now);
/* What was kept last, less than `within` ago unless that is 0; NULL: nothing. To be used before the
 * next call. */
const struct expr_values *memory_kept(struct memory *m, const struct memory_key *key, nstime within,
				      nstime now);
/* What is counted and kept under one key goes on under another, if nothing is there. */
void memory_rename(struct memory *m, const struct memory_key *from, const struct memory_key *to);
/* Forget everything of an endpoint: its behaviour was set anew. */
void memory_forget_endpoint(struct memory *m, uint32_t endpoint);

#endif
