/* SPDX-License-Identifier: MIT */
/* Rulesets that are several: each attempt of a client meets one of them, and keeps to it. */
#ifndef SYNACKD_BEHAVIOUR_CHOOSE_H
#define SYNACKD_BEHAVIOUR_CHOOSE_H

#include "behaviour/apply.h"

enum choose_by {
	CHOOSE_ROTA,   /* in turn, again and again */
	CHOOSE_CHANCE, /* by their weights */
	CHOOSE_ONCE,   /* in turn, and the last one for good */
};

struct alternative {
	uint32_t weight;       /* so many attempts in a row, or so many chances */
	struct ruleset *rules; /* counted */
};

/* Of a ruleset: attempts do not meet it, but one of these. */
struct choice {
	uint8_t by;  /* enum choose_by */
	uint8_t per; /* enum rule_scope: whose attempts have their turn, PER_CLIENT or PER_ENDPOINT
		      */
	nstime within;   /* the first one's turn comes again so long after it came; 0: never */
	uint16_t label;  /* of the behaviour that chooses */
	uint32_t weight; /* of all */
	unsigned count;
	struct alternative *alternative;
};

/* What a new attempt meets: one of the alternatives of `r`, or `r` itself if it has none. Of the
 * context, memory, chance and time are used. */
struct ruleset *ruleset_choose(struct ruleset *r, const struct flow_key *key,
			       struct rule_context *ctx);

#endif
