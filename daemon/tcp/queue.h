/* SPDX-License-Identifier: MIT */
/* queue: the send queue and the receive queue of a connection. */
#ifndef SYNACKD_TCP_QUEUE_H
#define SYNACKD_TCP_QUEUE_H

#include "wire/lent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SENDQ_MAX (256 * 1024) /* octets that a user may have unacknowledged or unsent */

/* Octets to send: a ring, so that no octet moves when others leave; or octets that the user has
 * lent. A zeroed struct is an empty queue. An empty queue owns no memory. */
struct sendq {
	uint8_t *mem;
	size_t cap;              /* of `mem`: 0, or a power of two */
	size_t head;             /* offset of the first octet in `mem` */
	const struct lent *lent; /* contains all octets, if they are not in `mem`; or NULL */
	uint32_t lent_at;        /* offset of the first octet in `lent` */
	size_t len;
};

/* Returns false, and leaves the queue unchanged, if there is no memory. */
bool sendq_append(struct sendq *q, const void *data, size_t n);
/* Appends n lent octets from the offset `at` on. The queue refers to them, without a copy, if it is
 * empty, or has only the octets that precede them in `lent`. Returns false, and leaves the queue
 * unchanged, if there is no memory. */
bool sendq_lend(struct sendq *q, const struct lent *lent, uint32_t at, size_t n);
/* Inserts octets before the octet at `offset`, which is at most len. Returns false, and leaves the
 * queue unchanged, if there is no memory. */
bool sendq_insert(struct sendq *q, size_t offset, const void *data, size_t n);
void sendq_drop(struct sendq *q, size_t n); /* removes the first n octets; n <= len */
void sendq_cut(struct sendq *q, size_t n);  /* removes all but the first n octets; n <= len */
/* Copies n octets from `offset` on; offset + n <= len. */
void sendq_copy(const struct sendq *q, size_t offset, size_t n, uint8_t *out);
/* Returns the octets from `offset` on if the queue refers to lent ones; otherwise NULL. */
static inline const uint8_t *sendq_lent(const struct sendq *q, size_t offset)
{
	return q->lent ? q->lent->octets + q->lent_at + offset : NULL;
}
void sendq_free(struct sendq *q);

#define RECVQ_RANGES_MAX 32

/* Received octets: `ready` of them in order, then islands beyond gaps. Offsets count from the first
 * octet that the user has not read. A zeroed struct is an empty queue. */
struct recvq {
	uint8_t *mem;
	size_t cap;
	size_t head;
	size_t ready;
	unsigned ranges; /* number of islands, in ascending order, none adjacent to another */
	struct recvq_range {
		uint32_t from;
		uint32_t to;
		uint32_t stamp; /* larger is more recent, for SACK (RFC 2018 4) */
	} range[RECVQ_RANGES_MAX];
	uint32_t stamp;
};

/* Stores octets at `offset`. Octets that were received before keep their first value. Returns the
 * number of octets by which `ready` grew. If there is no memory or no free island, stores nothing
 * and returns 0; for the client this is a loss. */
size_t recvq_put(struct recvq *q, uint32_t offset, const uint8_t *data, size_t n);
static inline const uint8_t *recvq_at(const struct recvq *q)
{
	return q->mem + q->head;
}
/* Returns the offset after the last stored octet, islands included. */
uint32_t recvq_reach(const struct recvq *q);
/* Finds the first part of [from, to) that an island covers. Returns false if there is none. */
bool recvq_overlap(const struct recvq *q, uint32_t from, uint32_t to, uint32_t *lo, uint32_t *hi);
void recvq_renege(struct recvq *q); /* discards the islands */
/* Discards the octets of islands from `offset` on, which is at least `ready`. */
void recvq_cut(struct recvq *q, uint32_t offset);
void recvq_take(struct recvq *q, size_t n); /* removes octets that the user has read; n <= ready */
void recvq_free(struct recvq *q);

#endif
