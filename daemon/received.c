/* SPDX-License-Identifier: MIT */
/* What a frame turns out to be: a segment, perhaps when its last fragment is there; a spoilt one;
 * an ICMP error. */
#include "responder_private.h"

/* A segment with a wrong checksum is nobody's (RFC 9293 MUST-3), but whoever judges the client must
 * know of it. */
static void trace_spoilt(struct responder *r, const struct frame *frame)
{
	struct emit_origin origin = {.path = frame->path};
	const struct endpoint *e;
	const struct flow *f;
	struct segment seg;

	if (packet_decode(frame->packet, frame->len, false, &seg) != WIRE_OK ||
	    !endpoints_allow(r->endpoints, &seg.src))
		return;
	origin.key = key_of(&seg);
	f = flow_find(r, &origin.key);
	e = endpoints_find(r->endpoints, &seg.dst, seg.dport);
	if (!f && !(e && e->owned == frame->owned))
		return;
	origin.flow = f ? f->id : 0;
	responder_trace(r, &origin, TRACE_IN, FATE_SPOILT, NULL, frame);
}

/* An error about a segment of ours goes to its connection, RFC 9293 MUST-54. */
static void meet_icmp(struct responder *r, const struct frame *frame)
{
	struct segment about;
	struct flow *f = NULL;
	bool silent;
	struct icmp m;
	struct turn t;

	if (icmp_decode(frame->packet, frame->len, r->verify && !frame->offload, &m) &&
	    icmp_about(&m, &about) && addr_equal(&m.dst, &about.src))
		f = flow_find(r, &(struct flow_key){.client = about.dst,
						    .server = about.src,
						    .client_port = about.dport,
						    .server_port = about.sport});
	if (!f || f->state == STATE_CLOSED) {
		r->counter[COUNT_ICMP_STRAY]++;
		return;
	}
	r->counter[COUNT_ICMP_ERRORS]++;
	silent = flow_silent(r, f);
	turn_resume(&t, r, f);
	if (!silent)
		turn_icmp(&t, &m, &about);
	turn_origin(&t);
	responder_trace(r, &t.origin, TRACE_IN, silent ? FATE_DROPPED : FATE_NONE, NULL, frame);
	turn_end(&t);
}

/* The decoder, and for a fragment that makes its packet whole, once more: then *frame is that. Room
 * for fragments is for those who are answered. */
static enum wire_result read_frame(struct responder *r, struct frame *frame, struct segment *seg)
{
	bool verify = r->verify && !frame->offload;
	enum wire_result result = packet_decode(frame->packet, frame->len, verify, seg);
	const uint8_t *whole;

	r->wire[result]++;
	if (result != WIRE_FRAGMENT || !endpoints_allow(r->endpoints, &seg->src))
		return result;
	whole = reassembly_put(&r->reassembly, frame->packet, frame->len, r->now, &frame->len);
	if (!whole)
		return result;
	r->counter[COUNT_REASSEMBLED]++;
	frame->packet = whole;
	result = packet_decode(whole, frame->len, verify, seg);
	r->wire[result]++;
	return result;
}

void responder_frame(struct responder *r, struct link *l, const struct frame *received)
{
	struct frame frame = *received;
	enum wire_result result;
	struct segment seg;

	responder_advance(r, frame.when);
	result = read_frame(r, &frame, &seg);
	if (result == WIRE_TCP_CHECKSUM)
		trace_spoilt(r, &frame);
	if (result == WIRE_ICMP)
		meet_icmp(r, &frame);
	if (result != WIRE_OK)
		return;
	seg.when = frame.when;
	seg.offload = frame.offload;
	responder_meet(r, l, &seg, &frame);
}
