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

/* Who a packet is between, by its first octets: they may be all that was kept, and a lie. */
static bool ends_of(const struct trace_record *r, struct flow_key *out, uint8_t *flags)
{
	struct cursor c = cursor_of(r->bytes, r->cap);
	struct addr src, dst;
	uint16_t sport, dport;
	const uint8_t *ip = r->bytes;

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
		memcpy(src.b, ip + 8, 16);
		memcpy(dst.b, ip + 24, 16);
		cursor_take(&c, IPV6_HEADER);
	}
	sport = cursor_u16(&c);
	dport = cursor_u16(&c);
	cursor_take(&c, 9); /* sequence numbers and data offset */
	*flags = cursor_u8(&c);
	if (r->kind == TRACE_IN)
		*out = (struct flow_key){src, dst, sport, dport};
	else
		*out = (struct flow_key){dst, src, dport, sport};
	return !c.failed;
}

static bool same_ends(const struct trace_record *r, const struct flow_key *key)
{
	struct flow_key ends = {0};
	uint8_t flags;

	return ends_of(r, &ends, &flags) && memcmp(&ends, key, sizeof(ends)) == 0;
}

/* Who connection `id` is between: the client's word counts, ours may be a lie. */
static void find_by_id(struct trace_copy *c, const struct trace *t)
{
	const struct trace_record *r = NULL;
	uint8_t flags;

	while ((r = trace_next(t, r))) {
		if (r->flow != c->id || !ends_of(r, &c->key, &flags))
			continue;
		c->found = true;
		if (r->kind == TRACE_IN)
			return;
	}
}

/* The last SYN, and the connection that came of it, also when that was later. */
static void find_last(struct trace_copy *c, const struct trace *t)
{
	const struct trace_record *r = NULL;
	struct flow_key ends = {0};
	uint8_t flags;

	while ((r = trace_next(t, r))) {
		if (!ends_of(r, &ends, &flags))
			continue;
		if (r->kind == TRACE_IN && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
			c->found = true;
			c->key = ends;
			c->id = r->flow;
		} else if (c->found && r->flow && memcmp(&ends, &c->key, sizeof(ends)) == 0) {
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

void trace_copy_take(struct trace_copy *c, const struct trace *t, uint64_t id)
{
	const struct trace_record *r = NULL;
	bool begun = false;

	c->id = id;
	if (id)
		find_by_id(c, t);
	else
		find_last(c, t);
	while (c->found && (r = trace_next(t, r))) {
		bool ours = r->flow && r->flow == c->id;

		if (!ours && !same_ends(r, &c->key))
			continue;
		if (ours || !r->flow) {
			begun |= ours;
			add(c, r);
		} else { /* another connection between the same ends */
			if (begun)
				return;
			c->size = 0;
			c->cut = false;
		}
	}
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
