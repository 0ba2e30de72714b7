/* SPDX-License-Identifier: MIT */
#include "engine/parameter_problem.h"

#include "engine/emit.h"
#include "engine/engine.h"
#include "wire/ip_numbers.h"

/* The token bucket of a worker, RFC 4443 2.4 (f). */
#define BURST    10 /* maximum number of tokens */
#define A_SECOND 10 /* new tokens per second */

#define TYPE_V4 12
#define TYPE_V6 4

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

bool parameter_problem_is_ours(const struct responder *r, const struct frame *frame,
			       const struct segment *seg)
{
	return !frame->owned && endpoint_index_own(r->endpoints, &seg->dst);
}

void parameter_problem_send(struct responder *r, const struct frame *frame,
			    const struct segment *seg, const struct ip_problem *problem)
{
	const struct allowed *by = endpoint_index_allow(r->endpoints, &seg->src);
	const struct origin origin = {
		.key = {.client = seg->src, .server = seg->dst},
		.path = frame->path,
		.state = STATE_CLOSED,
		.by = by,
	};
	bool v4 = addr_is_v4(&seg->src);
	const uint8_t *packet = frame->packet;
	size_t v4_len = (size_t)(packet[2] << 8 | packet[3]);
	size_t v6_len = IPV6_HEADER + (size_t)(packet[4] << 8 | packet[5]);
	struct plan_item *item;

	if (!by) {
		r->counter[COUNT_CLIENT_REFUSED]++;
		return;
	}
	emit_earn(r, by, &seg->src, frame, false);
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
		.type = v4 ? TYPE_V4 : TYPE_V6,
		.code = problem->code,
		.rest = v4 ? problem->pointer << 24 : problem->pointer,
		.ttl = ICMP_TTL,
		.quote = packet,
		.quote_len = (uint16_t)(v4 ? v4_len : v6_len),
	};
	emit_plan(r, &origin, NULL);
}
