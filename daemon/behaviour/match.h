/* SPDX-License-Identifier: MIT */
/* Does a rule fire? */
#ifndef SYNACKD_BEHAVIOUR_MATCH_H
#define SYNACKD_BEHAVIOUR_MATCH_H

#include "behaviour/view.h"

/* Is a rule that is about segments about this one? By its class and its flags; `sent`: ours. */
bool rule_is_about(const struct rule *rule, const struct segment *seg, bool sent,
		   const struct rule_view *v);

/* Conditions of a rule whose trigger fired: counts, recalls, and draws chance, in that order. What
 * was remembered is v->values.old until the next call. */
bool rule_conditions_hold(const struct rule *rule, struct rule_context *ctx, struct rule_view *v);

/* Keep the values of all names for the scope of `remember`, if the rule has that. */
void rule_remember(const struct rule *rule, struct rule_context *ctx, const struct rule_view *v);

#endif
