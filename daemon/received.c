/* SPDX-License-Identifier: MIT */
/* A frame as it arrives: the check of its addresses, then a segment, perhaps when its last fragment
 * is there, a spoilt segment, or an ICMP error. */
#include "responder_private.h"

#include "link/ether.h"
#include "link/martian.h"

/* Was it decoded far enough to have addresses, and is something done with it? */
static bool is_met(enum wire_result result)
{
	return result == WIRE_OK || result == WIRE_ICMP || result == WIRE_FRAGMENT ||
	       result == WIRE_TCP_CHECKSUM;
}

/*
 * Why a packet with these addresses is discarded, or COUNT_COUNT: nothing forbids it. The source
 * may be a kernel's own address, but not one that synackd itself sends from. On lo such packets are
 * its own answers, on their way to the client.
 */
static enum responder_counter address_problem(const struct responder *r, const struct link *l,
					      const struct frame *frame, const struct segment *seg,
					      bool has_ports)
{
	enum martian src = link_martian(l, &seg->src), dst = link_martian(l, &seg->dst);

	/* RFC 1122 3.3.6, RFC 9293 MUST-57: what came to all of them is for none of our addresses.
	 */
	if (ether_is_group(frame->path.remote) || ether_is_group(frame->path.local))
		return COUNT_LINK_GROUP;
	if (src == MARTIAN_LOOPBACK || dst == MARTIAN_LOOPBACK)
		return COUNT_LOOPBACK;
	if (src == MARTIAN_UNANSWERABLE || dst == MARTIAN_UNANSWERABLE)
		return COUNT_UNANSWERABLE;
	if (!l->live || !endpoints_send_from(r->endpoints, &seg->src, has_ports ? seg->sport : 0))
		return COUNT_COUNT;
	if (has_ports && !endpoints_own(r->endpoints, &seg->dst) &&
	    !endpoints_find(r->endpoints, &seg->dst, seg->dport))
		return COUNT_NOT_OURS;
	return COUNT_OWN_SOURCE;
}

/* The check that each packet passes before anything is learnt from it, kept, traced or answered.
 * False: it is discarded, and counted. */
static bool admit(struct responder *r, const struct link *l, const struct frame *frame,
		  const struct segment *seg, enum wire_result result)
{
	bool has_ports = result == WIRE_OK || result == WIRE_TCP_CHECKSUM;
	enum responder_counter why;

	if (!is_met(result))
		return false;
	why = address_problem(r, l, frame, seg, has_ports);
	if (why != COUNT_COUNT)
		r->counter[why]++;
	return why == COUNT_COUNT;
}

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

static enum wire_result read_packet(struct responder *r, const struct frame *frame,
				    struct segment *seg)
{
	bool verify = r->verify && !frame->offload;
	enum wire_result result = packet_decode(frame->packet, frame->len, verify, seg);

	r->wire[result]++;
	return result;
}

/* True: the fragment made its packet whole, and *frame is that. Room for fragments is for clients.
 */
static bool complete(struct responder *r, struct frame *frame, const struct segment *seg)
{
	const uint8_t *whole;

	if (!endpoints_allow(r->endpoints, &seg->src))
		return false;
	whole = reassembly_put(&r->reassembly, frame->packet, frame->len, r->now, &frame->len);
	if (!whole)
		return false;
	r->counter[COUNT_REASSEMBLED]++;
	frame->packet = whole;
	return true;
}

void responder_frame(struct responder *r, struct link *l, const struct frame *received)
{
	struct frame frame = *received;
	enum wire_result result;
	struct segment seg;

	responder_advance(r, frame.when);
	result = read_packet(r, &frame, &seg);
	if (!admit(r, l, &frame, &seg, result))
		return;
	if (result == WIRE_FRAGMENT) {
		if (!complete(r, &frame, &seg))
			return;
		result = read_packet(r, &frame, &seg);
		if (!admit(r, l, &frame, &seg, result))
			return;
	}
	if (result == WIRE_TCP_CHECKSUM)
		trace_spoilt(r, &frame);
	if (result == WIRE_ICMP)
		meet_icmp(r, &frame);
	if (result != WIRE_OK)
		return;
	seg.when = frame.when;
	seg.offload = frame.offload;
	responder_meet(r, &seg, &frame);
}
