/* SPDX-License-Identifier: MIT */
/*
 * memory: counts and remembered values of rules.
 *
 * There is one entry for each connection, attempt, tuple, client or endpoint, depending on the
 * scope of the rule. The number of entries is bounded: the least recently used one is evicted, and
 * `evicted` counts it.
 */
#ifndef SYNACKD_BEHAVIOUR_MEMORY_H
#define SYNACKD_BEHAVIOUR_MEMORY_H

#include "base/hash_table.h"
#include "base/pool.h"
#include "base/random.h"
#include "behaviour/rule.h"
#include "tcp/flow.h"

#define MEMORY_MAX 262144
#define NOTES_MAX  65536

/* The key of an entry: its scope, and the rule. Parts that the scope does not use are zero.
 * Compared as a whole, so the struct must have no padding. */
struct memory_key {
	struct flow_key flow; /* attempt and tuple: all of it; client: only the client's address */
	uint32_t isn;         /* attempt: the client's ISN */
	/* Connection: its id, or 0 before it exists: then flow and isn identify the attempt. For a
	 * choice: when its ruleset came into use. */
	uint64_t connection;
	uint32_t endpoint; /* number of the endpoint, in every scope */
	uint16_t label;    /* label of the rule */
	uint16_t slot;
	uint32_t scope;      /* enum rule_scope */
	uint32_t generation; /* memory.c sets it */
};

_Static_assert(sizeof(struct memory_key) == 64, "no padding");

/* Octets of `flow`, `isn` and `connection`. */
#define MEMORY_OCTETS_MAX (FLOW_OCTETS_MAX + 12)

struct memory {
	struct hash_table entries;
	struct pool pool;
	size_t max;
	uint64_t evicted;
	struct memory_entry *newest, *oldest; /* by last use */
	struct siphash_key key;
	size_t last_len; /* of `last`, in octets; 0: none */
	uint8_t last[MEMORY_OCTETS_MAX];
	uint32_t last_hash; /* of `last` */
	uint32_t generations;
	uint32_t *generation; /* by number of the endpoint: how often it was forgotten */
};

/* `max`: maximum number of entries. Copies the key. Aborts without memory. */
void memory_init(struct memory *m, size_t max, const struct siphash_key *key);
void memory_free(struct memory *m);
/* Increments the count, and returns the new count: 1 the first time. If `within` is not 0, the
 * count restarts at 1 when `within` ns have elapsed since that first time. */
uint32_t memory_count(struct memory *m, const struct memory_key *key, nstime within, nstime now);
/* Stores the values, but not values->old, and replaces values stored before. */
void memory_keep(struct memory *m, const struct memory_key *key, const struct expr_values *values,
		 nstime now);
/* Returns the stored values; NULL if there are none, or if `within` is not 0 and they are at least
 * `within` ns old. They remain valid until the next call. */
const struct expr_values *memory_kept(struct memory *m, const struct memory_key *key, nstime within,
				      nstime now);
/* Moves the entry of one key to another key, unless that has an entry. */
void memory_rename(struct memory *m, const struct memory_key *from, const struct memory_key *to);
/* Removes all entries of an endpoint, as its behaviour changed. The cost does not depend on the
 * number of entries: no key finds them any more, and further entries replace them first. Aborts
 * without memory. */
void memory_forget_endpoint(struct memory *m, uint32_t endpoint);

#endif
