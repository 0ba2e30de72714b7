/* SPDX-License-Identifier: MIT */
#include "judge/trace_copy.h"

#include "base/text.h"
#include "wire/icmp.h"
#include "wire/packet_decode.h"

#include <stdlib.h>
#include <string.h>

bool trace_glance(const struct trace_record *r, struct trace_glance *out)
{
	bool from_client = r->kind == TRACE_IN;
	struct segment seg;
	struct icmp m;

	if (r->kind != TRACE_IN && r->kind != TRACE_OUT)
		return false;
	switch (packet_decode_start(r->bytes, r->cap, &seg)) {
	case WIRE_OK:
		out->opens = from_client && (seg.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
		break;
	case WIRE_ICMP:
		/* An error belongs to the flow of the segment that it quotes, which the other side
		 * sent. */
		if (!icmp_decode(r->bytes, r->cap, false, &m) || !icmp_about(&m, &seg))
			return false;
		from_client = !from_client;
		out->opens = false;
		break;
	default: return false;
	}
	out->seq = seg.seq;
	if (from_client)
		out->key = (struct flow_key){seg.src, seg.dst, seg.sport, seg.dport};
	else
		out->key = (struct flow_key){seg.dst, seg.src, seg.dport, seg.sport};
	return true;
}

static bool same_key(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Finds the addresses and ports of connection `id`. The client's packets count, as the responder's
 * may be forged. */
static void find_by_id(struct trace_copy *c, const struct trace_record *r)
{
	struct trace_glance g;

	if (r->flow != c->id || !trace_glance(r, &g))
		return;
	c->key = g.key;
	c->found = true;
	if (r->kind == TRACE_IN)
		c->at.read = c->end; /* the rest need not be read */
}

/* Finds the last SYN and its connection, which may have been created later. */
static void find_last(struct trace_copy *c, const struct trace_record *r)
{
	struct trace_glance g;

	if (!trace_glance(r, &g))
		return;
	if (g.opens) {
		c->found = true;
		c->key = g.key;
		c->id = r->flow;
		c->opened = r->when;
	} else if (c->found && r->flow && same_key(&g.key, &c->key)) {
		c->id = r->flow;
	}
}

/* Makes room for `size` octets in all. The buffer starts small, as most attempts are a SYN and its
 * answer. */
static bool make_room(struct trace_copy *c, size_t size)
{
	size_t room = c->room ? 2 * c->room : 512;
	uint8_t *larger;

	while (room < size)
		room *= 2;
	larger = realloc(c->bytes, room);
	if (!larger)
		return false;
	c->bytes = larger;
	c->room = room;
	return true;
}

void trace_copy_add(struct trace_copy *c, const struct trace_record *r)
{
	c->cut |= c->size + r->size > TRACE_COPY_MAX;
	if (c->cut) /* not even records that would fit: a trace has no gaps */
		return;
	if (c->size + r->size > c->room && !make_room(c, c->size + r->size)) {
		c->cut = true; /* memory ran out */
		return;
	}
	memcpy(c->bytes + c->size, r, r->size);
	c->size += r->size;
}

/* Adds the record if it belongs to the connection. Sets c->whole at the first record of the next
 * connection with the same addresses and ports. */
static void add(struct trace_copy *c, const struct trace_record *r)
{
	bool ours = r->flow && r->flow == c->id, other, between;
	struct trace_glance g;

	between = trace_glance(r, &g) && same_key(&g.key, &c->key);
	if (!ours && !between)
		return;
	other = r->flow && !ours;
	c->whole = other && c->begun;
	if (c->whole)
		return;
	/* Records before another connection, or before a SYN with another ISN, belong to another
	 * attempt. */
	if (other || (!c->begun && between && g.opens && !(c->has_isn && g.seq == c->isn))) {
		c->size = 0;
		c->cut = false;
		c->has_isn = !other;
		c->isn = g.seq;
	}
	if (!other)
		trace_copy_add(c, r);
	c->begun |= ours;
}

void trace_copy_begin(struct trace_copy *c, const struct trace *t, uint64_t id)
{
	*c = (struct trace_copy){.id = id, .by_id = id, .end = t->added};
}

static void take_record(struct trace_copy *c, const struct trace_record *r)
{
	if (c->adding)
		add(c, r);
	else if (c->by_id)
		find_by_id(c, r);
	else
		find_last(c, r);
}

bool trace_copy_step(struct trace_copy *c, const struct trace *t, unsigned records)
{
	uint64_t lost = 0;

	while (records-- && !c->whole) {
		const struct trace_record *r;

		if (c->at.read >= c->end) {
			c->whole = c->adding || !c->found;
			c->adding = true;
			c->at = (struct trace_cursor){0};
			continue;
		}
		r = trace_read(t, &c->at, &lost);
		if (r && c->at.read <= c->end)
			take_record(c, r);
	}
	return c->whole;
}

bool client_trace_begin(struct client_trace *c, const struct trace *t, const struct addr *client,
			size_t size)
{
	*c = (struct client_trace){.client = *client, .end = t->added};
	return trace_try_init(&c->copied, t->size && size ? size : 0);
}

static void take_if_its(struct client_trace *c, const struct trace_record *r)
{
	size_t flow = r->flow % CLIENT_FLOWS_SEEN;
	struct trace_glance g;
	bool packet = trace_glance(r, &g), its = packet && addr_equal(&g.key.client, &c->client);

	if (its && r->flow)
		c->seen[flow / 8] |= (uint8_t)(1 << flow % 8);
	if (its || r->kind == TRACE_LOSS ||
	    (!packet && r->flow && c->seen[flow / 8] >> flow % 8 & 1))
		trace_add(&c->copied, r, r->bytes, r->len);
}

bool client_trace_step(struct client_trace *c, const struct trace *t, unsigned records)
{
	uint64_t lost = 0;

	while (records-- && c->at.read < c->end) {
		const struct trace_record *r = trace_read(t, &c->at, &lost);

		if (r && c->at.read <= c->end)
			take_if_its(c, r);
	}
	return c->at.read >= c->end;
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
