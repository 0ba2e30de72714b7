/* SPDX-License-Identifier: MIT */
/* The two places where rules act: receive rules on a segment, between wire and tcp; plan rules on a
 * plan, after tcp. */
#ifndef SYNACKD_BEHAVIOUR_APPLY_H
#define SYNACKD_BEHAVIOUR_APPLY_H

#include "behaviour/view.h"

#define OUTCOME_OPS_MAX 16

/* What the rules want done beside their changes to segment or plan. A zeroed one is ready. */
struct outcome {
	bool drop;
	nstime hold;        /* added up; 0: none */
	unsigned duplicate; /* receive: give the machine the segment so many times more */
	unsigned ops;
	const struct rule_machine *op[OUTCOME_OPS_MAX]; /* of the ruleset, or of the caller */
	struct causes causes;                           /* the rules that acted */
	bool reorders; /* rules_send's own: items are to change places */
};

/* Apply the receive rules, `on = "receive ..."`. May change *seg (its payload then belongs to the
 * rule) and adds what is to be emitted to the plan. */
void rules_receive(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		   struct segment *seg, struct plan *plan, struct outcome *out);

/* Apply the plan rules, `on = "send ..."`, to every item of the plan from `first` on that the
 * machine made. Rules do not apply to items that rules emit. */
void rules_send(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		struct plan *plan, unsigned first, struct outcome *out);

/* The machine entered v->state. */
void rules_enter(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out);

/* `rule->after` passed in its state: the caller checked that the machine is there still. */
void rules_after(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out);

#endif
