/* SPDX-License-Identifier: MIT */
/* A segment finds its connection, or the endpoint that it is for, and meets the first door: the
 * rules `on = "receive ..."`. Private to engine/. */
#ifndef SYNACKD_ENGINE_DISPATCH_H
#define SYNACKD_ENGINE_DISPATCH_H

#include "engine/turn.h"
#include "link/frame.h"

/* A segment as it came in, whose addresses were admitted, and the frame that it was decoded from.
 * Rules may change the segment. */
void dispatch_segment(struct responder *r, struct segment *seg, const struct frame *frame);

/* The machine, or LISTEN, gets a segment that passed the first door, now or after it was held. */
void dispatch_arrive(struct responder *r, const struct segment *seg, struct turn *t);

#endif
