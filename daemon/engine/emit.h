/* SPDX-License-Identifier: MIT */
/* emit: the last stage: encodes a plan, sends the segments that are due, and defers the others,
 * within the limits of engine/amplification.h and engine/loops.h. Private to engine/. */
#ifndef SYNACKD_ENGINE_EMIT_H
#define SYNACKD_ENGINE_EMIT_H

#include "engine/allowed.h"
#include "engine/record.h"
#include "tcp/plan.h"

/*
 * Sends or defers every item of r->plan. Items that are not sent are counted and traced. `rules`
 * own octets of the plan; NULL if there are none.
 *
 * Rules can make plans of PLAN_ADDED_MAX segments, whose sending takes 10 ms. So the items of a
 * plan with more than EMIT_AT_ONCE are deferred together, and r->plan is then without items. They
 * are sent EMIT_STEP at a time, before all other work that is due, in the same order and as of the
 * same time. Without memory for this, they are sent at once.
 */
#define EMIT_AT_ONCE 64
#define EMIT_STEP    4
void emit_plan(struct responder *r, const struct origin *from, struct ruleset *rules);

struct deferred;
struct due;

/* Sends a deferred segment of kind DEFERRED_DELAYED that is due, unless it is outdated. The caller
 * frees it. */
void emit_due(struct responder *r, struct deferred *deferred);

/* Sends or defers the next items of a plan, of kind DEFERRED_REST. Defers them again, or frees the
 * struct. */
void emit_rest(struct responder *r, struct deferred *deferred);

/* Fills *out, except its time, for a deferred segment of kind DEFERRED_DELAYED. */
void emit_describe(const struct deferred *deferred, struct due *out);

/* Credits a frame, possibly a SYN, to the account of a client that has not proved its address. `by`
 * is its entry of the allow-list. */
void emit_earn(struct responder *r, const struct allowed *by, const struct addr *client,
	       const struct frame *frame, bool syn);

#endif
