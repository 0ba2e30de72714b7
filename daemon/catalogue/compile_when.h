/* SPDX-License-Identifier: MIT */
/* Conditions of time, of flags, and of what was remembered; and `remember`. */
#ifndef SYNACKD_CATALOGUE_COMPILE_WHEN_H
#define SYNACKD_CATALOGUE_COMPILE_WHEN_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* The keys of `if` that are here. */
struct key_table rule_when_table(struct rule_condition *out);

/* The key `remember`: the `parse` of a key whose target is a struct rule. */
bool rule_parse_remember(const char *text, void *target, char **wrong);

/* What fits neither the rule's trigger nor its other conditions is said. */
void rule_check_when(const struct schema_reader *r, config_setting_t *setting,
		     const struct rule *rule);

/* Keys that it reads. */
extern const struct key when_keys[];
extern const size_t when_keys_count;

#endif
