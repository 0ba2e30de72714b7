/* SPDX-License-Identifier: MIT */
#include "engine/emit.h"

#include "base/container.h"
#include "engine/deferred.h"
#include "engine/due.h"
#include "engine/session.h"
#include "wire/fragment.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A deferred segment, with all that is needed to send it or to detect that it is outdated. */
struct delayed {
	struct deferred deferred; /* must be first */
	struct origin origin;
	uint32_t seq_end; /* sequence number after its last octet, SYN or FIN */
	bool may_outdate; /* useless once its octets, SYN or FIN were acknowledged */
	bool is_icmp;
	bool synack;
	struct causes causes;
	struct fragmenting fragments;
	size_t len;
	uint8_t packet[];
};

/* A fragment, its overlap, and the headers of IPv6 with the fragment header. */
#define FRAGMENT_MAX (2 * FRAGMENT_SIZE_MAX + 40 + IP_EXTENSIONS_MAX + 8)

/* A packet to send, and its properties. */
struct outgoing {
	const struct origin *from;
	struct link *link; /* NULL: it has been removed */
	bool answerable;   /* a packet may be sent to the address of the client on this link */
	bool is_icmp;
	bool synack;  /* a SYN-ACK without data or IP extras */
	size_t leave; /* octets of a SYN-ACK that follows at once */
	const struct causes *causes;
	const struct fragmenting *fragments; /* NULL: not fragmented */
	const uint8_t *packet;
	size_t len;
};

/* Inlined into emit_plan(), which runs for each segment. */
#define PER_SEGMENT static inline __attribute__((always_inline))

static void record(struct responder *r, const struct outgoing *out, enum trace_fate fate)
{
	record_out(r, out->from, fate, out->causes, out->packet, out->len);
}

/* Returns the number of packets that are sent. */
static unsigned pieces_of(const struct outgoing *out)
{
	return out->fragments ? packet_fragments(out->packet, out->len, out->fragments) : 1;
}

/* Sends each fragment as a packet of its own. */
static void send_fragments(struct responder *r, const struct outgoing *out)
{
	const struct path *path = &out->from->path;
	struct link *l = out->link;
	unsigned pieces = pieces_of(out);
	uint8_t piece[FRAGMENT_MAX];

	for (unsigned i = 0; i < pieces; i++) {
		size_t n = packet_fragment(out->packet, out->len, out->fragments, i, piece,
					   sizeof(piece));

		if (n)
			l->ops->send(l, path, piece, n, r->now);
	}
}

/* Returns the octets on the wire of all fragments. */
static size_t wire_octets(const struct outgoing *out)
{
	unsigned pieces = pieces_of(out);
	uint8_t piece[FRAGMENT_MAX];
	size_t octets = 0;

	if (pieces <= 1)
		return amplification_octets(out->len);
	for (unsigned i = 0; i < pieces; i++)
		octets += amplification_octets(packet_fragment(
			out->packet, out->len, out->fragments, i, piece, sizeof(piece)));
	return octets;
}

/* Returns the counter for the reason not to send a packet; COUNT_COUNT if it may be sent. */
PER_SEGMENT enum responder_counter refusal(struct responder *r, const struct outgoing *out)
{
	const struct addr *client = &out->from->key.client;
	const struct allowed *by;

	if (!out->answerable)
		return COUNT_REFUSED;
	if (out->from->asked && !loops_may_send(&r->loops, client, wire_octets(out), r->now))
		return COUNT_LOOPS;
	if (out->from->validated)
		return COUNT_COUNT;
	by = out->from->by ? out->from->by : endpoint_index_allow(r->endpoints, client);
	if (!by) /* no longer allowed, since a reload */
		return COUNT_REFUSED;
	if (!amplification_applies(by, client, out->link) ||
	    amplification_take(&r->amplification, by, client, wire_octets(out), out->synack,
			       out->leave, r->now))
		return COUNT_COUNT;
	return COUNT_OVER_BUDGET;
}

