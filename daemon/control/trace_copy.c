/* SPDX-License-Identifier: MIT */
#include "control/trace_copy.h"

#include "base/text.h"
#include "wire/cursor.h"
#include "wire/segment.h"

#include <stdlib.h>
#include <string.h>

#define IPV4_HEADER  20
#define IPV6_HEADER  40
#define PROTOCOL_TCP 6

/* What a packet says first: that may be all that was kept, and a lie. */
struct glance {
	struct flow_key key;
	uint32_t seq;
	bool opens; /* a SYN from the client */
};

static bool glance_at(const struct trace_record *r, struct glance *out)
{
	struct cursor c = cursor_of(r->bytes, r->cap);
	const uint8_t *ip = r->bytes;
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t flags;

	if ((r->kind != TRACE_IN && r->kind != TRACE_OUT) || r->cap < 1)
		return false;
	if (ip[0] >> 4 == 4) {
		if (r->cap < IPV4_HEADER || ip[9] != PROTOCOL_TCP)
			return false;
		addr_from_v4(&src, ip + 12);
		addr_from_v4(&dst, ip + 16);
		cursor_take(&c, (ip[0] & 0x0fu) * 4);
	} else {
		if (r->cap < IPV6_HEADER || ip[6] != PROTOCOL_TCP)
			return false;
		memcpy(src.b, ip + 8, sizeof(src.b));
		memcpy(dst.b, ip + 24, sizeof(dst.b));
		cursor_take(&c, IPV6_HEADER);
	}
	sport = cursor_u16(&c);
	dport = cursor_u16(&c);
	out->seq = cursor_u32(&c);
	cursor_take(&c, 5); /* acknowledgment and data offset */
	flags = cursor_u8(&c);
	out->opens = r->kind == TRACE_IN && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (r->kind == TRACE_IN)
		out->key = (struct flow_key){src, dst, sport, dport};
	else
		out->key = (struct flow_key){dst, src, dport, sport};
	return !c.failed;
}

static bool same_key(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Who connection `id` is between: the client's word counts, ours may be a lie. */
static void find_by_id(struct trace_copy *c, const struct trace *t)
{
	const struct trace_record *r = NULL;
	struct glance g;

	while ((r = trace_next(t, r))) {
		if (r->flow != c->id || !glance_at(r, &g))
			continue;
		c->key = g.key;
		c->found = true;
		if (r->kind == TRACE_IN)
			return;
	}
}

/* The last SYN, and the connection that came of it, also when that was later. */
static void find_last(struct trace_copy *c, const struct trace *t)
{
	const struct trace_record *r = NULL;
	struct glance g;

	while ((r = trace_next(t, r))) {
		if (!glance_at(r, &g))
			continue;
		if (g.opens) {
			c->found = true;
			c->key = g.key;
			c->id = r->flow;
		} else if (c->found && r->flow && same_key(&g.key, &c->key)) {
			c->id = r->flow;
		}
	}
}

static void add(struct trace_copy *c, const struct trace_record *r)
{
	if (c->size + r->size > TRACE_COPY_MAX) {
		c->cut = true;
		return;
	}
	if (c->size + r->size > c->room) {
		c->room = c->room ? 2 * c->room : 16384;
		c->bytes = xrealloc(c->bytes, c->room);
	}
	memcpy(c->bytes + c->size, r, r->size);
	c->size += r->size;
}

static void add_all(struct trace_copy *c, const struct trace *t)
{
	const struct trace_record *r = NULL;
	bool begun = false, has_isn = false;
	uint32_t isn = 0;
	struct glance g;

	while ((r = trace_next(t, r))) {
		bool ours = r->flow && r->flow == c->id, other;
		bool between = glance_at(r, &g) && same_key(&g.key, &c->key);

		if (!ours && !between)
			continue;
		other = r->flow && !ours;
		if (other && begun)
			return;
		/* What was before another connection, or before a SYN with another number, was not
		 * of this attempt. */
		if (other || (!begun && between && g.opens && !(has_isn && g.seq == isn))) {
			c->size = 0;
			c->cut = false;
			has_isn = !other;
			isn = g.seq;
		}
		if (!other)
			add(c, r);
		begun |= ours;
	}
}

void trace_copy_take(struct trace_copy *c, const struct trace *t, uint64_t id)
{
	c->id = id;
	if (id)
		find_by_id(c, t);
	else
		find_last(c, t);
	if (c->found)
		add_all(c, t);
}

void trace_copy_free(struct trace_copy *c)
{
	free(c->bytes);
	*c = (struct trace_copy){0};
}

const struct trace_record *trace_copy_next(const struct trace_copy *c, const struct trace_record *r)
{
	size_t at = r ? (size_t)((const uint8_t *)r - c->bytes) + r->size : 0;

	return at < c->size ? (const struct trace_record *)(c->bytes + at) : NULL;
}
