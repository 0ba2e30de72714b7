/* SPDX-License-Identifier: MIT */
#include "judge/dialog.h"

#include "base/text.h"
#include "behaviour/moved.h"
#include "wire/cursor.h"
#include "wire/icmp.h"
#include "wire/packet_decode.h"

#include <stdlib.h>
#include <string.h>

#define SHORT 64 /* dialogs of at most this many packets are searched without a cache */

/* --- packets ---------------------------------------------------------------------------------- */

static void read_sacks(struct arrow *a)
{
	struct option_walk w;

	option_walk_begin(&w, a->seg.opt, a->seg.opt_len);
	while (option_walk_next(&w) == OPTION_FOUND) {
		struct cursor c = cursor_of(w.data, w.kind == OPT_SACK ? w.data_len : 0);

		while (c.left >= 8 && a->sacks < ARROW_SACKS) {
			a->sack[a->sacks].from = cursor_u32(&c);
			a->sack[a->sacks++].to = cursor_u32(&c);
		}
	}
}

static void read_icmp(struct arrow *a)
{
	struct segment about;
	struct icmp m;

	if (!icmp_decode(a->record->bytes, a->record->cap, false, &m))
		return;
	a->icmp_type = m.type;
	a->icmp_code = m.code;
	a->icmp_rest = m.rest;
	a->icmp = icmp_name(addr_is_v4(&m.src), m.type, m.code);
	if (icmp_about(&m, &about))
		a->icmp_seq = about.seq;
}

/*
 * Octets that were not captured count as zeros. In that case an invalid checksum is not evidence.
 */
static void read_packet(struct arrow *a, uint8_t scratch[static UINT16_MAX])
{
	const struct trace_record *r = a->record;
	size_t len = r->len < UINT16_MAX ? r->len : UINT16_MAX;
	bool whole = r->cap == r->len;
	struct segment verified;

	memcpy(scratch, r->bytes, r->cap);
	memset(scratch + r->cap, 0, len - r->cap);
	a->decoded = packet_decode(scratch, len, false, &a->seg);
	if (a->decoded == WIRE_ICMP)
		read_icmp(a);
	if (a->decoded != WIRE_OK)
		return;
	a->sound =
		r->fate != FATE_SPOILT &&
		(!whole || r->offload || packet_decode(scratch, len, true, &verified) == WIRE_OK);
	if (a->seg.len) {
		size_t at = (size_t)(a->seg.payload - scratch);

		a->kept = at < r->cap ? (uint32_t)(r->cap - at) : 0;
		a->kept = a->kept < a->seg.len ? a->kept : a->seg.len;
		a->seg.payload = r->bytes + at;
	}
	options_decode(a->seg.opt, a->seg.opt_len, &a->options);
	read_sacks(a);
}

static bool crossed(const struct trace_record *r)
{
	if (r->kind == TRACE_IN)
		return r->fate != FATE_RELEASED;
	return r->fate == FATE_NONE;
}

static void read_arrow(struct dialog *d, const struct trace_record *r, uint8_t *scratch)
{
	struct arrow *a = &d->arrow[d->arrows++];

	*a = (struct arrow){.record = r,
			    .number = d->arrows,
			    .when = r->when,
			    .in = r->kind == TRACE_IN,
			    .wire = crossed(r),
			    .offload = r->offload};
	read_packet(a, scratch);
}

/* --- state before each arrow ------------------------------------------------------------------ */

/* State of one walk over the arrows. */
struct walk {
	struct dialog *d;
	struct view v;
	struct range beyond[VIEW_BEYOND]; /* data of the responder after a gap */
	unsigned beyonds;
	const struct arrow *our_syn;                  /* the last one with the responder's ISS */
	const struct arrow *first_stamp, *last_stamp; /* of the client's timestamps */
};

/* Returns the shift for the windows of one side after the SYNs. */
static uint8_t shift_of(const struct arrow *syn)
{
	return syn->options.wscale < 14 ? syn->options.wscale : 14; /* RFC 7323 2.3 */
}

static void agree(struct dialog *d)
{
	const struct arrow *syn = d->syn, *answer = d->answer;

	d->mss = answer->options.has_mss ? answer->options.mss : 0;
	if (!syn)
		return;
	d->ts = syn->options.has_ts && answer->options.has_ts;
	d->sack = syn->options.sack_permitted && answer->options.sack_permitted;
	d->scaled = syn->options.has_wscale && answer->options.has_wscale;
	d->shift = d->scaled ? shift_of(syn) : 0;
	d->our_shift = d->scaled ? shift_of(answer) : 0;
	d->ecn = (syn->seg.flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR) &&
		 (answer->seg.flags & (TCP_ECE | TCP_CWR)) == TCP_ECE;
}

