/* SPDX-License-Identifier: MIT */
/* The clock of a responder moves on, and what is due happens. */
#ifndef SYNACKD_ENGINE_ADVANCE_H
#define SYNACKD_ENGINE_ADVANCE_H

#include "base/clock.h"
#include "tcp/flow.h"

struct responder;

/* Move the clock: everything that is due by `now` happens at its own exact time. */
void responder_advance(struct responder *r, nstime now);
/* When something is due next. Returns NS_NEVER if nothing is. */
nstime responder_next(struct responder *r);

/* What the service of a connection waits for has come: it gets a turn, at the time of the clock.
 * Nothing happens when the connection is not there any more, or in its place is another. */
void responder_wake(struct responder *r, const struct flow_key *key, uint64_t id);

#endif
