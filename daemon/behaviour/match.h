/* SPDX-License-Identifier: MIT */
/* match: decides whether a rule applies, and stores values for `remember`. */
#ifndef SYNACKD_BEHAVIOUR_MATCH_H
#define SYNACKD_BEHAVIOUR_MATCH_H

#include "behaviour/view.h"

/* Returns true if class, flags and options of the rule match the segment. `sent`: it is our
 * segment, otherwise the client's. */
bool rule_is_about(const struct rule *rule, const struct segment *seg, bool sent,
		   const struct rule_view *v);

/* Returns true if the conditions of a triggered rule are met. Counts the trigger, recalls
 * remembered values and draws a random number, in that order. The remembered values are
 * v->values.old until the next call. */
bool rule_conditions_hold(const struct rule *rule, struct rule_context *ctx, struct rule_view *v);

/* Stores the values of all names for the scope of `remember`, if the rule has one. */
void rule_remember(const struct rule *rule, struct rule_context *ctx, const struct rule_view *v);

#endif
