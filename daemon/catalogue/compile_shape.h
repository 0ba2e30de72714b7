/* SPDX-License-Identifier: MIT */
/* Keys that say what becomes of a segment's octets. */
#ifndef SYNACKD_CATALOGUE_COMPILE_SHAPE_H
#define SYNACKD_CATALOGUE_COMPILE_SHAPE_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* The keys of `set` that fill in a shape, and whether a group has one of them. */
struct key_table rule_shape_table(struct rule_shape *out);
bool rule_shapes(config_setting_t *group);

/* The keys `split` and `reorder` of a rule: each is the `parse` of a key whose target is a struct
 * rule (base/key.h). */
bool rule_parse_split(const char *text, void *target, char **wrong);
bool rule_parse_order(const char *text, void *target, char **wrong);

/* Keys that it reads. */
extern const struct key shape_keys[];
extern const size_t shape_keys_count;

#endif
