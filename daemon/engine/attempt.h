/* SPDX-License-Identifier: MIT */
/*
 * What attempts of a client meet instead of what the endpoint does for all: what an operator said
 * of the next ones, or what the endpoint chooses among. An attempt is a four-tuple and an ISN: its
 * SYN again, and whatever else comes of it without a connection, meets the same rules, and uses up
 * nothing more. Bounded: of attempts the oldest are forgotten.
 */
#ifndef SYNACKD_ENGINE_ATTEMPT_H
#define SYNACKD_ENGINE_ATTEMPT_H

#include "base/random.h"
#include "behaviour/choose.h"
#include "engine/endpoint_index.h"
#include "tcp/flow.h"
#include "wire/segment.h"

#define ATTEMPT_OVERRIDES_MAX 64   /* pending ones */
#define ATTEMPTS_MAX          4096 /* that are remembered */

/* For how many attempts one is still; counted. All workers draw on the same one, so that of a
 * network's clients, whose workers are different ones, no more are served than were asked for. */
struct quota;

/* For so many attempts, with one reference. Aborts without memory. */
struct quota *quota_new(uint32_t attempts);
void quota_put(struct quota *q);            /* the last reference frees it */
uint32_t quota_left(const struct quota *q); /* attempts that may still use it */

/* One that is pending: for attempts of these clients, as long as some are left. */
struct attempt_override {
	struct prefix client;
	struct quota *quota; /* counted */
	unsigned count;
	struct attempt_override_rules *at; /* each endpoint that it is for */
};

struct attempt_override_rules {
	uint32_t endpoint;     /* its number */
	struct ruleset *rules; /* counted */
};

struct attempt;

/* A zeroed one is empty. */
struct attempts {
	unsigned count;
	struct attempt_override *pending; /* the oldest first */
	struct siphash_key key;
	struct attempt *attempts; /* a ring; NULL until there is one */
	struct attempt **bucket;
	unsigned at;    /* where in the ring the next one goes */
	unsigned known; /* how many are in it */
};

/* Free all attempts and overrides; *all is empty then. */
void attempts_free(struct attempts *all);

/* These are pending now, at most ATTEMPT_OVERRIDES_MAX, and no others. What they point to is copied
 * or counted. */
void attempts_use(struct attempts *all, const struct attempt_override *list, unsigned count);

/* The rules for a segment that has no connection, to an endpoint: a SYN that begins an attempt may
 * use up an override, and where rulesets are several (behaviour/choose.h), it chooses. They stay
 * counted by the endpoint, or by the attempt: until the next call. */
struct ruleset *attempts_choose(struct attempts *all, const struct flow_key *key,
				const struct segment *seg, const struct endpoint *e,
				struct rule_context *ctx);

/* The rules that a segment of the attempt met before: this uses up none. Counted likewise. */
struct ruleset *attempts_chosen(const struct attempts *all, const struct flow_key *key,
				const struct endpoint *e);

#endif
