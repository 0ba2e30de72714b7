/* SPDX-License-Identifier: MIT */
/* compile_actions: compiles the actions of a rule: fields to overwrite and segments to emit. */
#ifndef SYNACKD_CATALOGUE_COMPILE_ACTIONS_H
#define SYNACKD_CATALOGUE_COMPILE_ACTIONS_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Compile the group `set` and the list `emit`. The reader reports errors. *out can be freed with
 * its ruleset even after an error. */
void rule_compile_set(const struct schema_reader *r, config_setting_t *group, struct rule_set *out);
void rule_compile_emit(const struct schema_reader *r, config_setting_t *list, struct rule *out);

/* The keys of `set` and `emit`. */
extern const struct key set_keys[];
extern const size_t set_keys_count;
extern const struct key emit_keys[];
extern const size_t emit_keys_count;

#endif
