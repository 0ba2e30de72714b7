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

/* A pending override for attempts of these clients, while its quota lasts. */
struct attempt_override {
	struct prefix client;
	struct quota *quota; /* reference-counted */
	unsigned count;
	struct attempt_override_rules *at; /* one entry per endpoint */
};

struct attempt_override_rules {
	uint32_t endpoint;     /* number of the endpoint */
	struct ruleset *rules; /* reference-counted */
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
 * adds references to its rules and quotas. */
void attempts_use(struct attempts *all, const struct attempt_override *list, unsigned count);

/* Returns the rules for a segment to an endpoint without a connection. A SYN that begins an attempt
 * may use an override, or choose an alternative (behaviour/choose.h). The endpoint or the attempt
 * owns the rules; they are valid until the next call. */
struct ruleset *attempts_choose(struct attempts *all, const struct flow_key *key,
				const struct segment *seg, const struct endpoint *e,
				struct rule_context *ctx);

/* Returns the rules that attempts_choose() returned for the attempt; uses no override. The endpoint
 * or the attempt owns the rules. */
struct ruleset *attempts_chosen(const struct attempts *all, const struct flow_key *key,
				const struct endpoint *e);

#endif
