/* SPDX-License-Identifier: MIT */
/* Lies on the wire: fields that are written over, segments and errors that are added. */
#ifndef SYNACKD_BEHAVIOUR_SET_H
#define SYNACKD_BEHAVIOUR_SET_H

#include "behaviour/view.h"

/* Write the fields of `set` over a segment. New octets are kept by the plan. */
void rule_set_apply(const struct rule_set *set, const struct expr_values *values, struct plan *plan,
		    struct segment *seg);

/* Add what the rule emits to the plan. *at is the place of the item that set it off and moves with
 * it; NULL: there is none. */
void rule_emit_apply(const struct rule *rule, const struct rule_context *ctx,
		     const struct rule_view *v, struct plan *plan, unsigned *at);

#endif
