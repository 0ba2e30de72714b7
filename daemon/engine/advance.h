/* SPDX-License-Identifier: MIT */
/* advance: moves the clock of a responder, and does the work that is due. */
#ifndef SYNACKD_ENGINE_ADVANCE_H
#define SYNACKD_ENGINE_ADVANCE_H

#include "base/clock.h"
#include "tcp/flow.h"

struct responder;

/* Moves the clock to `now`. Work that is due by then is done first, in order, each at its own
 * time. */
void responder_advance(struct responder *r, nstime now);
/* As responder_advance(), but expires at most *work timers, and subtracts their number from *work.
 * Returns false if due work remains; the clock is then at the time of the last work done. */
bool responder_advance_some(struct responder *r, nstime now, unsigned *work);
/* Returns the time at which work is due next; NS_NEVER if there is none. */
nstime responder_next(struct responder *r);

/* Gives the service of a connection a turn, at the time of the clock, because the data that it
 * waits for has arrived. Does nothing if the connection has ended or was replaced. */
void responder_wake(struct responder *r, const struct flow_key *key, uint64_t id);

#endif
