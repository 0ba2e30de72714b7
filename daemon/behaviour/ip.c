/* SPDX-License-Identifier: MIT */
#include "behaviour/ip.h"

static const struct ip_extras *joined(const struct ip_extras *before, const struct ip_extras *more,
				      struct plan *plan)
{
	struct ip_extras both;
	const uint8_t *kept;

	if (!before)
		return more;
	both = *before;
	ip_extras_join(&both, more);
	kept = plan_keep(plan, &both, sizeof(both));
	return kept ? (const struct ip_extras *)kept : more;
}

void ip_apply(const struct rule_ip *ip, const struct expr_values *values, struct plan *plan,
	      struct segment *seg)
{
	if (ip->has_dscp)
		seg->tos = (uint8_t)(ip->dscp << 2 | (seg->tos & TOS_ECN));
	if (ip->has_flow)
		seg->flow = expr_eval(&ip->flow, values) & 0xfffff;
	if (ip->extras.parts)
		seg->extras = joined(seg->extras, &ip->extras, plan);
}
