/* SPDX-License-Identifier: MIT */
#include "behaviour/match.h"

/* The ACK of the other side's FIN: the client's of ours, or ours of the client's. */
static bool acks_fin(const struct segment *seg, bool sent, const struct rule_view *v)
{
	if (!(seg->flags & TCP_ACK))
		return false;
	if (sent)
		return v->fin_received && seg->ack == v->values.v[VAR_RCV_NXT];
	return v->fin_sent && seg->ack == v->fin_seq + 1;
}

/* An ACK that acknowledges nothing new and takes no place in the sequence. Seen from us, what the
 * client knows already; from the client, what we know. */
static bool says_only_window(const struct segment *seg, bool sent, const struct rule_view *v)
{
	if (sent)
		return seg->ack == v->values.v[VAR_RCV_NXT] && seg->window != 0;
	return seg->ack == v->values.v[VAR_SND_UNA] && seg->seq == v->values.v[VAR_RCV_NXT];
}

bool segment_is(const struct segment *seg, enum segment_class class, bool sent,
		const struct rule_view *v)
{
	uint8_t flags = seg->flags;
	bool syn = flags & TCP_SYN, ack = flags & TCP_ACK;
	bool bare = ack && !seg->len && !(flags & (TCP_SYN | TCP_FIN | TCP_RST));

	switch (class) {
	case CLASS_ANY: return true;
	case CLASS_SYN: return syn && !ack;
	case CLASS_SYN_ACK: return syn && ack;
	case CLASS_ACK: return bare;
	case CLASS_ACK_OF_FIN: return acks_fin(seg, sent, v);
	case CLASS_DATA: return seg->len && !(flags & TCP_RST);
	case CLASS_FIN: return flags & TCP_FIN;
	case CLASS_RST: return flags & TCP_RST;
	case CLASS_WINDOW_UPDATE: return bare && says_only_window(seg, sent, v);
	case CLASS_COUNT: break;
	}
	return false;
}

static uint32_t count(const struct rule *rule, struct memory *memory, const struct rule_view *v)
{
	struct memory_key key = {
		.endpoint = v->endpoint,
		.label = rule->label,
		.slot = rule->slot,
		.scope = rule->cond.per,
	};

	/* Before there is a connection, the attempt stands for it. */
	if (key.scope == PER_CONNECTION && !v->flow_id)
		key.scope = PER_ATTEMPT;
	switch ((enum rule_scope)key.scope) {
	case PER_CONNECTION: key.connection = v->flow_id; break;
	case PER_ATTEMPT:
		key.flow = v->key;
		key.isn = v->irs;
		break;
	case PER_CLIENT: key.flow.client = v->key.client; break;
	default: break;
	}
	return memory_count(memory, &key);
}

bool rule_conditions_hold(const struct rule *rule, struct rule_context *ctx,
			  const struct rule_view *v)
{
	const struct rule_condition *c = &rule->cond;

	if (c->states && !(c->states & 1u << v->state))
		return false;
	if (c->has_client && !prefix_contains(&c->client, &v->key.client))
		return false;
	if (c->where && !where_holds(c->where, &v->values))
		return false;
	if (c->has_nth) {
		uint32_t n = count(rule, ctx->memory, v);

		if (n < c->nth_from || n > c->nth_to)
			return false;
	}
	return !c->has_probability || rng_unit(ctx->rng) < c->probability;
}
