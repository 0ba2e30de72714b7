/* SPDX-License-Identifier: MIT */
/* What a rule writes of the IP layer, beside the plain fields of struct rule_set. */
#ifndef SYNACKD_BEHAVIOUR_IP_H
#define SYNACKD_BEHAVIOUR_IP_H

#include "tcp/plan.h"
#include "wire/expr.h"

struct rule_ip {
	uint8_t dscp; /* the upper six bits of tos alone, RFC 2474 */
	bool has_dscp, has_flow;
	struct expr flow; /* the flow label, of which 20 bits are there; IPv6 only */
	struct ip_extras extras;
};

/* Extras of rules before this one stay, but for those that it has, too. What is joined then is kept
 * by the plan; without memory for that, the later rule's alone are there. */
void ip_apply(const struct rule_ip *ip, const struct expr_values *values, struct plan *plan,
	      struct segment *seg);

#endif
