/* SPDX-License-Identifier: MIT */
/* compile_shape: reads the keys that cut, fill and reorder the octets of a segment. */
#ifndef SYNACKD_CATALOGUE_COMPILE_SHAPE_H
#define SYNACKD_CATALOGUE_COMPILE_SHAPE_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* The table of the keys of `set` that fill in a shape. rule_shapes() returns true if the group has
 * one of them. */
struct key_table rule_shape_table(struct rule_shape *out);
bool rule_shapes(config_setting_t *group);

/* The keys `split` and `reorder` of a rule: `parse` functions (base/key.h) whose target is a struct
 * rule. */
bool rule_parse_split(const char *text, void *target, char **wrong);
bool rule_parse_order(const char *text, void *target, char **wrong);

/* The keys of this table. */
extern const struct key shape_keys[];
extern const size_t shape_keys_count;

#endif
