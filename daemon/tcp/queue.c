/* SPDX-License-Identifier: MIT */
#include "tcp/queue.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 512

/* Makes `mem` large enough for `need` octets from `*head` on: moves the used octets to the front,
 * or allocates more memory. Doubling keeps the cost of an octet constant. */
static bool make_room(uint8_t **mem, size_t *cap, size_t *head, size_t used, size_t need)
{
	size_t wanted = *cap ? *cap : CAP_MIN;
	uint8_t *larger;

	if (*head + need <= *cap)
		return true;
	if (need <= *cap / 2 || need <= *cap - *head) {
		memmove(*mem, *mem + *head, used);
		*head = 0;
		return true;
	}
	while (wanted < need * 2)
		wanted *= 2;
	larger = malloc(wanted);
	if (!larger)
		return false;
	if (used)
		memcpy(larger, *mem + *head, used);
	free(*mem);
	*mem = larger;
	*cap = wanted;
	*head = 0;
	return true;
}

bool sendq_insert(struct sendq *q, size_t offset, const void *data, size_t n)
{
	uint8_t *at;

	if (!n)
		return true;
	if (!make_room(&q->mem, &q->cap, &q->head, q->len, q->len + n))
		return false;
	at = q->mem + q->head + offset;
	memmove(at + n, at, q->len - offset);
	memcpy(at, data, n);
	q->len += n;
	return true;
}

bool sendq_append(struct sendq *q, const void *data, size_t n)
{
	return sendq_insert(q, q->len, data, n);
}

void sendq_free(struct sendq *q)
{
	free(q->mem);
	*q = (struct sendq){0};
}

void sendq_drop(struct sendq *q, size_t n)
{
	q->head += n;
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
	if (!make_room(&q->mem, &q->cap, &q->head, reach, to > reach ? to : reach))
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
