/* SPDX-License-Identifier: MIT */
#include "engine/receive.h"

#include "engine/advance.h"
#include "engine/dispatch.h"
#include "engine/parameter_problem.h"
#include "engine/session.h"
#include "link/ether.h"
#include "link/martian.h"
#include "wire/packet_decode.h"

/* A decoded packet. */
struct reading {
	struct frame frame;
	struct segment seg;
	enum wire_result result;
	struct ip_problem problem; /* to report to its source */
};

/* Returns true if the packet has addresses, and is used or answered. */
static bool is_met(const struct reading *in)
{
	return in->result == WIRE_OK || in->result == WIRE_ICMP || in->result == WIRE_FRAGMENT ||
	       in->result == WIRE_TCP_CHECKSUM || in->problem.due;
}

/* Returns the counter for the reason to discard a packet with these addresses; COUNT_COUNT if there
 * is none. The source may be an address of a kernel, but not an address and port from which synackd
 * sends: on lo, such packets are segments of synackd on their way to the client. */
static enum responder_counter address_problem(const struct responder *r, const struct link *l,
					      const struct reading *in)
{
	const struct segment *seg = &in->seg;
	bool has_ports = in->result == WIRE_OK || in->result == WIRE_TCP_CHECKSUM;
	enum martian src = link_martian(l, &seg->src), dst = link_martian(l, &seg->dst);

	/* A frame to a group is for a broadcast or multicast address, or wrong: RFC 1122 3.3.6, RFC
	 * 9293 MUST-57. */
	if (ether_is_group(in->frame.path.remote) || ether_is_group(in->frame.path.local))
		return COUNT_LINK_GROUP;
	if (src == MARTIAN_LOOPBACK || dst == MARTIAN_LOOPBACK)
		return COUNT_LOOPBACK;
	if (src == MARTIAN_UNANSWERABLE || dst == MARTIAN_UNANSWERABLE)
		return COUNT_UNANSWERABLE;
	if (!l->live ||
	    !endpoint_index_send_from(r->endpoints, &seg->src, has_ports ? seg->sport : 0))
		return COUNT_COUNT;
	if (has_ports && !endpoint_index_own(r->endpoints, &seg->dst) &&
	    !endpoint_index_find(r->endpoints, &seg->dst, seg->dport))
		return COUNT_NOT_OURS;
	return COUNT_OWN_SOURCE;
}

/* The check that each packet must pass before it is learnt from, stored, traced or answered.
 * Returns false, and counts it, if the packet is discarded. */
static bool admit(struct responder *r, const struct link *l, const struct reading *in)
{
	enum responder_counter why;

	if (!is_met(in))
		return false;
	why = address_problem(r, l, in);
	if (why != COUNT_COUNT)
		r->counter[why]++;
	return why == COUNT_COUNT;
}

/* Traces a segment with a wrong checksum, for the verdicts on the client. The TCP discards it (RFC
 * 9293 MUST-3). */
static void trace_spoilt(struct responder *r, const struct frame *frame)
{
	struct origin origin = {.path = frame->path};
	const struct endpoint *e;
	const struct flow *f;
	struct segment seg;

	if (packet_decode(frame->packet, frame->len, false, &seg) != WIRE_OK ||
	    !endpoint_index_allow(r->endpoints, &seg.src))
		return;
	origin.key = key_of(&seg);
	f = flow_find(r, &origin.key);
	e = endpoint_index_find(r->endpoints, &seg.dst, seg.dport);
	if (!f && !(e && e->owned == frame->owned))
		return;
	origin.flow = f ? f->id : 0;
	origin.attempt = attempt_ids_find(&r->attempt_ids, &origin.key, &seg);
	record_in(r, &origin, FATE_SPOILT, NULL, frame);
}

/* Passes an ICMP error about our segment to its connection, RFC 9293 MUST-54. */
static void receive_icmp(struct responder *r, const struct frame *frame)
{
	struct segment about;
	struct causes causes = {0};
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
	if (silent)
		causes_add_label(&causes, flow_silent_by(f));
	turn_resume(&t, r, f);
	if (!silent)
		turn_icmp(&t, &m, &about);
	turn_origin(&t);
	record_in(r, &t.origin, silent ? FATE_DROPPED : FATE_NONE, &causes, frame);
	turn_end(&t);
}

/* Applies the rules of IP to a decoded packet. */
static enum wire_result apply_rules(const struct responder *r, struct reading *in)
{
	enum wire_result result = in->result;

	if (result == WIRE_TRUNCATED || result == WIRE_IP_HEADER || result == WIRE_IP_CHECKSUM ||
	    ip_is_plain(in->frame.packet))
		return result;
	result = ip_check(in->frame.packet, in->frame.len, &in->problem);
	if (result == WIRE_OK)
		return in->result;
	if (parameter_problem_is_ours(r, &in->frame, &in->seg))
		return result;
	/* For its own addresses, the kernel sends the error; and it supports other protocols. */
	in->problem.due = false;
	return result == WIRE_NEXT_HEADER ? WIRE_NOT_TCP : result;
}

/* Decodes in->frame. Returns false, and counts it, if the packet is discarded. */
static bool read_packet(struct responder *r, const struct link *l, struct reading *in)
{
	bool verify = r->verify && !in->frame.offload;

	in->problem.due = false;
	in->result = packet_decode(in->frame.packet, in->frame.len, verify, &in->seg);
	in->result = apply_rules(r, in);
	r->wire[in->result]++;
	return admit(r, l, in);
}

/* Returns true if the fragment completed a packet, which is then in->frame. Stores only fragments
 * of clients to an address of an endpoint, so that others cannot evict them. */
static bool complete(struct responder *r, struct reading *in)
{
	struct frame *frame = &in->frame;
	const uint8_t *whole;

	if (!endpoint_index_have(r->endpoints, &in->seg.dst)) {
		r->counter[COUNT_NOT_OURS]++;
		return false;
	}
	if (!endpoint_index_allow(r->endpoints, &in->seg.src)) {
		r->counter[COUNT_CLIENT_REFUSED]++;
		return false;
	}
	whole = reassembly_put(&r->reassembly, frame->packet, frame->len, r->now, &frame->len);
	r->counter[COUNT_OVERLAPS] = r->reassembly.overlapped;
	if (!whole)
		return false;
	r->counter[COUNT_REASSEMBLED]++;
	frame->packet = whole;
	return true;
}

void responder_frame(struct responder *r, struct link *l, const struct frame *received)
{
	struct reading in;

	in.frame = *received;
	responder_advance(r, received->when);
	if (!read_packet(r, l, &in))
		return;
	if (in.result == WIRE_FRAGMENT && (!complete(r, &in) || !read_packet(r, l, &in)))
		return;
	if (in.problem.due)
		parameter_problem_send(r, &in.frame, &in.seg, &in.problem);
	if (in.result == WIRE_TCP_CHECKSUM)
		trace_spoilt(r, &in.frame);
	if (in.result == WIRE_ICMP)
		receive_icmp(r, &in.frame);
	if (in.result != WIRE_OK)
		return;
	in.seg.when = received->when;
	in.seg.offload = received->offload;
	r->lag = received->lag;
	dispatch_segment(r, &in.seg, &in.frame);
	r->lag = 0;
}
