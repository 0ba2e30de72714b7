/* SPDX-License-Identifier: MIT */
/* One rule of a behaviour: when it acts. What it does is compile_actions.c's. */
#ifndef SYNACKD_CATALOGUE_COMPILE_RULE_H
#define SYNACKD_CATALOGUE_COMPILE_RULE_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Compile one entry of `rules`. What is wrong is said by the reader. *out must be zeroed, and can
 * be freed with its ruleset whatever happened. */
void rule_compile(const struct schema_reader *r, config_setting_t *setting, struct rule *out);

/* Keys that it reads. */
extern const struct key condition_keys[];
extern const size_t condition_keys_count;
extern const struct key rule_keys[];
extern const size_t rule_keys_count;

#endif
