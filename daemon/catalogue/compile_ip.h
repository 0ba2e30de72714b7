/* SPDX-License-Identifier: MIT */
/* Keys of `set` that are about the IP layer and more than a field. */
#ifndef SYNACKD_CATALOGUE_COMPILE_IP_H
#define SYNACKD_CATALOGUE_COMPILE_IP_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* The table of these keys. *out is made, for the rule to own, when the group has one of them. */
struct key_table rule_ip_table(config_setting_t *group, struct rule_ip **out);

/* Keys that do not fit each other are said. */
void rule_check_ip(const struct schema_reader *r, config_setting_t *group, struct rule_ip *ip);

/* The key `ip_len`: the `parse` of a key whose target is a struct rule_set. */
bool rule_parse_ip_len(const char *text, void *target, char **wrong);

/* Keys that it reads. */
extern const struct key ip_keys[];
extern const size_t ip_keys_count;

#endif
