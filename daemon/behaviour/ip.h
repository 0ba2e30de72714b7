/* SPDX-License-Identifier: MIT */
/* ip: the IP fields that a rule writes, other than the plain fields of struct rule_set. */
#ifndef SYNACKD_BEHAVIOUR_IP_H
#define SYNACKD_BEHAVIOUR_IP_H

#include "tcp/plan.h"
#include "wire/expr.h"

struct rule_ip {
	uint8_t dscp; /* the upper six bits of tos, RFC 2474 */
	bool has_dscp, has_flow;
	struct expr flow; /* the flow label, 20 bits; IPv6 only */
	struct ip_extras extras;
};

/* Writes the fields to a segment. Extras of earlier rules remain, unless this rule has the same.
 * The plan owns the joined extras; without memory, the extras of earlier rules are lost. */
void ip_apply(const struct rule_ip *ip, const struct expr_values *values, struct plan *plan,
	      struct segment *seg);

#endif
