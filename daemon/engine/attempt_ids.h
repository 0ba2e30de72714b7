/* SPDX-License-Identifier: MIT */
/*
 * attempt_ids: the ids of attempts without a connection. Private to engine/.
 *
 * A rule drops, holds or answers the SYN of such an attempt, or the TCP answers it without keeping
 * a record. An attempt is a four-tuple and the ISN of the client. A retransmitted SYN, and a
 * connection that results from it, have the same id. The number is bounded: the oldest attempt of a
 * full hash set is forgotten, and a retransmission of its SYN is then a new attempt.
 */
#ifndef SYNACKD_ENGINE_ATTEMPT_IDS_H
#define SYNACKD_ENGINE_ATTEMPT_IDS_H

#include "tcp/flow.h"
#include "wire/segment.h"

#define ATTEMPT_IDS_MAX 4096 /* maximum number of known ids */

struct attempt_id;

/* A zeroed struct is empty. */
struct attempt_ids {
	struct attempt_id *place; /* NULL while empty */
};

/* Returns true if the segment begins an attempt. */
static inline bool begins_attempt(const struct segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* Returns the id of the attempt of a client's segment: by the ISN for a SYN, by the four-tuple for
 * any other segment. Returns 0 if there is none. */
uint64_t attempt_ids_find(const struct attempt_ids *all, const struct flow_key *key,
			  const struct segment *seg);

/* Stores the id, which is not 0, of the attempt that this SYN begins. Returns false without
 * memory. */
bool attempt_ids_add(struct attempt_ids *all, const struct flow_key *key, const struct segment *syn,
		     uint64_t id);

/* Removes the id of an attempt that has become a connection. */
void attempt_ids_forget(struct attempt_ids *all, const struct flow_key *key);

/* Returns true if a known attempt has this id. */
bool attempt_ids_have(const struct attempt_ids *all, uint64_t id);

/* Removes all ids; *all is then empty. */
void attempt_ids_free(struct attempt_ids *all);

#endif
