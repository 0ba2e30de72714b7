/* SPDX-License-Identifier: MIT */
/* The last stage: encodes a plan, sends what is due now and keeps what is due later. */
#ifndef SYNACKD_ENGINE_EMIT_H
#define SYNACKD_ENGINE_EMIT_H

#include "engine/record.h"
#include "tcp/plan.h"

struct responder;

/* Send, or put off, every item of the plan. */
void emit_plan(struct responder *r, const struct origin *from, const struct plan *plan);

/* A segment that was put off, with all that is needed to send it or to see that it is outdated. */
struct delayed;

/* Its time has come: it is sent, unless it is outdated. It stays the caller's. */
void emit_due(struct responder *r, struct delayed *d);

#endif
