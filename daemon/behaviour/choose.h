/* SPDX-License-Identifier: MIT */
/* choose: rulesets with alternatives: each attempt of a client uses one of them throughout. */
#ifndef SYNACKD_BEHAVIOUR_CHOOSE_H
#define SYNACKD_BEHAVIOUR_CHOOSE_H

#include "behaviour/apply.h"

enum choose_by {
	CHOOSE_ROTA,   /* in turn, repeatedly */
	CHOOSE_CHANCE, /* randomly, by weight */
	CHOOSE_ONCE,   /* in turn; the last one then applies to all attempts */
};

struct alternative {
	uint32_t weight;       /* number of consecutive attempts, or relative probability */
	struct ruleset *rules; /* reference-counted */
};

/* The alternatives of a ruleset. Attempts use one of them instead of the ruleset itself. */
struct choice {
	uint8_t by;  /* enum choose_by */
	uint8_t per; /* enum rule_scope in which attempts are counted: PER_CLIENT or PER_ENDPOINT */
	nstime within;   /* time after its first attempt at which the count restarts; 0: never */
	uint16_t label;  /* the behaviour that has the alternatives */
	uint32_t weight; /* sum of the weights */
	unsigned count;
	struct alternative *alternative;
};

/* Returns the ruleset for a new attempt: one of the alternatives of `r`, or `r` itself if it has
 * none. Uses memory, random numbers and time of the context. */
struct ruleset *ruleset_choose(struct ruleset *r, const struct flow_key *key,
			       struct rule_context *ctx);

#endif
