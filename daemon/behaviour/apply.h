/* SPDX-License-Identifier: MIT */
/* apply: applies rules: receive rules to a segment, between wire and tcp; plan rules to a plan,
 * after tcp. */
#ifndef SYNACKD_BEHAVIOUR_APPLY_H
#define SYNACKD_BEHAVIOUR_APPLY_H

#include "behaviour/view.h"

#include <stddef.h>
#include <string.h>

#define OUTCOME_OPS_MAX 16

/* The results of rules, besides the changes to segment or plan. outcome_begin() initialises it. */
struct outcome {
	bool drop;
	nstime hold;        /* sum of all rules, in ns; 0: none */
	unsigned duplicate; /* receive: number of further copies of the segment for the TCP */
	unsigned ops;
	unsigned cut; /* number of operations beyond OUTCOME_OPS_MAX, which are not in `op` */
	struct causes causes; /* the rules that acted */
	bool reorders;        /* for rules_send(): a rule reorders items */
	/* Must be last: of the ruleset, or of the caller. */
	const struct rule_machine *op[OUTCOME_OPS_MAX];
};

static inline void outcome_begin(struct outcome *out)
{
	memset(out, 0, offsetof(struct outcome, op));
}

/* Applies the receive rules, `on = "receive ..."`. May change *seg, whose payload may then belong
 * to the rule, and adds emitted segments to the plan. */
void rules_receive(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		   struct segment *seg, struct plan *plan, struct outcome *out);

/* Applies the plan rules, `on = "send ..."`, to every item of the plan from `first` on that the TCP
 * made. Rules do not apply to items that rules emit. */
void rules_send(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		struct plan *plan, unsigned first, struct outcome *out);

/* Applies the rules `on = "enter ..."` for v->state. */
void rules_enter(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out);

/* Applies a rule `on = "after ..."` when its time has elapsed. The caller has checked that the
 * connection is still in that state. */
void rules_after(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out);

#endif
