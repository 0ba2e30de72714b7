/* SPDX-License-Identifier: MIT */
#include "trace/trace.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN   8
#define PAGE    4096
#define WRAPPED 0xff /* filler at the ring's end; the next record is at its start */

static const char *const fates[FATE_COUNT] = {
	[FATE_NONE] = "",           [FATE_DROPPED] = "dropped",   [FATE_ANSWERED] = "answered",
	[FATE_HELD] = "held",       [FATE_RELEASED] = "released", [FATE_ABSORBED] = "absorbed",
	[FATE_DELAYED] = "delayed", [FATE_OUTDATED] = "outdated", [FATE_REFUSED] = "refused",
	[FATE_SPOILT] = "spoilt",
};

const char *trace_fate_name(enum trace_fate f)
{
	return fates[f];
}

static size_t in_pages(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

void trace_init(struct trace *t, size_t size)
{
	*t = (struct trace){.size = in_pages(size)};
	if (t->size)
		t->ring = xcalloc(1, t->size);
}

bool trace_try_init(struct trace *t, size_t size)
{
	uint8_t *ring = size ? calloc(1, in_pages(size)) : NULL;

	*t = (struct trace){.ring = ring, .size = ring ? in_pages(size) : 0};
	return ring || !size;
}

void trace_free(struct trace *t)
{
	free(t->ring);
	*t = (struct trace){0};
}

/* Converts a position from the tail to the head to an offset in the ring. */
static size_t offset_of(const struct trace *t, uint64_t position)
{
	uint64_t offset = position - t->base;

	return (size_t)(position < t->base ? offset + t->size : offset);
}

/* Moves the head past `size` octets, which end within the ring. */
static void advance(struct trace *t, size_t size)
{
	t->head += size;
	if (t->head - t->base == t->size)
		t->base = t->head;
}

static struct trace_record *at(const struct trace *t, uint64_t position)
{
	return (struct trace_record *)(t->ring + offset_of(t, position));
}

/* Removes the oldest records until at most `most` octets are left. */
static void keep_newest(struct trace *t, size_t most)
{
	while (t->head - t->tail > most) {
		const struct trace_record *oldest = at(t, t->tail);

		t->lost += oldest->kind != WRAPPED;
		t->tail += oldest->size;
	}
}

/* Removes the oldest records until `need` octets are free. */
static void make_room(struct trace *t, size_t need)
{
	keep_newest(t, t->size - need);
}

/* Copies all records to `out`, in their order. */
static void copy_records(const struct trace *t, uint8_t *out)
{
	size_t from = offset_of(t, t->tail), size = (size_t)(t->head - t->tail);
	size_t first = size < t->size - from ? size : t->size - from;

	memcpy(out, t->ring + from, first);
	memcpy(out + first, t->ring, size - first);
}

void trace_move(struct trace *t, struct trace *to)
{
	struct trace old = *t, kept = *t;

	keep_newest(&kept, to->size < TRACE_MOVED_MAX ? to->size : TRACE_MOVED_MAX);
	if (kept.head != kept.tail)
		copy_records(&kept, to->ring);
	*t = (struct trace){.ring = to->ring,
			    .size = to->size,
			    .base = kept.tail,
			    .head = kept.tail,
			    .tail = kept.tail,
			    .lost = kept.lost,
			    .added = kept.added};
	advance(t, (size_t)(kept.head - kept.tail));
	*to = old;
}

/* Fills the rest of the ring, which is too short for the next record: a record must be contiguous.
 * Of a filler, only size and kind are valid. */
static void wrap(struct trace *t, size_t left)
{
	struct trace_record *r;

	make_room(t, left);
	r = at(t, t->head);
	r->size = (uint32_t)left;
	r->kind = WRAPPED;
	advance(t, left);
}

/* Returns a record of `size` octets, for which there is space at the head. */
static inline struct trace_record *begin(struct trace *t, size_t len, size_t cap, size_t size)
{
	struct trace_record *r = at(t, t->head);

	t->added++;
	r->size = (uint32_t)size;
	r->len = (uint32_t)len;
	r->cap = (uint16_t)cap;
	advance(t, size);
	return r;
}

/* Does the same after removing records. */
static struct trace_record *begin_in_place_of_others(struct trace *t, size_t len, size_t cap,
						     size_t size)
{
	size_t left = t->size - (size_t)(t->head - t->base);

	if (!t->size)
		return NULL;
	if (left < size)
		wrap(t, left);
	make_room(t, size);
	return begin(t, len, cap, size);
}

struct trace_record *trace_reserve(struct trace *t, size_t len)
{
	size_t cap = len < TRACE_SNAP ? len : TRACE_SNAP;
	size_t size = (sizeof(struct trace_record) + cap + ALIGN - 1) / ALIGN * ALIGN;

	/* Without a ring, no size is sufficient. */
	if (t->head + size > t->base + t->size || t->head + size > t->tail + t->size)
		return begin_in_place_of_others(t, len, cap, size);
	return begin(t, len, cap, size);
}

void trace_add(struct trace *t, const struct trace_record *head, const void *bytes, size_t len)
{
	struct trace_record *r = trace_reserve(t, len), whole = *head;

	if (!r)
		return;
	whole.size = r->size;
	whole.len = r->len;
	whole.cap = r->cap;
	*r = whole;
	if (r->cap)
		memcpy(r->bytes, bytes, r->cap);
}

const struct trace_record *trace_next(const struct trace *t, const struct trace_record *r)
{
	uint64_t position = t->tail;

	if (r) {
		/* The position of the record. */
		size_t offset = (size_t)((const uint8_t *)r - t->ring);
		size_t tail = offset_of(t, t->tail);

		position += (offset < tail ? offset + t->size : offset) - tail + r->size;
	}
	if (t->size && position < t->head && at(t, position)->kind == WRAPPED)
		position += at(t, position)->size;
	return position < t->head ? at(t, position) : NULL;
}

void trace_cursor_now(const struct trace *t, struct trace_cursor *c)
{
	*c = (struct trace_cursor){.position = t->head, .read = t->added};
}

/* trace_read() with a result that the owner of the ring can change. */
static struct trace_record *take(const struct trace *t, struct trace_cursor *c, uint64_t *lost)
{
	struct trace_record *r;

	if (c->position < t->tail) {
		*lost += t->lost - c->read;
		*c = (struct trace_cursor){.position = t->tail, .read = t->lost};
	}
	if (c->position < t->head && at(t, c->position)->kind == WRAPPED)
		c->position += at(t, c->position)->size;
	if (c->position >= t->head)
		return NULL;
	r = at(t, c->position);
	c->position += r->size;
	c->read++;
	return r;
}

const struct trace_record *trace_read(const struct trace *t, struct trace_cursor *c, uint64_t *lost)
{
	return take(t, c, lost);
}

bool trace_clone_begin(struct trace_clone *c, const struct trace *t, size_t most)
{
	size_t size = (size_t)(t->head - t->tail);

	if (size > most)
		size = most;
	*c = (struct trace_clone){.end = t->added,
				  .from = t->head - size,
				  .copied = {.lost = t->added, .added = t->added}};
	if (!size)
		return true;
	c->copied.ring = malloc(size);
	if (!c->copied.ring)
		return false;
	c->copied.size = size;
	return true;
}

static void clone_record(struct trace_clone *c, const struct trace_record *r)
{
	memcpy(c->copied.ring + c->copied.head, r, r->size);
	c->copied.head += r->size;
	c->copied.lost--;
}

bool trace_clone_step(struct trace_clone *c, const struct trace *t, unsigned records)
{
	while (records-- && c->at.read < c->end) {
		uint64_t lost = 0;
		const struct trace_record *r = trace_read(t, &c->at, &lost);

		if (lost) { /* the records before a gap are lost, too */
			c->copied.head = 0;
			c->copied.lost = c->end;
		}
		if (r && c->at.read <= c->end && c->at.position - r->size >= c->from)
			clone_record(c, r);
	}
	return c->at.read >= c->end;
}

void trace_left(struct trace *t, struct trace_cursor *c, nstime now)
{
	uint64_t lost = 0;
	struct trace_record *r;

	while ((r = take(t, c, &lost))) {
		nstime late = (now - r->when) / NS_PER_US;

		if (r->kind == TRACE_OUT && r->fate == FATE_NONE && late > 0)
			r->late = late < UINT32_MAX ? (uint32_t)late : UINT32_MAX;
	}
}
