/* SPDX-License-Identifier: MIT */
/* multiplied: finds rules that multiply the segments of other rules beyond the limit of a plan. */
#ifndef SYNACKD_CATALOGUE_MULTIPLIED_H
#define SYNACKD_CATALOGUE_MULTIPLIED_H

#include "base/diag.h"
#include "behaviour/rule.h"

/*
 * Looks for two rules that together make more than PLAN_ADDED_MAX segments from one: a `receive`
 * rule that duplicates or a `send` rule that splits, and a `send` rule without conditions that
 * matches all resulting segments. Such a pair is an error in `diag`, under file, line and key (NULL
 * file: the text is from the CLI). Rules with conditions are not reported: the plan enforces its
 * limit when they act.
 */
void multiplied_check(const struct ruleset *rs, struct diag *diag, const char *file, unsigned line,
		      const char *key);

#endif