/* Notes octets after a gap. Adjacent octets become one range. */
static void note_beyond(struct walk *w, uint32_t from, uint32_t to)
{
	for (unsigned i = 0; i < w->beyonds;) {
		if (seq_leq(w->beyond[i].to, w->v.our_max))
			w->beyond[i] = w->beyond[--w->beyonds]; /* its gap is filled */
		else
			i++;
	}
	for (unsigned i = 0; i < w->beyonds; i++) {
		struct range *r = &w->beyond[i];

		if (seq_lt(r->to, from) || seq_lt(to, r->from))
			continue;
		r->from = seq_lt(from, r->from) ? from : r->from;
		r->to = seq_lt(r->to, to) ? to : r->to;
		return;
	}
	if (w->beyonds < VIEW_BEYOND)
		w->beyond[w->beyonds++] = (struct range){from, to};
}

static void extend_ours(struct walk *w, uint32_t from, uint32_t to)
{
	bool grew = seq_leq(from, w->v.our_max) && seq_lt(w->v.our_max, to);

	if (seq_lt(w->v.our_max, from) && from - w->v.our_max < UINT16_MAX)
		note_beyond(w, from, to);
	while (grew) {
		w->v.our_max = to;
		grew = false;
		for (unsigned i = 0; i < w->beyonds && !grew; i++) {
			to = w->beyond[i].to;
			grew = seq_leq(w->beyond[i].from, w->v.our_max) && seq_lt(w->v.our_max, to);
		}
	}
}

static void note_our_syn(struct walk *w, const struct arrow *a)
{
	struct dialog *d = w->d;

	if (!d->has_iss) {
		d->has_iss = true;
		d->iss = a->seg.seq;
	}
	if (a->seg.seq != d->iss)
		return;
	if (!w->our_syn)
		w->v.our_max = d->iss + 1;
	w->our_syn = a;
}

static void note_out(struct walk *w, const struct arrow *a)
{
	const struct segment *s = &a->seg;
	struct view *v = &w->v;

	if (!a->sound)
		return;
	if (s->flags & TCP_SYN)
		note_our_syn(w, a);
	if (s->flags & TCP_ACK && w->d->has_syn && seq_lt(v->una, s->ack) &&
	    seq_leq(s->ack, v->snd_max))
		v->una = s->ack;
	if (!w->our_syn)
		return;
	if (s->flags & TCP_RST) {
		v->our_reset |= s->seq == v->our_max;
		return;
	}
	if (s->flags & (TCP_ACK | TCP_SYN)) /* without ACK, the client discards it */
		extend_ours(w, s->seq, s->seq + segment_seq_len(s));
	v->our_fin |= s->flags & TCP_FIN && s->seq + segment_seq_len(s) == v->our_max;
	if (s->flags & TCP_ACK && seq_leq(v->una, s->ack) && seq_leq(s->ack, v->snd_max)) {
		v->our_window = (uint32_t)s->window << (s->flags & TCP_SYN ? 0 : w->d->our_shift);
		v->our_edge = s->ack + v->our_window;
		if (!v->given || seq_lt(v->our_edge_max, v->our_edge))
			v->our_edge_max = v->our_edge;
		if (v->our_window_max < v->our_window)
			v->our_window_max = v->our_window;
		v->given = true;
	}
}

static void note_open(struct walk *w, const struct arrow *a)
{
	struct dialog *d = w->d;

	d->open = a;
	d->answer = w->our_syn;
	d->rtt = a->when - w->our_syn->when;
	w->v.synced = true;
	w->v.rcv_nxt = d->iss + 1;
	agree(d);
}

static void note_said(struct walk *w, const struct arrow *a)
{
	const struct segment *s = &a->seg;
	struct view *v = &w->v;

	if (!v->synced && w->our_syn && seq_lt(w->d->iss, s->ack) && seq_leq(s->ack, v->our_max))
		note_open(w, a);
	if (!v->synced || seq_lt(s->ack, v->rcv_nxt) || s->ack - v->rcv_nxt > 1u << 30)
		return;
	v->rcv_nxt = s->ack;
	v->window = (uint32_t)s->window << (s->flags & TCP_SYN ? 0 : w->d->shift);
	v->edge = s->ack + v->window;
	if (seq_lt(v->edge_max, v->edge) || a == w->d->open)
		v->edge_max = v->edge;
}

