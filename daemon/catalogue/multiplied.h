/* SPDX-License-Identifier: MIT */
/* Rules that multiply what other rules add, beyond what one plan takes. */
#ifndef SYNACKD_CATALOGUE_MULTIPLIED_H
#define SYNACKD_CATALOGUE_MULTIPLIED_H

#include "base/diag.h"
#include "behaviour/rule.h"

/*
 * Look for two rules that make more than PLAN_ADDED_MAX segments of one: a `receive` rule that
 * duplicates, or a `send` rule that splits, and a `send` rule without conditions that meets all of
 * what comes of it. That is an error in `diag`, under file, line and key (NULL file: live). Of
 * rules with conditions nothing is said: the bound of the plan holds for them when they act.
 */
void multiplied_check(const struct ruleset *rs, struct diag *diag, const char *file, unsigned line,
		      const char *key);

#endif
