/* SPDX-License-Identifier: MIT */
/* compile_ip: reads the keys of `set` for DSCP, flow label, IP options, extension headers, trailer
 * and fragments. */
#ifndef SYNACKD_CATALOGUE_COMPILE_IP_H
#define SYNACKD_CATALOGUE_COMPILE_IP_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Returns the table of these keys. Allocates *out, which the rule owns, if the group has one of
 * them. */
struct key_table rule_ip_table(config_setting_t *group, struct rule_ip **out);

/* Reports keys that contradict each other. */
void rule_check_ip(const struct schema_reader *r, config_setting_t *group, struct rule_ip *ip);

/* The key `ip_len`: a `parse` function whose target is a struct rule_set. */
bool rule_parse_ip_len(const char *text, void *target, char **wrong);

/* The keys of this table. */
extern const struct key ip_keys[];
extern const size_t ip_keys_count;

#endif
