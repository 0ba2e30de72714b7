/* SPDX-License-Identifier: MIT */
/*
 * attempt: attempts with rules of their own: overrides by an operator, and alternatives of a
 * ruleset.
 *
 * An attempt is a four-tuple and an ISN. The same rules apply to a retransmitted SYN, and to any
 * other segment without a connection, and these do not count again. The number of attempts is
 * bounded; the oldest are forgotten.
 */
#ifndef SYNACKD_ENGINE_ATTEMPT_H
#define SYNACKD_ENGINE_ATTEMPT_H

#include "base/random.h"
#include "behaviour/choose.h"
#include "engine/endpoint_index.h"
#include "tcp/flow.h"
#include "wire/segment.h"

#define ATTEMPT_OVERRIDES_MAX 64   /* maximum number of pending overrides */
#define ATTEMPTS_MAX          4096 /* maximum number of remembered attempts */

/* The number of attempts for which an override is still valid; reference-counted. All workers share
 * it, so clients of a network on different workers do not exceed it together. */
struct quota;

/* Returns a quota with one reference. Aborts without memory. */
struct quota *quota_new(uint32_t attempts);
void quota_put(struct quota *q);            /* drops a reference; the last one frees *q */
uint32_t quota_left(const struct quota *q); /* remaining attempts */

struct override_rule {
	uint32_t endpoint;     /* number of the endpoint */
	struct ruleset *rules; /* reference-counted */
};

/* The rules of an override, one entry per endpoint; reference-counted. They do not change, so all
 * workers share them. */
struct override_rules {
	unsigned references; /* atomic */
	unsigned count;
	struct override_rule at[]; /* by number of the endpoint */
};

/* Returns the rules with one reference. Copies the list, which may have any order, and adds
 * references to its rulesets. Marks these as in use since `now`. Aborts without memory. */
struct override_rules *override_rules_new(const struct override_rule *at, unsigned count,
					  nstime now);
/* Returns the rules for this endpoint; NULL if there are none. */
struct ruleset *override_rules_at(const struct override_rules *o, uint32_t endpoint);
/* Drops a reference; the last one frees *o. NULL is ignored. */
void override_rules_put(struct override_rules *o);

/* A pending override for attempts of these clients, while its quota lasts. */
struct attempt_override {
	struct prefix client;
	struct quota *quota;          /* reference-counted */
	struct override_rules *rules; /* reference-counted */
};

struct attempt;

/* A zeroed struct is empty. */
struct attempts {
	unsigned count;
	struct attempt_override *pending; /* oldest first */
	struct siphash_key key;
	struct attempt *attempts; /* a ring; NULL while empty */
	struct attempt **bucket;
	unsigned at;    /* next place in the ring */
	unsigned known; /* number of attempts in the ring */
};

/* Frees all attempts and overrides; *all is then empty. */
void attempts_free(struct attempts *all);

/* Replaces the pending overrides by `list`, of at most ATTEMPT_OVERRIDES_MAX. Copies the list and
 * adds references to its rules and quotas: the cost does not depend on the number of endpoints. */
void attempts_use(struct attempts *all, const struct attempt_override *list, unsigned count);

/* Returns the rules for a segment to an endpoint without a connection. A SYN that begins an attempt
 * may use an override, or choose an alternative (behaviour/choose.h). The endpoint or the attempt
 * owns the rules; they are valid until the next call. Returns NULL, and begins no attempt, if there
 * is no memory. */
struct ruleset *attempts_choose(struct attempts *all, const struct flow_key *key,
				const struct segment *seg, const struct endpoint *e,
				struct rule_context *ctx);

/* Returns the rules that attempts_choose() returned for the attempt; uses no override. The endpoint
 * or the attempt owns the rules. */
struct ruleset *attempts_chosen(const struct attempts *all, const struct flow_key *key,
				const struct endpoint *e);

#endif
