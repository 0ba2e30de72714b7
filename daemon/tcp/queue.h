/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_TCP_QUEUE_H
#define SYNACKD_TCP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SENDQ_MAX (256 * 1024) /* what a user may have unacknowledged or unsent */

/* Octets to send, contiguous in memory so that a segment's payload can point into it. Zeroed is
 * empty; memory comes with the first octet and goes with the last. */
struct sendq {
	uint8_t *mem;
	size_t cap;
	size_t head; /* where the first octet is */
	size_t len;
};

/* False: no memory, and the queue is as it was. */
bool sendq_append(struct sendq *q, const void *data, size_t n);
/* Likewise, in front of the octet at `offset`, which is at most len. */
bool sendq_insert(struct sendq *q, size_t offset, const void *data, size_t n);
void sendq_drop(struct sendq *q, size_t n); /* acknowledged; n <= len */
void sendq_cut(struct sendq *q, size_t n);  /* what is behind n octets is gone; n <= len */
static inline const uint8_t *sendq_at(const struct sendq *q, size_t offset)
{
	return q->mem + q->head + offset;
}
void sendq_free(struct sendq *q);

#define RECVQ_RANGES_MAX 32

/* Octets received: `ready` of them in order, then islands beyond a gap. Offsets count from the
 * first octet that the user has not taken. */
struct recvq {
	uint8_t *mem;
	size_t cap;
	size_t head;
	size_t ready;
	unsigned ranges; /* islands, in ascending order, apart from one another */
	struct recvq_range {
		uint32_t from;
		uint32_t to;
		uint32_t stamp; /* larger is more recent, for SACK (RFC 2018 4) */
	} range[RECVQ_RANGES_MAX];
	uint32_t stamp;
};

/*
 * Put octets at `offset` (from the first untaken one). What overlaps what is there already is left
 * as it was first received. Returns by how much `ready` grew. When memory or the list of islands is
 * at its end the octets are not kept, which to the client is a loss: 0.
 */
size_t recvq_put(struct recvq *q, uint32_t offset, const uint8_t *data, size_t n);
static inline const uint8_t *recvq_at(const struct recvq *q)
{
	return q->mem + q->head;
}
/* How far the octets reach that are there, islands included. */
uint32_t recvq_reach(const struct recvq *q);
/* The first stretch of [from, to) that an island has already. False: there is none. */
bool recvq_overlap(const struct recvq *q, uint32_t from, uint32_t to, uint32_t *lo, uint32_t *hi);
void recvq_renege(struct recvq *q); /* the islands are gone */
/* Discard the octets of islands from `offset` on, which is at least `ready`. */
void recvq_cut(struct recvq *q, uint32_t offset);
void recvq_take(struct recvq *q, size_t n); /* n <= ready */
void recvq_free(struct recvq *q);

#endif
