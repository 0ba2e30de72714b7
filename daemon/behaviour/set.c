/* SPDX-License-Identifier: MIT */
/* Lies on the wire: fields that are written over, segments and errors that are added. */
#include "behaviour/match.h"
#include "wire/packet.h"

#define ECN_BITS 3

static void set_sequence(const struct rule_set *set, const struct expr_values *values,
			 struct segment *seg)
{
	if (set->fields & SET_FLAGS)
		seg->flags = set->flags;
	if (set->fields & SET_SEQ)
		seg->seq = expr_eval(&set->seq, values);
	if (set->fields & SET_ACK)
		seg->ack = expr_eval(&set->ack, values);
	if (set->fields & SET_WINDOW)
		seg->window = (uint16_t)expr_eval(&set->window, values);
	if (set->fields & SET_OPTIONS)
		options_resolve(&set->options, values, seg);
	if (set->fields & SET_PAYLOAD) {
		seg->payload = set->payload;
		seg->len = set->len;
	}
	if (set->fields & SET_URGENT)
		seg->urgent = set->urgent;
}

static void set_header(const struct rule_set *set, struct segment *seg)
{
	if (set->fields & SET_CHECKSUM) {
		seg->lie.checksum = set->checksum;
		seg->lie.checksum_value = set->checksum_value;
	}
	if (set->fields & SET_RESERVED)
		seg->reserved = set->reserved;
	if (set->fields & SET_DOFF) {
		seg->lie.has_doff = true;
		seg->lie.doff = set->doff;
	}
	if (set->fields & SET_SPORT)
		seg->sport = set->sport;
}

static void set_ip(const struct rule_set *set, struct segment *seg)
{
	if (set->fields & SET_TTL)
		seg->ttl = set->ttl;
	if (set->fields & SET_TOS)
		seg->tos = set->tos;
	if (set->fields & SET_ECN)
		seg->tos = (uint8_t)((seg->tos & ~ECN_BITS) | set->ecn);
	if (set->fields & SET_DF)
		seg->df = set->df;
	if (set->fields & SET_IP_ID)
		seg->ip_id = set->ip_id;
	if (set->fields & SET_IP_LEN) {
		seg->lie.has_ip_len = true;
		seg->lie.ip_len = set->ip_len;
	}
}

void rule_set_apply(const struct rule_set *set, const struct expr_values *values,
		    struct segment *seg)
{
	if (!set->fields)
		return;
	set_sequence(set, values, seg);
	set_header(set, seg);
	set_ip(set, seg);
}

static void emit_segment(const struct rule_emit *e, const struct rule_view *v, struct segment *seg)
{
	const struct tcp_settings *s = v->settings;

	seg->src = v->key.server;
	seg->dst = v->key.client;
	seg->sport = v->key.server_port;
	seg->dport = v->key.client_port;
	seg->ttl = s->ttl;
	seg->tos = s->tos;
	seg->df = s->df;
	seg->ip_id = s->ip_id_policy == IP_ID_ZERO ? 0 : s->ip_id;
	if (!(e->segment.flags & TCP_RST))
		seg->window = (uint16_t)v->values.v[VAR_RCV_WND];
	notation_resolve(&e->segment, &v->values, seg);
}

/* Nothing to quote, or no such error in this family: nothing to emit. */
static struct plan_item *emit_item(const struct rule_emit *e, const struct rule_context *ctx,
				   const struct rule_view *v, struct plan *plan)
{
	struct plan_item *item;

	if (e->is_icmp)
		return ctx->trigger ? plan_icmp(plan, ctx->trigger, e->icmp, e->icmp_rest) : NULL;
	item = plan_add(plan);
	emit_segment(e, v, &item->seg);
	return item;
}

void rule_emit_apply(const struct rule *rule, const struct rule_context *ctx,
		     const struct rule_view *v, struct plan *plan)
{
	for (unsigned i = 0; i < rule->emits; i++) {
		const struct rule_emit *e = &rule->emit[i];
		struct plan_item *item = emit_item(e, ctx, v, plan);

		if (!item)
			continue;
		item->delay = e->delay;
		item->counts = rule->counts;
		plan_label(item, rule->label);
	}
}
