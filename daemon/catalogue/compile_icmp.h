/* SPDX-License-Identifier: MIT */
/* Which ICMP message is emitted: by name for both families, by its numbers for one. */
#ifndef SYNACKD_CATALOGUE_COMPILE_ICMP_H
#define SYNACKD_CATALOGUE_COMPILE_ICMP_H

#include "behaviour/rule.h"

/* The keys `icmp` and `icmp6`: each is the `parse` of a key whose target is a struct rule_emit
 * (base/key.h). */
bool rule_parse_icmp(const char *text, void *target, char **wrong);
bool rule_parse_icmp6(const char *text, void *target, char **wrong);

#endif
