/* SPDX-License-Identifier: MIT */
#include "behaviour/choose.h"

#include "behaviour/view.h"

/* Counts the attempt, and returns the number of attempts before it. */
static uint32_t count_before(const struct ruleset *r, const struct flow_key *flow,
			     struct rule_context *ctx)
{
	const struct choice *c = r->choice;
	/* A ruleset that an operator set for the next attempts has its own count. */
	struct memory_key key = {.endpoint = r->endpoint,
				 .connection = (uint64_t)r->begun,
				 .label = c->label,
				 .scope = c->per};

	if (c->per == PER_CLIENT)
		key.flow.client = flow->client;
	return memory_count(ctx->memory, &key, c->within, ctx->now) - 1;
}

static uint32_t place_of(const struct ruleset *r, const struct flow_key *flow,
			 struct rule_context *ctx)
{
	const struct choice *c = r->choice;
	uint32_t before;

	if (c->by == CHOOSE_CHANCE)
		return (uint32_t)rng_below(ctx->rng, c->weight);
	before = count_before(r, flow, ctx);
	if (c->by == CHOOSE_ROTA)
		return before % c->weight;
	return before < c->weight ? before : c->weight - 1;
}

struct ruleset *ruleset_choose(struct ruleset *r, const struct flow_key *key,
			       struct rule_context *ctx)
{
	const struct alternative *a;
	uint32_t place;

	if (!r->choice)
		return r;
	place = place_of(r, key, ctx);
	for (a = r->choice->alternative; place >= a->weight; a++)
		place -= a->weight;
	return a->rules;
}
