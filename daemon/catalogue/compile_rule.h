/* SPDX-License-Identifier: MIT */
/* compile_rule: compiles one rule of a behaviour. */
#ifndef SYNACKD_CATALOGUE_COMPILE_RULE_H
#define SYNACKD_CATALOGUE_COMPILE_RULE_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Compiles one entry of `rules`. The reader reports errors. *out must be zeroed before the call; it
 * can be freed with its ruleset even after an error. */
void rule_compile(const struct schema_reader *r, config_setting_t *setting, struct rule *out);

/* The keys of `if` and of a rule. */
extern const struct key condition_keys[];
extern const size_t condition_keys_count;
extern const struct key rule_keys[];
extern const size_t rule_keys_count;

#endif
