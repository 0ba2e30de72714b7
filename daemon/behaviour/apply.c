/* SPDX-License-Identifier: MIT */
#include "behaviour/apply.h"

#include "behaviour/match.h"
#include "behaviour/set.h"

/* Returns a random time from 0 to `jitter`. */
static nstime some_of(nstime jitter, struct rule_context *ctx)
{
	return jitter ? (nstime)rng_below(ctx->rng, (uint64_t)jitter + 1) : 0;
}

static void want_machine(const struct rule *rule, struct outcome *out)
{
	for (unsigned i = 0; i < rule->machines; i++) {
		if (out->ops < OUTCOME_OPS_MAX)
			out->op[out->ops++] = &rule->machine[i];
		else
			out->cut++;
	}
}

static bool sets(const struct rule *rule)
{
	return rule->set.fields || rule->set.ip || rule->set.shapes;
}

void rules_receive(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		   struct segment *seg, struct plan *plan, struct outcome *out)
{
	for (unsigned i = 0; i < rs->rules && !out->drop; i++) {
		const struct rule *rule = &rs->rule[i];

		if (rule->trigger != ON_RECEIVE || !rule_is_about(rule, seg, false, v) ||
		    !rule_conditions_hold(rule, ctx, v))
			continue;
		rule_set_apply(&rule->set, &v->values, plan, seg);
		out->duplicate += rule->duplicate;
		out->hold += rule->hold + some_of(rule->jitter, ctx);
		out->drop = rule->drop;
		rule_emit_apply(rule, ctx, v, plan, NULL);
		rule_remember(rule, ctx, v);
		want_machine(rule, out);
		causes_add_label(&out->causes, rule->label);
		if (sets(rule))
			rule_view_segment(v, seg);
	}
}

/* The state of rules_send(). */
struct sending {
	const struct ruleset *rs;
	struct rule_context *ctx;
	struct rule_view *v;
	struct plan *plan;
	struct outcome *out;
	unsigned at;  /* index of the current item */
	unsigned end; /* end of the items that the TCP made, pieces and insertions included */
};

/* Applies one rule to the current item. */
static void send_rule(struct sending *s, unsigned number)
{
	const struct rule *rule = &s->rs->rule[number];
	struct plan_item *item = &s->plan->item[s->at];
	unsigned at = s->at, pieces;

	if (item->dropped || !rule_is_about(rule, &item->seg, true, s->v) ||
	    !rule_conditions_hold(rule, s->ctx, s->v))
		return;
	causes_add_label(&item->causes, rule->label);
	rule_set_apply(&rule->set, &s->v->values, s->plan, &item->seg);
	item->counts = item->counts || rule->counts;
	item->stale = item->stale || rule->stale;
	item->delay += rule->delay + some_of(rule->jitter, s->ctx);
	item->dropped = rule->drop;
	if (rule->order) {
		item->order = (uint16_t)(number + 1);
		s->out->reorders = true;
	}
	item->copies += rule->duplicate;
	pieces = shape_split(s->plan, at, &rule->split, (uint16_t)(number + 1));
	s->end += pieces;
	rule_emit_apply(rule, s->ctx, s->v, s->plan, &s->at);
	s->end += s->at - at;
	rule_remember(rule, s->ctx, s->v);
	want_machine(rule, s->out);
	causes_add_label(&s->out->causes, rule->label);
	/* The next rules see the changed segment; after a split, the first piece. */
	if (pieces || sets(rule))
		rule_view_segment(s->v, &s->plan->item[s->at].seg);
}

static void send_item(struct sending *s)
{
	struct plan *plan = s->plan;
	bool acks = plan->item[s->at].seg.flags & TCP_ACK;
	uint32_t ack = plan->item[s->at].seg.ack;

	rule_view_segment(s->v, &plan->item[s->at].seg);
	for (unsigned i = plan->item[s->at].met; i < s->rs->rules; i++)
		if (s->rs->rule[i].trigger == ON_SEND && !plan->item[s->at].is_icmp)
			send_rule(s, i);
	if (acks)
		s->v->told = ack;
}

/* Copies each item as all rules have left it. The copies follow the item; rules do not apply to
 * them. */
static void make_copies(struct plan *plan, unsigned first, unsigned end)
{
	for (unsigned at = first; at < end; at++) {
		unsigned copies = plan_grant(plan, plan->item[at].copies);

		if (!copies || !plan_insert(plan, at + 1, copies))
			continue;
		for (unsigned i = 1; i <= copies; i++) {
			plan->item[at + i] = plan->item[at];
			plan->item[at + i].counts = false; /* only the original counts */
		}
		at += copies;
		end += copies;
	}
}

void rules_send(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		struct plan *plan, unsigned first, struct outcome *out)
{
	struct sending s = {rs, ctx, v, plan, out, first, plan->count};

	for (; s.at < s.end; s.at++)
		send_item(&s);
	for (unsigned i = 0; out->reorders && i < rs->rules; i++)
		if (rs->rule[i].order)
			shape_order(plan, first, s.end, (enum rule_order)rs->rule[i].order,
				    (uint16_t)(i + 1));
	make_copies(plan, first, s.end);
}

static void fire(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out)
{
	if (!rule_conditions_hold(rule, ctx, v))
		return;
	rule_emit_apply(rule, ctx, v, plan, NULL);
	rule_remember(rule, ctx, v);
	want_machine(rule, out);
	causes_add_label(&out->causes, rule->label);
}

void rules_enter(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out)
{
	for (unsigned i = 0; i < rs->rules; i++)
		if (rs->rule[i].trigger == ON_ENTER && rs->rule[i].state == v->state)
			fire(&rs->rule[i], ctx, v, plan, out);
}

void rules_after(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out)
{
	fire(rule, ctx, v, plan, out);
}
