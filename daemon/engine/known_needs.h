/* SPDX-License-Identifier: MIT */
/*
 * known_needs: results of amplification_need(), for rulesets that other endpoints have, too.
 *
 * Endpoints with the same behaviour have rulesets of their own. A measurement takes 0.2 ms, so
 * 60,000 endpoints must not each have their own measurement.
 */
#ifndef SYNACKD_ENGINE_KNOWN_NEEDS_H
#define SYNACKD_ENGINE_KNOWN_NEEDS_H

#include "behaviour/rule.h"

#define KNOWN_NEEDS_MAX 1024 /* results; a further one may replace another */

/* A zeroed struct has no results. */
struct known_needs {
	struct ruleset *like[KNOWN_NEEDS_MAX]; /* counted references, by hash; or NULL */
};

/* Returns amplification_need(rules, v4), and stores it in rules->need, where the next call finds
 * it. A ruleset must always have the same address family. */
uint32_t known_needs_find(struct known_needs *all, struct ruleset *rules, bool v4);
/* Forgets the results: the same text may now have another meaning. Drops the references. all: or
 * NULL, of a daemon that could not start. */
void known_needs_clear(struct known_needs *all);

#endif
