/* SPDX-License-Identifier: MIT */
/* The last stage: encodes a plan, sends what is due now and keeps what is due later, within the
 * bounds of engine/amplification.h and engine/loops.h. Private to engine/. */
#ifndef SYNACKD_ENGINE_EMIT_H
#define SYNACKD_ENGINE_EMIT_H

#include "engine/allowed.h"
#include "engine/record.h"
#include "tcp/plan.h"

/* Send, or put off, every item of the plan. What is not sent is counted, and the trace has it. */
void emit_plan(struct responder *r, const struct origin *from, const struct plan *plan);

struct deferred;
struct due;

/* Send a segment that was put off, of kind DEFERRED_DELAYED, as its time has come; unless it is
 * outdated. It stays the caller's. */
void emit_due(struct responder *r, struct deferred *deferred);

/* Fill in what is due of a segment that was put off, of kind DEFERRED_DELAYED; but for its time. */
void emit_describe(const struct deferred *deferred, struct due *out);

/* A frame came from a client that has not proved its address, and that the entry `by` allows: what
 * it sent, perhaps a SYN, bounds what it is sent. */
void emit_earn(struct responder *r, const struct allowed *by, const struct addr *client,
	       const struct frame *frame, bool syn);

#endif
