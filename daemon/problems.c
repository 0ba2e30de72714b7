/* SPDX-License-Identifier: MIT */
/* ICMPv6 Parameter Problems, by which a virtual address says why it discarded a packet, RFC
 * 4443 3.4. */
#include "responder_private.h"

/* RFC 4443 2.4 (f): a token bucket, for each worker. */
#define BURST    10 /* tokens */
#define A_SECOND 10 /* that come back */

#define ICMPV6_PARAMETER_PROBLEM 4
#define ICMP_TTL                 64
#define IPV6_HEADER              40

static bool take_token(struct problem_bucket *b, nstime now)
{
	nstime full = BURST * (NS_PER_S / A_SECOND);

	if (b->spent < now)
		b->spent = now;
	if (b->spent + NS_PER_S / A_SECOND > now + full)
		return false;
	b->spent += NS_PER_S / A_SECOND;
	return true;
}

bool problem_is_ours(const struct responder *r, const struct frame *frame,
		     const struct segment *seg)
{
	return !frame->owned && endpoints_own(r->endpoints, &seg->dst);
}

void problem_send(struct responder *r, const struct frame *frame, const struct segment *seg,
		  const struct ip_problem *problem)
{
	const struct emit_origin origin = {
		.key = {.client = seg->src, .server = seg->dst},
		.path = frame->path,
		.state = STATE_CLOSED,
	};
	const struct allowed *by = endpoints_allow(r->endpoints, &seg->src);
	struct plan_item *item;

	if (!by) {
		r->counter[COUNT_CLIENT_REFUSED]++;
		return;
	}
	responder_earn(r, by, &seg->src, frame, false);
	if (!take_token(&r->problems, r->now)) {
		r->counter[COUNT_ICMP_LIMITED]++;
		return;
	}
	plan_clear(&r->plan);
	item = plan_add(&r->plan);
	item->is_icmp = true;
	item->icmp = (struct icmp){
		.src = seg->dst,
		.dst = seg->src,
		.type = ICMPV6_PARAMETER_PROBLEM,
		.code = problem->code,
		.rest = problem->pointer,
		.ttl = ICMP_TTL,
		.quote = frame->packet,
		.quote_len = (uint16_t)(IPV6_HEADER + (frame->packet[4] << 8 | frame->packet[5])),
	};
	emit_plan(r, &origin, &r->plan);
}
