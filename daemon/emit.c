/* SPDX-License-Identifier: MIT */
#include "emit.h"

#include "responder_private.h"

#include <stdlib.h>
#include <string.h>

struct delayed {
	struct appointment appointment; /* first */
	struct emit_origin origin;
	uint32_t seq_end; /* one past the last octet, SYN or FIN that it carries */
	bool may_outdate; /* it carries any, and is of no use once they were acknowledged */
	bool is_icmp;
	uint8_t labels;
	uint16_t label[PLAN_LABELS_MAX];
	size_t len;
	uint8_t packet[];
};

static void trace_out(struct responder *r, const struct emit_origin *o, enum trace_fate fate,
		      uint8_t labels, const uint16_t *label, const uint8_t *packet, size_t len)
{
	struct trace_record head = {
		.kind = TRACE_OUT,
		.fate = (uint8_t)fate,
		.state = o->state,
		.flow = o->flow,
		.when = r->now,
		.iss = o->iss,
		.irs = o->irs,
		.labels = labels,
	};

	memcpy(head.label, label, sizeof(head.label));
	trace_add(&r->trace, &head, packet, len);
}

static void send_now(struct responder *r, const struct emit_origin *o, bool is_icmp, uint8_t labels,
		     const uint16_t *label, const uint8_t *packet, size_t len)
{
	const struct path *path;

	if (o->path >= r->paths.count)
		return;
	path = &r->paths.path[o->path];
	if (path->link >= r->links || addr_is_unanswerable(&o->key.client)) {
		r->counter[COUNT_REFUSED]++;
		trace_out(r, o, FATE_REFUSED, labels, label, packet, len);
		return;
	}
	trace_out(r, o, FATE_NONE, labels, label, packet, len);
	r->counter[is_icmp ? COUNT_ICMP_OUT : COUNT_SEGMENTS_OUT]++;
	r->link[path->link]->ops->send(r->link[path->link], path, packet, len, r->now);
}

/* Put it off. False: no room for it, so it goes now. */
static bool put_off(struct responder *r, const struct emit_origin *o, const struct plan_item *item,
		    size_t len)
{
	struct delayed *d;

	if (!appointment_room(r))
		return false;
	d = malloc(sizeof(*d) + len);
	if (!d) {
		r->counter[COUNT_NO_MEMORY]++;
		return false;
	}
	*d = (struct delayed){
		.appointment.kind = APPOINT_DELAYED,
		.origin = *o,
		.seq_end = item->seg.seq + segment_seq_len(&item->seg),
		.may_outdate = !item->is_icmp && !item->stale && segment_seq_len(&item->seg),
		.is_icmp = item->is_icmp,
		.labels = item->labels,
		.len = len,
	};
	memcpy(d->label, item->label, sizeof(d->label));
	memcpy(d->packet, r->buffer, len);
	appointment_make(r, &d->appointment, r->now + item->delay);
	trace_out(r, o, FATE_DELAYED, item->labels, item->label, r->buffer, len);
	return true;
}

static void emit_item(struct responder *r, const struct emit_origin *o,
		      const struct plan_item *item)
{
	size_t len = item->is_icmp ? icmp_encode(&item->icmp, r->buffer, sizeof(r->buffer))
				   : packet_encode(&item->seg, r->buffer, sizeof(r->buffer));

	if (!len) {
		r->counter[COUNT_REFUSED]++;
		return;
	}
	if (item->dropped) {
		trace_out(r, o, FATE_DROPPED, item->labels, item->label, r->buffer, len);
		return;
	}
	if (item->delay > 0 && put_off(r, o, item, len))
		return;
	send_now(r, o, item->is_icmp, item->labels, item->label, r->buffer, len);
}

void emit_plan(struct responder *r, const struct emit_origin *from, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++)
		emit_item(r, from, &plan->item[i]);
}

/* Everything it carries was acknowledged meanwhile: a copy that comes now would only confuse. */
static bool outdated(struct responder *r, const struct delayed *d)
{
	const struct flow *f = d->may_outdate ? flow_find(r, &d->origin.key) : NULL;

	return f && f->id == d->origin.flow && !f->half &&
	       seq_leq(d->seq_end, ((const struct tcp_conn *)f)->snd_una);
}

void emit_due(struct responder *r, struct delayed *d)
{
	if (outdated(r, d)) {
		r->counter[COUNT_OUTDATED]++;
		trace_out(r, &d->origin, FATE_OUTDATED, d->labels, d->label, d->packet, d->len);
	} else {
		send_now(r, &d->origin, d->is_icmp, d->labels, d->label, d->packet, d->len);
	}
	emit_forget(d);
}

void emit_forget(struct delayed *d)
{
	free(d);
}
