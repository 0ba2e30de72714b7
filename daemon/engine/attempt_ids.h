/* SPDX-License-Identifier: MIT */
/*
 * The ids of attempts that are no connection, or none yet: a rule dropped the SYN, holds or answers
 * it, or the machine answered it and keeps nothing. An attempt is a four-tuple and the ISN of the
 * client: its SYN again has the same id, and so has the connection that comes of it. Bounded: of
 * attempts that fall into the same place the oldest is forgotten, and its SYN, sent again, is
 * another attempt. Private to engine/.
 */
#ifndef SYNACKD_ENGINE_ATTEMPT_IDS_H
#define SYNACKD_ENGINE_ATTEMPT_IDS_H

#include "tcp/flow.h"
#include "wire/segment.h"

#define ATTEMPT_IDS_MAX 4096 /* attempts whose ids are known at once */

struct attempt_id;

/* A zeroed one is empty. */
struct attempt_ids {
	struct attempt_id *place; /* NULL until there is one */
};

/* Does the segment begin an attempt? */
static inline bool begins_attempt(const struct segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* Returns the id of the attempt that a segment from the client is of: a SYN has its ISN, any other
 * segment its four-tuple. Returns 0 if there is none. */
uint64_t attempt_ids_find(const struct attempt_ids *all, const struct flow_key *key,
			  const struct segment *seg);

/* Keep the id, which is not 0, of the attempt that this SYN begins. Returns false without memory.
 */
bool attempt_ids_add(struct attempt_ids *all, const struct flow_key *key, const struct segment *syn,
		     uint64_t id);

/* The attempt has become a connection: its id is not to be found any more. */
void attempt_ids_forget(struct attempt_ids *all, const struct flow_key *key);

/* Is it the id of an attempt that is known? */
bool attempt_ids_have(const struct attempt_ids *all, uint64_t id);

/* Forget all; *all is empty then. */
void attempt_ids_free(struct attempt_ids *all);

#endif
