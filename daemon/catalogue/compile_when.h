/* SPDX-License-Identifier: MIT */
/* compile_when: reads the conditions on time, flags and records, and the action `remember`. */
#ifndef SYNACKD_CATALOGUE_COMPILE_WHEN_H
#define SYNACKD_CATALOGUE_COMPILE_WHEN_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Returns the table of these keys of `if`. */
struct key_table rule_when_table(struct rule_condition *out);

/* The key `remember`: a `parse` function whose target is a struct rule. */
bool rule_parse_remember(const char *text, void *target, char **wrong);

/* Reports conditions that contradict the trigger of the rule or each other. */
void rule_check_when(const struct schema_reader *r, config_setting_t *setting,
		     const struct rule *rule);

/* The keys of this table. */
extern const struct key when_keys[];
extern const size_t when_keys_count;

#endif
