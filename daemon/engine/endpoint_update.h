/* SPDX-License-Identifier: MIT */
/*
 * endpoint_update: the replacement of the endpoints of responders, prepared outside their threads.
 *
 * The work that grows with the number of endpoints is done here. The responders, which meanwhile
 * process segments, only exchange the index and forget the counts of the endpoints that changed.
 */
#ifndef SYNACKD_ENGINE_ENDPOINT_UPDATE_H
#define SYNACKD_ENGINE_ENDPOINT_UPDATE_H

#include "base/clock.h"
#include "engine/endpoint_index.h"

struct endpoint_update {
	struct endpoint_index *endpoints; /* counted reference */
	uint32_t numbers;                 /* above the number of each endpoint */
	unsigned
		changed; /* number of endpoints whose rules are new, or that have a former number */
	uint32_t *number; /* their numbers */
};

/* Prepares the replacement of `before`, which may be NULL, by `e`; takes over the reference to `e`.
 * Names its rulesets, and marks them as in use since `now`. The endpoints must still have their
 * numbers. */
void endpoint_update_begin(struct endpoint_update *u, const struct endpoint_index *before,
			   struct endpoint_index *e, nstime now);
/* Frees the contents, when each responder has the endpoints. */
void endpoint_update_end(struct endpoint_update *u);

#endif
