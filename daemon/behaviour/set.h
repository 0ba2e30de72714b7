/* SPDX-License-Identifier: MIT */
/* set: carries out the actions `set` and `emit`: overwrites fields of segments, and adds segments
 * and errors. */
#ifndef SYNACKD_BEHAVIOUR_SET_H
#define SYNACKD_BEHAVIOUR_SET_H

#include "behaviour/view.h"

/* Writes the fields of `set` to a segment. The plan or `set` owns new octets. */
void rule_set_apply(const struct rule_set *set, const struct expr_values *values, struct plan *plan,
		    struct segment *seg);

/* Adds the segments that the rule emits to the plan. *at is the index of the item that triggered
 * the rule, and is updated when the item moves. NULL: no item. */
void rule_emit_apply(const struct rule *rule, const struct rule_context *ctx,
		     const struct rule_view *v, struct plan *plan, unsigned *at);

#endif
