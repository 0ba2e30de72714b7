/* SPDX-License-Identifier: MIT */
#include "behaviour/apply.h"

#include "behaviour/match.h"

static void note_label(struct outcome *out, uint16_t label)
{
	for (unsigned i = 0; i < out->labels; i++)
		if (out->label[i] == label)
			return;
	if (out->labels < PLAN_LABELS_MAX)
		out->label[out->labels++] = label;
}

static void want_machine(const struct rule *rule, struct outcome *out)
{
	for (unsigned i = 0; i < rule->machines && out->ops < OUTCOME_OPS_MAX; i++)
		out->op[out->ops++] = rule->machine[i];
}

void rules_receive(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		   struct segment *seg, struct plan *plan, struct outcome *out)
{
	for (unsigned i = 0; i < rs->rules && !out->drop; i++) {
		const struct rule *rule = &rs->rule[i];

		if (rule->trigger != ON_RECEIVE || !segment_is(seg, rule->class, false, v) ||
		    !rule_conditions_hold(rule, ctx, v))
			continue;
		rule_set_apply(&rule->set, &v->values, seg);
		out->duplicate += rule->duplicate;
		out->hold += rule->hold;
		out->drop = rule->drop;
		rule_emit_apply(rule, ctx, v, plan);
		want_machine(rule, out);
		note_label(out, rule->label);
	}
}

/* One rule for one item. */
static void send_rule(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		      struct plan *plan, unsigned at, struct outcome *out)
{
	struct plan_item *item = &plan->item[at];

	if (item->dropped || !segment_is(&item->seg, rule->class, true, v) ||
	    !rule_conditions_hold(rule, ctx, v))
		return;
	plan_label(item, rule->label);
	rule_set_apply(&rule->set, &v->values, &item->seg);
	item->counts = item->counts || rule->counts;
	item->delay += rule->delay;
	item->dropped = rule->drop;
	out->copies += rule->duplicate;
	rule_emit_apply(rule, ctx, v, plan);
	want_machine(rule, out);
	note_label(out, rule->label);
}

void rules_send(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		struct plan *plan, unsigned first, struct outcome *out)
{
	unsigned planned = plan->count;

	for (unsigned at = first; at < planned; at++) {
		rule_view_segment(v, &plan->item[at].seg);
		for (unsigned i = 0; i < rs->rules; i++)
			if (rs->rule[i].trigger == ON_SEND && !plan->item[at].is_icmp)
				send_rule(&rs->rule[i], ctx, v, plan, at, out);
		/* Copies are of what all rules made of it, and are not met by rules again. */
		for (; out->copies; out->copies--, at++, planned++) {
			plan_copy(plan, at);
			plan->item[at + 1].counts = false; /* the first one does */
		}
	}
}

static void fire(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out)
{
	if (!rule_conditions_hold(rule, ctx, v))
		return;
	rule_emit_apply(rule, ctx, v, plan);
	want_machine(rule, out);
	note_label(out, rule->label);
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
