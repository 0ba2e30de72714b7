/* SPDX-License-Identifier: MIT */
#include "behaviour/match.h"

#include "behaviour/view.h"

/* Returns true if the segment acknowledges the FIN of the other side: the client's segment our FIN,
 * or ours the client's. */
static bool acks_fin(const struct segment *seg, bool sent, const struct rule_view *v)
{
	if (!(seg->flags & TCP_ACK))
		return false;
	if (sent)
		return v->fin_received && seg->ack == v->values.v[VAR_RCV_NXT];
	return v->fin_sent && seg->ack == v->fin_seq + 1;
}

/* Returns true if an ACK without octets acknowledges nothing new, so that only its window can be
 * news. Our ACK is compared to the last ACK that we sent, the client's to SND.UNA and RCV.NXT. */
static bool says_only_window(const struct segment *seg, bool sent, const struct rule_view *v)
{
	if (sent)
		return seg->ack == v->told && seg->window != 0;
	return seg->ack == v->values.v[VAR_SND_UNA] && seg->seq == v->values.v[VAR_RCV_NXT];
}

/* Returns true if the segment is of the class. `sent`: it is our segment, otherwise the
 * client's. */
static bool segment_is(const struct segment *seg, enum segment_class class, bool sent,
		       const struct rule_view *v)
{
	uint8_t flags = seg->flags;
	bool syn = flags & TCP_SYN, ack = flags & TCP_ACK, rst = flags & TCP_RST;
	bool bare = ack && !seg->len && !(flags & (TCP_SYN | TCP_FIN | TCP_RST));

	switch (class) {
	case CLASS_ANY: return true;
	case CLASS_SYN: return syn && !ack && !rst;
	case CLASS_SYN_ACK: return syn && ack;
	case CLASS_ACK: return bare;
	case CLASS_ACK_OF_FIN: return acks_fin(seg, sent, v);
	case CLASS_DATA: return seg->len && !rst;
	case CLASS_FIN: return flags & TCP_FIN;
	case CLASS_RST: return flags & TCP_RST;
	case CLASS_WINDOW_UPDATE: return bare && says_only_window(seg, sent, v);
	case CLASS_COUNT: break;
	}
	return false;
}

static struct marks marks_seen(const struct segment *seg)
{
	struct options o;

	options_decode(seg->opt, seg->opt_len, &o);
	return marks_of(seg, &o);
}

static bool passes(const struct marks *m, const struct marks *with, const struct marks *without)
{
	return (m->flags & with->flags) == with->flags && !(m->flags & without->flags) &&
	       (m->options & with->options) == with->options && !(m->options & without->options) &&
	       (m->ae || !with->ae) && !(m->ae && without->ae);
}

/* Checks the marks other than flags. Skips decoding the options if no condition needs them. */
static bool carries(const struct rule_condition *c, const struct segment *seg)
{
	struct marks m;

	if (!c->with.options && !c->without.options && !c->with.ae && !c->without.ae)
		return true;
	m = marks_seen(seg);
	return passes(&m, &c->with, &c->without);
}

/* Without a connection, the SYN is the segment that just arrived. */
static bool syn_passes(const struct rule_condition *c, const struct rule_context *ctx,
		       const struct rule_view *v)
{
	struct marks m = v->syn;

	if (v->state == STATE_LISTEN && ctx->trigger)
		m = marks_seen(ctx->trigger);
	return passes(&m, &c->syn_with, &c->syn_without);
}

bool rule_is_about(const struct rule *rule, const struct segment *seg, bool sent,
		   const struct rule_view *v)
{
	const struct rule_condition *c = &rule->cond;

	return (seg->flags & c->with.flags) == c->with.flags && !(seg->flags & c->without.flags) &&
	       segment_is(seg, rule->class, sent, v) && carries(c, seg);
}

/* Returns the key that is used before a connection exists: that of its attempt. */
static struct memory_key key_before(struct memory_key key, const struct rule_view *v)
{
	key.connection = 0;
	key.flow = v->key;
	key.isn = v->irs;
	return key;
}

/* Returns the key of a scope for the connection or segment in the view. */
static struct memory_key key_of(const struct rule *rule, enum rule_scope scope,
				const struct rule_view *v)
{
	struct memory_key key = {.endpoint = v->endpoint, .label = rule->label, .scope = scope};

	switch (scope) {
	case PER_CONNECTION:
		if (!v->flow_id)
			return key_before(key, v);
		key.connection = v->flow_id;
		break;
	case PER_ATTEMPT: return key_before(key, v);
	case PER_TUPLE: key.flow = v->key; break;
	case PER_CLIENT: key.flow.client = v->key.client; break;
	default: break;
	}
	return key;
}

/* Moves the entry of an attempt to its connection. */
static void go_on(struct memory *m, const struct memory_key *key, const struct rule_view *v)
{
	struct memory_key before = key_before(*key, v);

	if (key->scope == PER_CONNECTION && v->flow_id)
		memory_rename(m, &before, key);
}

static uint32_t count(const struct rule *rule, struct rule_context *ctx, const struct rule_view *v)
{
	struct memory_key key = key_of(rule, (enum rule_scope)rule->cond.per, v);

	key.slot = rule->slot;
	go_on(ctx->memory, &key, v);
	return memory_count(ctx->memory, &key, rule->cond.within, ctx->now);
}

/* Returns false if nothing is remembered. All rules of a behaviour share the remembered values. */
static bool recall(const struct rule *rule, struct rule_context *ctx, struct rule_view *v)
{
	struct memory_key key = key_of(rule, (enum rule_scope)rule->cond.per_old, v);

	go_on(ctx->notes, &key, v);
	v->values.old = memory_kept(ctx->notes, &key, rule->cond.within, ctx->now);
	return v->values.old;
}

void rule_remember(const struct rule *rule, struct rule_context *ctx, const struct rule_view *v)
{
	struct memory_key key;

	if (!rule->has_remember)
		return;
	key = key_of(rule, (enum rule_scope)rule->remember, v);
	go_on(ctx->notes, &key, v);
	memory_keep(ctx->notes, &key, &v->values, ctx->now);
}

static bool is_on(const struct rule_schedule *s, nstime elapsed)
{
	unsigned i = 0;

	elapsed %= s->end[s->spans - 1];
	while (s->end[i] <= elapsed)
		i++;
	return s->on & 1u << i;
}

bool rule_conditions_hold(const struct rule *rule, struct rule_context *ctx, struct rule_view *v)
{
	const struct rule_condition *c = &rule->cond;

	if (c->states && !(c->states & 1u << v->state))
		return false;
	if (c->has_client && prefix_contains(&c->client, &v->key.client) == c->client_negated)
		return false;
	if (c->has_syn && !syn_passes(c, ctx, v))
		return false;
	if (c->where && !where_holds(c->where, &v->values))
		return false;
	if (c->schedule && !is_on(c->schedule, ctx->now - ctx->begun))
		return false;
	if (c->nth.given && !numbers_have(&c->nth, count(rule, ctx, v)))
		return false;
	if (c->has_old && !recall(rule, ctx, v))
		return false;
	return !c->has_probability || rng_unit(ctx->rng) < c->probability;
}
