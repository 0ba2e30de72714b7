/* SPDX-License-Identifier: MIT */
#include "behaviour/set.h"

#include "behaviour/view.h"
#include "tcp/segment_out.h"
#include "wire/notation_options.h"
#include "wire/notation_resolve.h"

#define QUOTED_TTL 63

static void set_sequence(const struct rule_set *set, const struct expr_values *values,
			 struct segment *seg)
{
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
	if (set->fields & SET_FLAGS) /* after SET_RESERVED, as AE is a reserved bit */
		segment_set_flags(seg, (segment_flags(seg) & set->flags_kept) | set->flags);
	if (set->fields & SET_DOFF) {
		seg->lie.has_doff = true;
		seg->lie.doff = set->doff;
	}
	if (set->fields & SET_SPORT)
		seg->sport = set->sport;
}

static void set_source(const struct rule_source *source, struct addr *a)
{
	uint32_t low;

	if (!source->relative) {
		if (addr_is_v4(a) == addr_is_v4(&source->address))
			*a = source->address;
		return;
	}
	low = (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 |
	      a->b[15];
	low += source->distance;
	for (int i = 15; i >= 12; i--, low >>= 8)
		a->b[i] = (uint8_t)low;
}

static void set_ip(const struct rule_set *set, struct segment *seg)
{
	if (set->fields & SET_SADDR)
		set_source(&set->source, &seg->src);
	if (set->fields & SET_TTL)
		seg->ttl = set->ttl;
	if (set->fields & SET_TOS)
		seg->tos = set->tos;
	if (set->fields & SET_ECN)
		seg->tos = (uint8_t)((seg->tos & ~TOS_ECN) | set->ecn);
	if (set->fields & SET_DF)
		seg->df = set->df;
	if (set->fields & SET_IP_ID)
		seg->ip_id = set->ip_id;
	if (set->fields & SET_IP_LEN) {
		seg->lie.has_ip_len = true;
		seg->lie.ip_len = set->ip_len;
		seg->lie.ip_len_adds = set->ip_len_adds;
	}
}

void rule_set_apply(const struct rule_set *set, const struct expr_values *values, struct plan *plan,
		    struct segment *seg)
{
	if (set->fields) {
		set_sequence(set, values, seg);
		set_header(set, seg);
		set_ip(set, seg);
	}
	if (set->ip)
		ip_apply(set->ip, values, plan, seg);
	if (set->shapes)
		shape_apply(&set->shape, plan, seg);
}

/* RFC 7323 3.2: once negotiated, every segment except an RST has timestamps. */
static bool wants_timestamps(const struct rule_emit *e, const struct rule_view *v)
{
	bool given = e->segment.parts & PART_OPTIONS && !e->segment.options.edits;

	return v->ts_ok && !(e->segment.flags & (TCP_SYN | TCP_RST)) && !given;
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
	if (wants_timestamps(e, v))
		timestamps_out(seg, v->values.v[VAR_TS_VAL], v->values.v[VAR_TS_RECENT]);
	notation_resolve(&e->segment, &v->values, seg);
}

static struct plan_item *make_place(const struct rule_emit *e, struct plan *plan, unsigned *at)
{
	if (e->before && at && plan_insert(plan, *at, 1))
		return &plan->item[(*at)++];
	return plan_add(plan);
}

/* Sets *seg to the client's segment that triggered the rule, or to the ACK that it might have
 * sent. */
static void quoted_segment(const struct rule_context *ctx, const struct rule_view *v,
			   struct segment *seg)
{
	if (ctx->trigger) {
		*seg = *ctx->trigger;
		return;
	}
	*seg = (struct segment){
		.src = v->key.client,
		.dst = v->key.server,
		.sport = v->key.client_port,
		.dport = v->key.server_port,
		.seq = v->values.v[VAR_RCV_NXT],
		.ack = v->values.v[VAR_SND_NXT],
		.flags = TCP_ACK,
		.window = UINT16_MAX,
		.ttl = QUOTED_TTL,
		.df = true,
	};
}

/* Returns NULL if the address family has no such message, or without memory for the quote. */
static struct plan_item *emit_icmp(const struct rule_emit *e, const struct rule_context *ctx,
				   const struct rule_view *v, struct plan *plan)
{
	const struct icmp_kind *kind = addr_is_v4(&v->key.server) ? &e->icmp : &e->icmp6;
	struct plan_item *item;
	struct segment about;

	if (!kind->given)
		return NULL;
	quoted_segment(ctx, v, &about);
	if (e->quote)
		rule_set_apply(e->quote, &v->values, plan, &about);
	item = plan_icmp_numbered(plan, &about, kind->type, kind->code, e->icmp_rest);
	if (item)
		item->icmp.dst = v->key.client; /* even if the quote has another source */
	return item;
}

/* Moves the last item to before the current one. */
static struct plan_item *move_ahead(struct plan *plan, unsigned *at)
{
	struct plan_item item = plan->item[--plan->count];

	(void)plan_insert(plan, *at, 1); /* cannot fail: the last item has left space */
	plan->item[*at] = item;
	return &plan->item[(*at)++];
}

static struct plan_item *emit_item(const struct rule_emit *e, const struct rule_context *ctx,
				   const struct rule_view *v, struct plan *plan, unsigned *at)
{
	struct plan_item *item;

	if (e->is_icmp) {
		item = emit_icmp(e, ctx, v, plan);
		return item && e->before && at ? move_ahead(plan, at) : item;
	}
	item = make_place(e, plan, at);
	if (e->is_copy && at)
		item->seg = plan->item[*at].seg;
	else
		emit_segment(e, v, &item->seg);
	if (e->over)
		rule_set_apply(e->over, &v->values, plan, &item->seg);
	return item;
}

void rule_emit_apply(const struct rule *rule, const struct rule_context *ctx,
		     const struct rule_view *v, struct plan *plan, unsigned *at)
{
	for (unsigned i = 0; i < rule->emits; i++) {
		const struct rule_emit *e = &rule->emit[i];

		uint32_t granted = plan_grant(plan, e->times);

		for (uint32_t times = 0; times < granted; times++) {
			struct plan_item *item = emit_item(e, ctx, v, plan, at);

			if (!item) {
				plan->added -= granted - times;
				break;
			}
			item->delay = e->delay + times * e->every;
			item->counts = rule->counts;
			item->stale = rule->stale;
			causes_add_label(&item->causes, rule->label);
		}
	}
}