static void refuse(struct responder *r, const struct outgoing *out, enum responder_counter why)
{
	r->counter[why]++;
	record(r, out, FATE_REFUSED);
}

PER_SEGMENT void send_now(struct responder *r, const struct outgoing *out)
{
	const struct origin *o = out->from;
	enum responder_counter why = refusal(r, out);

	if (why != COUNT_COUNT) {
		refuse(r, out, why);
		return;
	}
	record(r, out, FATE_NONE);
	r->counter[out->is_icmp ? COUNT_ICMP_OUT : COUNT_SEGMENTS_OUT]++;
	if (pieces_of(out) > 1)
		send_fragments(r, out);
	else
		out->link->ops->send(out->link, &o->path, out->packet, out->len, r->now);
}

static const struct fragmenting *fragments_of(const struct plan_item *item)
{
	const struct ip_extras *extras = item->is_icmp ? NULL : item->seg.extras;

	return extras && extras->parts & EXTRA_FRAGMENTS && extras->fragments.size
		       ? &extras->fragments
		       : NULL;
}

static bool is_bare_synack(const struct plan_item *item)
{
	return !item->is_icmp && !item->seg.extras && !item->seg.len &&
	       (item->seg.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

/* Defers a packet. Returns false if there is no space; it must then be sent now. */
static bool put_off(struct responder *r, const struct outgoing *out, const struct plan_item *item)
{
	struct delayed *d;

	if (!deferred_room(r))
		return false;
	d = malloc(sizeof(*d) + out->len);
	if (!d) {
		r->counter[COUNT_NO_MEMORY]++;
		return false;
	}
	*d = (struct delayed){
		.deferred.kind = DEFERRED_DELAYED,
		.origin = *out->from,
		.seq_end = item->seg.seq + segment_seq_len(&item->seg),
		.may_outdate = !item->is_icmp && !item->stale && segment_seq_len(&item->seg),
		.is_icmp = item->is_icmp,
		.synack = out->synack,
		.causes = item->causes,
		.len = out->len,
	};
	if (out->fragments)
		d->fragments = *out->fragments;
	d->origin.by = NULL; /* a reload may replace it */
	memcpy(d->packet, out->packet, out->len);
	deferred_add_after(r, &d->deferred, item->delay);
	record(r, out, FATE_DELAYED);
	return true;
}

/* On lo over IPv4, the kernel extends the IP length over a trailer. Returns the octets of a trailer
 * to omit. */
PER_SEGMENT size_t lost_trailer(const struct outgoing *out, const struct plan_item *item)
{
	const struct ip_extras *extras = item->is_icmp ? NULL : item->seg.extras;

	if (!extras || !(extras->parts & EXTRA_TRAILER) || extras->parts & EXTRA_FRAGMENTS)
		return 0;
	if (!out->link || !out->link->loopback || !addr_is_v4(&item->seg.src))
		return 0;
	return extras->trailer_len;
}

/* Returns memory for a packet of LINK_ROOM octets: that of its link, unless it may be sent in
 * fragments, which the link copies there. */
PER_SEGMENT uint8_t *room_for(struct responder *r, const struct outgoing *out)
{
	struct link *l = out->link;
	uint8_t *room = NULL;

	if (l && l->ops->room && !out->fragments)
		room = l->ops->room(l, &out->from->path);
	return room ? room : r->buffer;
}

/* Returns a packet without content that goes the way of `from`. */
static struct outgoing outgoing_from(const struct responder *r, const struct origin *from)
{
	struct link *l = from->path.link < r->links ? r->link[from->path.link] : NULL;

	return (struct outgoing){
		.from = from,
		.link = l,
		.answerable = l && !addr_is_unanswerable(&from->key.client),
	};
}

/* Sends or defers an item. `out` has the values that are the same for all items of the plan. */
PER_SEGMENT void emit_item(struct responder *r, struct outgoing *out, const struct plan_item *item,
			   bool cut)
{
	uint8_t *packet;

	out->is_icmp = item->is_icmp;
	out->synack = is_bare_synack(item);
	out->causes = &item->causes;
	out->fragments = fragments_of(item);
	out->packet = packet = room_for(r, out);
	out->len = item->is_icmp ? icmp_encode(&item->icmp, packet, LINK_ROOM)
				 : packet_encode(&item->seg, packet, LINK_ROOM);
	if (out->len)
		out->len -= lost_trailer(out, item);
	if (!out->len)
		r->counter[COUNT_REFUSED]++;
	else if (item->dropped)
		record(r, out, FATE_DROPPED);
	else if (cut)
		refuse(r, out, COUNT_LOOPS);
	else if (item->delay <= 0 || !put_off(r, out, item))
		send_now(r, out);
}

/* Returns true for a SYN without ACK, which asks the client to answer as a server does. */
static bool asks(const struct plan_item *item)
{
	return !item->is_icmp && !item->dropped &&
	       (item->seg.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Returns true for a segment that a rule sends without a connection. An ICMP error draws no answer,
 * so it does not count. */
static bool strays(const struct origin *from, const struct plan_item *item)
{
	return !from->flow && item->causes.labels && !item->is_icmp && !item->dropped;
}

/* Returns the octets of the frame of a SYN-ACK that is never cut, and its index. Items before it
 * must leave as much in the account, or both together would exceed the limit. */
static size_t synack_octets(const struct origin *from, const struct plan *plan, unsigned *at)
{
	for (unsigned i = 0; !from->validated && i < plan->count; i++) {
		const struct plan_item *item = &plan->item[i];
		size_t headers = addr_is_v4(&item->seg.src) ? 40 : 60;

		*at = i;
		if (!item->dropped && is_bare_synack(item))
			return amplification_octets(headers + item->seg.opt_len);
	}
	return 0;
}

PER_SEGMENT struct cuts cuts_of(struct responder *r, const struct origin *from)
{
	const struct plan *plan = &r->plan;
	bool asking = false, straying = false;
	struct cuts cuts = {0};
	struct flow *f;

	if (plan->count > 1) /* an item precedes it */
		cuts.leave = synack_octets(from, plan, &cuts.synack);
	for (unsigned i = 0; i < plan->count; i++) {
		asking |= asks(&plan->item[i]);
		straying |= strays(from, &plan->item[i]);
	}
	cuts.asks = asking && !loops_may_ask(&r->loops, &from->key, r->now);
	cuts.strays = straying && !loops_may_stray(&r->loops, &from->key, r->now);
	f = asking && from->flow ? flow_find(r, &from->key) : NULL;
	if (f)
		f->asked = true;
	return cuts;
}

PER_SEGMENT void emit_items(struct responder *r, const struct origin *from, const struct plan *plan,
			    struct cuts cuts, unsigned first, unsigned end)
{
	struct outgoing out = outgoing_from(r, from);

	for (unsigned i = first; i < end; i++) {
		const struct plan_item *item = &plan->item[i];

		out.leave = i < cuts.synack ? cuts.leave : 0;
		emit_item(r, &out, item,
			  (cuts.asks && asks(item)) || (cuts.strays && strays(from, item)));
	}
}

/* --- plans that are sent in parts ------------------------------------------------------------- */

/* The rest of a plan precedes other work that is due now. */
static void defer_rest(struct responder *r, struct rest *rest)
{
	deferred_add(r, &rest->deferred, rest->now - 1);
}

/* Defers all items of the plan. Returns false without memory. */
static bool defer_plan(struct responder *r, const struct origin *from, struct ruleset *rules,
		       struct cuts cuts)
{
	struct rest *rest = malloc(sizeof(*rest));

	if (!rest)
		return false;
	*rest = (struct rest){.deferred.kind = DEFERRED_REST,
			      .plan = r->plan,
			      .origin = *from,
			      .rules = rules ? ruleset_get(rules) : NULL,
			      .cuts = cuts,
			      .now = r->now,
			      .lag = r->lag};
	rest->origin.by = NULL; /* a reload may replace it */
	r->plan.item = NULL;
	r->plan.octets = NULL;
	r->plan.count = r->plan.cap = 0;
	defer_rest(r, rest);
	return true;
}

/* Keeps the memory of the items for the next plan. */
static void rest_free(struct responder *r, struct rest *rest)
{
	if (!r->plan.item) {
		r->plan.item = rest->plan.item;
		r->plan.cap = rest->plan.cap;
		rest->plan.item = NULL;
	}
	deferred_free(&rest->deferred);
}

void emit_rest(struct responder *r, struct deferred *deferred)
{
	struct rest *rest = container_of(deferred, struct rest, deferred);
	unsigned first = rest->next, left = rest->plan.count - first;

	rest->next += left < EMIT_STEP ? left : EMIT_STEP;
	r->lag = r->now - rest->now + rest->lag;
	emit_items(r, &rest->origin, &rest->plan, rest->cuts, first, rest->next);
	r->lag = 0;
	if (rest->next < rest->plan.count)
		defer_rest(r, rest);
	else
		rest_free(r, rest);
}

void emit_plan(struct responder *r, const struct origin *from, struct ruleset *rules)
{
	struct cuts cuts = cuts_of(r, from);

	r->counter[COUNT_NO_MEMORY] += r->plan.lost;
	if (r->plan.count <= EMIT_AT_ONCE || !defer_plan(r, from, rules, cuts))
		emit_items(r, from, &r->plan, cuts, 0, r->plan.count);
}

/* --- deferred segments ------------------------------------------------------------------------ */

/* Returns the connection of the segment; NULL if it has ended. */
static const struct flow *flow_of(struct responder *r, const struct delayed *d)
{
	const struct flow *f = d->origin.flow ? flow_find(r, &d->origin.key) : NULL;

	return f && f->id == d->origin.flow ? f : NULL;
}

/* Returns true if all that it carries was acknowledged meanwhile: the client does not need it. */
static bool outdated(const struct delayed *d, const struct flow *f)
{
	uint32_t una;

	if (!d->may_outdate || !f || f->kind == FLOW_HALF)
		return false;
	if (f->kind == FLOW_TIME_WAIT)
		una = tcp_time_wait_snd_nxt(container_of(f, const struct tcp_time_wait, f));
	else
		una = container_of(f, const struct tcp_conn, f)->snd_una;
	return seq_leq(d->seq_end, una);
}

void emit_due(struct responder *r, struct deferred *deferred)
{
	struct delayed *d = container_of(deferred, struct delayed, deferred);
	const struct flow *f = flow_of(r, d);
	struct outgoing out;

	if (f) { /* the path may have changed meanwhile, or the client proved its address */
		d->origin.path = *paths_at(&r->paths, f->path);
		d->origin.validated |= f->validated;
		d->origin.asked |= f->asked;
	}
	out = outgoing_from(r, &d->origin);
	out.is_icmp = d->is_icmp;
	out.synack = d->synack;
	out.causes = &d->causes;
	out.fragments = d->fragments.size ? &d->fragments : NULL;
	out.packet = d->packet;
	out.len = d->len;
	if (outdated(d, f)) {
		r->counter[COUNT_OUTDATED]++;
		record(r, &out, FATE_OUTDATED);
	} else {
		send_now(r, &out);
	}
}

void emit_describe(const struct deferred *deferred, struct due *out)
{
	const struct delayed *d = container_of(deferred, const struct delayed, deferred);

	out->id = d->origin.flow;
	out->key = d->origin.key;
	out->label = d->causes.labels ? d->causes.label[d->causes.labels - 1] : 0;
	snprintf(out->what, sizeof(out->what), "send a delayed %s",
		 d->is_icmp ? "ICMP error" : "segment");
}

void emit_earn(struct responder *r, const struct allowed *by, const struct addr *client,
	       const struct frame *frame, bool syn)
{
	if (frame->path.link < r->links &&
	    amplification_applies(by, client, r->link[frame->path.link]))
		amplification_heard(&r->amplification, by, client, amplification_octets(frame->len),
				    syn, r->now);
}
