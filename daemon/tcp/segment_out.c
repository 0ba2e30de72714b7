/* SPDX-License-Identifier: MIT */
#include "tcp/segment_out.h"

#include "wire/cursor.h"

#define RESET_TTL 64

struct segment *segment_out(struct plan *plan, const struct flow *f, const struct tcp_settings *s)
{
	struct segment *out = &plan_add(plan)->seg;
	const struct flow_key key = flow_key_of(f);

	out->src = key.server;
	out->dst = key.client;
	out->sport = key.server_port;
	out->dport = key.client_port;
	out->ttl = s->ttl;
	out->tos = s->tos;
	out->df = s->df;
	out->ip_id = s->ip_id_policy == IP_ID_ZERO ? 0 : s->ip_id;
	return out;
}

void reset_out(struct plan *plan, const struct segment *seg)
{
	struct segment *out;

	if (seg->flags & TCP_RST)
		return;
	out = &plan_add(plan)->seg;
	out->src = seg->dst;
	out->dst = seg->src;
	out->sport = seg->dport;
	out->dport = seg->sport;
	out->ttl = RESET_TTL;
	out->df = true;
	out->flags = TCP_RST;
	if (seg->flags & TCP_ACK) {
		out->seq = seg->ack;
	} else {
		out->flags |= TCP_ACK;
		out->ack = seg->seq + segment_seq_len(seg);
	}
}

void timestamps_out(struct segment *out, uint32_t val, uint32_t ecr)
{
	uint8_t *p = out->opt + out->opt_len;

	p[0] = p[1] = OPT_NOP;
	p[2] = OPT_TIMESTAMPS;
	p[3] = 10;
	put_u32(p + 4, val);
	put_u32(p + 8, ecr);
	out->opt_len += 12;
}

uint8_t wscale_for(const struct tcp_settings *s)
{
	uint8_t shift = 0;

	if (s->wscale != WSCALE_AUTO)
		return s->wscale;
	/* A number in the list of options takes precedence. */
	for (unsigned i = 0; syn_options_given(&s->options, SYN_OPT_WSCALE); i++) {
		const struct syn_option *o = &s->options.option[i];

		if (o->kind == SYN_OPT_WSCALE && o->has_value)
			return o->value < WSCALE_MAX ? (uint8_t)o->value : WSCALE_MAX;
	}
	while (shift < WSCALE_MAX && s->window >> shift > UINT16_MAX)
		shift++;
	return shift;
}

uint16_t mss_default(bool v4)
{
	return v4 ? 536 : 1220;
}

uint16_t mss_told(const struct tcp_settings *s, bool v4, uint16_t link_mss)
{
	for (unsigned i = 0; i < s->options.count; i++) {
		const struct syn_option *o = &s->options.option[i];

		if (o->kind == SYN_OPT_MSS && o->has_value)
			return o->value;
		if (o->kind == SYN_OPT_MSS)
			return s->mss ? s->mss : link_mss;
	}
	return mss_default(v4);
}
