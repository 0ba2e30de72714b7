/* SPDX-License-Identifier: MIT */
/* Compiles the actions of a rule: fields to overwrite, segments to emit. */
#ifndef SYNACKD_CATALOGUE_COMPILE_ACTIONS_H
#define SYNACKD_CATALOGUE_COMPILE_ACTIONS_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Compile the group `set`, and the list `emit`. What is wrong is said by the reader; *out can be
 * freed with its ruleset whatever happened. */
void rule_compile_set(const struct schema_reader *r, config_setting_t *group, struct rule_set *out);
void rule_compile_emit(const struct schema_reader *r, config_setting_t *list, struct rule *out);

/* Keys that it reads. */
extern const struct key set_keys[];
extern const size_t set_keys_count;
extern const struct key emit_keys[];
extern const size_t emit_keys_count;

#endif
