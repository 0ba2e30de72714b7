/* SPDX-License-Identifier: MIT */
/* Finds the connection of a segment, or the endpoint that it is for, and applies the receive rules.
 * Private to engine/. */
#ifndef SYNACKD_ENGINE_DISPATCH_H
#define SYNACKD_ENGINE_DISPATCH_H

#include "engine/turn.h"
#include "link/frame.h"

/* A segment as it came in, whose addresses were admitted, and the frame that it was decoded from.
 * Rules may change the segment. */
void dispatch_segment(struct responder *r, struct segment *seg, const struct frame *frame);

/* The machine, or LISTEN, gets a segment that the receive rules let pass, now or after it was held.
 */
void dispatch_arrive(struct responder *r, const struct segment *seg, struct turn *t);

#endif
