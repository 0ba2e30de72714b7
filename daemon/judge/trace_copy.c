/* SPDX-License-Identifier: MIT */
#include "judge/trace_copy.h"

#include "base/text.h"
#include "wire/cursor.h"
#include "wire/segment.h"

#include <stdlib.h>
#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define ICMP_HEADER 8

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

/* The addresses and the protocol of an IP packet; `c` goes past its header. 0: there is none. */
static uint8_t glance_ip(struct cursor *c, struct addr *src, struct addr *dst)
{
	const uint8_t *ip = c->at;

	if (c->left && ip[0] >> 4 == 4) {
		if (c->left < IPV4_HEADER)
			return 0;
		addr_from_v4(src, ip + 12);
		addr_from_v4(dst, ip + 16);
		cursor_take(c, (ip[0] & 0x0fu) * 4);
		return ip[9];
	}
	if (c->left < IPV6_HEADER)
		return 0;
	memcpy(src->b, ip + 8, sizeof(src->b));
	memcpy(dst->b, ip + 24, sizeof(dst->b));
	cursor_take(c, IPV6_HEADER);
	return ip[6];
}

bool trace_glance(const struct trace_record *r, struct trace_glance *out)
{
	struct cursor c = cursor_of(r->bytes, r->cap);
	bool from_client = r->kind == TRACE_IN;
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t protocol, flags;

	if (r->kind != TRACE_IN && r->kind != TRACE_OUT)
		return false;
	protocol = glance_ip(&c, &src, &dst);
	if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6) {
		/* An error of ours belongs to the segment of the client that it quotes. */
		cursor_take(&c, ICMP_HEADER);
		protocol = c.failed ? 0 : glance_ip(&c, &src, &dst);
		from_client = true;
	}
	if (protocol != PROTOCOL_TCP)
		return false;
	sport = cursor_u16(&c);
	dport = cursor_u16(&c);
	out->seq = cursor_u32(&c);
	if (c.failed)
		return false;
	cursor_take(&c, 5); /* acknowledgment and data offset */
	flags = cursor_u8(&c);
	out->opens = r->kind == TRACE_IN && !c.failed && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (from_client)
		out->key = (struct flow_key){src, dst, sport, dport};
	else
		out->key = (struct flow_key){dst, src, dport, sport};
	return true;
}

static bool same_key(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Who connection `id` is between: the client's word counts, ours may be a lie. */
static void find_by_id(struct trace_copy *c, const struct trace *t)
{
	const struct trace_record *r = NULL;
	struct trace_glance g;

	while ((r = trace_next(t, r))) {
		if (r->flow != c->id || !trace_glance(r, &g))
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
	struct trace_glance g;

	while ((r = trace_next(t, r))) {
		if (!trace_glance(r, &g))
			continue;
		if (g.opens) {
			c->found = true;
			c->key = g.key;
			c->id = r->flow;
			c->opened = r->when;
		} else if (c->found && r->flow && same_key(&g.key, &c->key)) {
			c->id = r->flow;
		}
	}
}

void trace_copy_add(struct trace_copy *c, const struct trace_record *r)
{
	if (c->size + r->size > TRACE_COPY_MAX) {
		c->cut = true;
		return;
	}
	if (c->size + r->size > c->room) {
		c->room = c->room ? 2 * c->room : 4096;
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
	struct trace_glance g;

	while ((r = trace_next(t, r))) {
		bool ours = r->flow && r->flow == c->id, other;
		bool between = trace_glance(r, &g) && same_key(&g.key, &c->key);

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
			trace_copy_add(c, r);
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

/* Which connections are the client's, as bits by their ids: moves and notes name nobody. Two ids
 * may have one bit, but only when they are far apart. */
#define FLOWS_SEEN 65536

void trace_of_client(const struct trace *t, const struct addr *client, size_t size,
		     struct trace *out)
{
	uint8_t seen[FLOWS_SEEN / 8] = {0};
	const struct trace_record *r = NULL;
	struct trace_glance g;

	trace_init(out, t->size && size ? size : 0);
	while ((r = trace_next(t, r))) {
		size_t flow = r->flow % FLOWS_SEEN;
		bool packet = trace_glance(r, &g),
		     its = packet && addr_equal(&g.key.client, client);

		if (its && r->flow)
			seen[flow / 8] |= (uint8_t)(1 << flow % 8);
		if (its || r->kind == TRACE_LOSS ||
		    (!packet && r->flow && seen[flow / 8] >> flow % 8 & 1))
			trace_add(out, r, r->bytes, r->len);
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
