/* SPDX-License-Identifier: MIT */
/* compile_icmp: parses the ICMP message to emit: a name for IPv4 and IPv6, or type and code for one
 * of them. */
#ifndef SYNACKD_CATALOGUE_COMPILE_ICMP_H
#define SYNACKD_CATALOGUE_COMPILE_ICMP_H

#include "behaviour/rule.h"

/* The keys `icmp` and `icmp6`: `parse` functions (base/key.h) whose target is a struct rule_emit.
 */
bool rule_parse_icmp(const char *text, void *target, char **wrong);
bool rule_parse_icmp6(const char *text, void *target, char **wrong);

#endif
