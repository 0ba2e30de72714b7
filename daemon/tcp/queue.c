/* SPDX-License-Identifier: MIT */
#include "tcp/queue.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 512

/* --- octets to send --------------------------------------------------------------------------- */

void sendq_copy(const struct sendq *q, size_t offset, size_t n, uint8_t *out)
{
	size_t at, first;

	if (!n)
		return;
	if (q->lent) {
		memcpy(out, sendq_lent(q, offset), n);
		return;
	}
	at = (q->head + offset) & (q->cap - 1);
	first = n < q->cap - at ? n : q->cap - at;
	memcpy(out, q->mem + at, first);
	if (first < n)
		memcpy(out + first, q->mem, n - first);
}

/* The octets from `offset` on are part of the queue, but have no value yet. */
static void fill(struct sendq *q, size_t offset, const uint8_t *data, size_t n)
{
	size_t at = (q->head + offset) & (q->cap - 1);
	size_t first = n < q->cap - at ? n : q->cap - at;

	memcpy(q->mem + at, data, first);
	if (first < n)
		memcpy(q->mem, data + first, n - first);
}

/* Copies the queue to new memory, with a gap of n octets before the octet at `offset`. Doubling
 * keeps the cost of an octet constant. */
static bool copy_with_gap(struct sendq *q, size_t offset, size_t n)
{
	size_t cap = q->cap ? q->cap : CAP_MIN;
	uint8_t *mem;

	while (cap < q->len + n)
		cap *= 2;
	mem = malloc(cap);
	if (!mem)
		return false;
	sendq_copy(q, 0, offset, mem);
	sendq_copy(q, offset, q->len - offset, mem + offset + n);
	free(q->mem);
	*q = (struct sendq){.mem = mem, .cap = cap, .len = q->len};
	return true;
}

/* Moves the octets from `offset` on by n, if they are in `mem` and its end is not among them. */
static bool move_tail(struct sendq *q, size_t offset, size_t n)
{
	size_t at = (q->head + offset) & (q->cap - 1), tail = q->len - offset;

	if (q->len + n > q->cap || (tail && at + tail + n > q->cap))
		return false;
	if (tail)
		memmove(q->mem + at + n, q->mem + at, tail);
	return true;
}

bool sendq_insert(struct sendq *q, size_t offset, const void *data, size_t n)
{
	if (!n)
		return true;
	if (!move_tail(q, offset, n) && !copy_with_gap(q, offset, n))
		return false;
	q->len += n;
	fill(q, offset, data, n);
	return true;
}

bool sendq_append(struct sendq *q, const void *data, size_t n)
{
	return sendq_insert(q, q->len, data, n);
}

/* Returns true if the octets that precede `at` equal the octets of the queue. */
static bool precede(const struct sendq *q, const struct lent *lent, uint32_t at)
{
	return q->lent == lent && q->len <= at &&
	       (q->lent_at + (uint32_t)q->len) % lent->period == at % lent->period;
}

bool sendq_lend(struct sendq *q, const struct lent *lent, uint32_t at, size_t n)
{
	if (q->len && !precede(q, lent, at))
		return sendq_append(q, lent->octets + at, n);
	if (n) {
		q->lent = lent;
		q->lent_at = at - (uint32_t)q->len;
	}
	q->len += n;
	return true;
}

void sendq_free(struct sendq *q)
{
	free(q->mem);
	*q = (struct sendq){0};
}

void sendq_drop(struct sendq *q, size_t n)
{
	if (q->lent)
		q->lent_at += (uint32_t)n;
	else
		q->head = (q->head + n) & (q->cap - 1);
	q->len -= n;
	if (!q->len)
		sendq_free(q);
}

void sendq_cut(struct sendq *q, size_t n)
{
	q->len = n;
	if (!n)
		sendq_free(q);
}

/* --- received octets -------------------------------------------------------------------------- */

/* Makes the memory large enough for `need` octets from `head` on, of which `used` may have a value:
 * moves these to the front, or allocates more memory. Doubling keeps the cost of an octet constant:
 * octets move only after as many were taken. */
static bool make_room(struct recvq *q, size_t used, size_t need)
{
	size_t cap = q->cap ? q->cap : CAP_MIN;
	uint8_t *larger;

	if (q->head + need <= q->cap)
		return true;
	if (need <= q->cap / 2) {
		memmove(q->mem, q->mem + q->head, used);
		q->head = 0;
		return true;
	}
	while (cap < need * 2)
		cap *= 2;
	larger = malloc(cap);
	if (!larger)
		return false;
	if (used)
		memcpy(larger, q->mem + q->head, used);
	free(q->mem);
	q->mem = larger;
	q->cap = cap;
	q->head = 0;
	return true;
}