static void note_in(struct walk *w, const struct arrow *a)
{
	const struct segment *s = &a->seg;
	struct dialog *d = w->d;
	struct view *v = &w->v;
	uint32_t end = s->seq + segment_seq_len(s);

	if (!a->sound) {
		if (d->has_syn && s->seq == v->snd_max)
			v->snd_max = end; /* the client did send these octets */
		return;
	}
	if (s->flags & TCP_SYN && !(s->flags & TCP_ACK) && !d->has_syn) {
		d->has_syn = true;
		d->syn = a;
		d->isn = s->seq;
		v->snd_max = v->una = s->seq;
	}
	if (s->flags & TCP_RST) {
		if (v->synced && !v->reset && !v->fin && !v->our_fin && !v->our_reset &&
		    s->seq == v->snd_max)
			d->abort = a;
		v->reset |= v->synced;
		return;
	}
	if (d->has_syn && seq_lt(v->snd_max, end) && end - v->snd_max < 1u << 30)
		v->snd_max = end;
	v->fin |= s->flags & TCP_FIN && end == v->snd_max;
	if (s->flags & TCP_ACK)
		note_said(w, a);
}

static void note_stamp(struct walk *w, const struct arrow *a)
{
	if (!a->sound || !a->options.has_ts)
		return;
	w->first_stamp = w->first_stamp ? w->first_stamp : a;
	w->last_stamp = a;
}

/* The range tolerates the jitter of a busy host, and excludes clocks with other ticks. */
static bool stamps_milliseconds(const struct arrow *first, const struct arrow *last)
{
	double rate;

	if (!first || last->when - first->when < NS_PER_S / 2)
		return false;
	rate = (double)(last->options.ts_val - first->options.ts_val) /
	       ((double)(last->when - first->when) / (double)NS_PER_MS);
	return rate > 0.7 && rate < 1.4;
}

static void walk_arrows(struct dialog *d)
{
	struct walk w = {.d = d};

	for (unsigned i = 0; i < d->arrows; i++) {
		struct arrow *a = &d->arrow[i];

		a->before = w.v;
		if (!a->wire || a->decoded != WIRE_OK)
			continue;
		if (a->in) {
			note_stamp(&w, a);
			note_in(&w, a);
		} else {
			note_out(&w, a);
		}
	}
	d->stamps_ms = stamps_milliseconds(w.first_stamp, w.last_stamp);
	d->after = w.v;
}

/* --- the dialog ------------------------------------------------------------------------------- */

/* Reads a state change of a connection or an attempt. */
static void read_move(struct dialog *d, const struct trace_record *r)
{
	struct moved moved;

	if (r->kind == TRACE_STATE) {
		d->settled = r->state == STATE_CLOSED;
		d->settled_at = r->when;
	}
	if (!moved_read(r, &moved))
		return;
	memcpy(d->behaviour, moved.behaviour, sizeof(d->behaviour));
	memcpy(d->endpoint, moved.endpoint, sizeof(d->endpoint));
}

bool dialog_read(struct dialog *d, struct trace_copy *copy, nstime watched)
{
	const struct trace_record *r = NULL;
	uint8_t *scratch = malloc(UINT16_MAX);
	unsigned packets = 0;

	*d = (struct dialog){
		.copy = *copy, .v4 = addr_is_v4(&copy->key.client), .watched = watched};
	*copy = (struct trace_copy){0};
	while ((r = trace_copy_next(&d->copy, r)))
		packets += r->kind == TRACE_IN || r->kind == TRACE_OUT;
	d->arrow = calloc(packets ? packets : 1, sizeof(*d->arrow));
	if (packets > SHORT)
		d->search = calloc(SEARCHES, sizeof(*d->search));
	if (!scratch || !d->arrow || (packets > SHORT && !d->search)) {
		free(scratch);
		dialog_free(d);
		return false;
	}
	while ((r = trace_copy_next(&d->copy, r))) {
		if (r->iss && !d->has_iss) {
			d->has_iss = true;
			d->iss = r->iss;
		}
		if (r->kind == TRACE_STATE || r->kind == TRACE_ATTEMPT)
			read_move(d, r);
		else if (r->kind == TRACE_IN || r->kind == TRACE_OUT)
			read_arrow(d, r, scratch);
	}
	free(scratch);
	if (d->copy.cut)
		d->watched = d->arrows ? d->arrow[d->arrows - 1].when : 0;
	walk_arrows(d);
	return true;
}

void dialog_free(struct dialog *d)
{
	trace_copy_free(&d->copy);
	free(d->arrow);
	free(d->search);
	*d = (struct dialog){0};
}