void recvq_free(struct recvq *q)
{
	free(q->mem);
	*q = (struct recvq){0};
}

uint32_t recvq_reach(const struct recvq *q)
{
	return q->ranges ? q->range[q->ranges - 1].to : (uint32_t)q->ready;
}

bool recvq_overlap(const struct recvq *q, uint32_t from, uint32_t to, uint32_t *lo, uint32_t *hi)
{
	for (unsigned i = 0; i < q->ranges; i++) {
		const struct recvq_range *r = &q->range[i];

		if (r->to <= from || r->from >= to)
			continue;
		*lo = r->from > from ? r->from : from;
		*hi = r->to < to ? r->to : to;
		return true;
	}
	return false;
}

static void range_remove(struct recvq *q, unsigned at)
{
	q->ranges--;
	memmove(&q->range[at], &q->range[at + 1], (q->ranges - at) * sizeof(q->range[0]));
}

/* Copies the octets that are missing: the gaps between `ready` and the islands. Octets received
 * earlier remain. */
static void fill_gaps(struct recvq *q, uint32_t from, uint32_t to, const uint8_t *data)
{
	uint32_t at = from < q->ready ? (uint32_t)q->ready : from;

	for (unsigned i = 0; i < q->ranges && at < to; i++) {
		const struct recvq_range *r = &q->range[i];

		if (r->to <= at)
			continue;
		if (r->from > at) {
			uint32_t end = r->from < to ? r->from : to;

			memcpy(q->mem + q->head + at, data + (at - from), end - at);
		}
		at = r->to;
	}
	if (at < to)
		memcpy(q->mem + q->head + at, data + (at - from), to - at);
}

/* Removes the islands that touch or overlap [*from, *to), and extends that range to cover them. */
static void merge(struct recvq *q, uint32_t *from, uint32_t *to)
{
	for (unsigned i = 0; i < q->ranges;) {
		const struct recvq_range *r = &q->range[i];

		if (r->from > *to || r->to < *from) {
			i++;
			continue;
		}
		if (r->from < *from)
			*from = r->from;
		if (r->to > *to)
			*to = r->to;
		range_remove(q, i);
	}
}

static bool touches_any(const struct recvq *q, uint32_t from, uint32_t to)
{
	for (unsigned i = 0; i < q->ranges; i++)
		if (q->range[i].from <= to && q->range[i].to >= from)
			return true;
	return false;
}

static void insert(struct recvq *q, uint32_t from, uint32_t to)
{
	unsigned at = q->ranges;

	while (at && q->range[at - 1].from > from) {
		q->range[at] = q->range[at - 1];
		at--;
	}
	q->range[at] = (struct recvq_range){.from = from, .to = to, .stamp = ++q->stamp};
	q->ranges++;
}

size_t recvq_put(struct recvq *q, uint32_t offset, const uint8_t *data, size_t n)
{
	uint32_t from = offset, to = offset + (uint32_t)n, reach = recvq_reach(q);
	size_t before = q->ready;

	if (!n || to <= q->ready)
		return 0;
	if (from > q->ready && q->ranges == RECVQ_RANGES_MAX && !touches_any(q, from, to))
		return 0;
	if (!make_room(q, reach, to > reach ? to : reach))
		return 0;
	fill_gaps(q, from, to, data);
	merge(q, &from, &to);
	if (from <= q->ready)
		q->ready = to > q->ready ? to : q->ready;
	else
		insert(q, from, to);
	return q->ready - before;
}

void recvq_cut(struct recvq *q, uint32_t offset)
{
	while (q->ranges && q->range[q->ranges - 1].from >= offset)
		q->ranges--;
	if (q->ranges && q->range[q->ranges - 1].to > offset)
		q->range[q->ranges - 1].to = offset;
	if (!q->ready && !q->ranges)
		recvq_free(q);
}

void recvq_renege(struct recvq *q)
{
	recvq_cut(q, (uint32_t)q->ready);
}

void recvq_take(struct recvq *q, size_t n)
{
	q->head += n;
	q->ready -= n;
	for (unsigned i = 0; i < q->ranges; i++) {
		q->range[i].from -= (uint32_t)n;
		q->range[i].to -= (uint32_t)n;
	}
	if (!q->ready && !q->ranges)
		recvq_free(q);
}
