/* SPDX-License-Identifier: MIT */
/* dispatch: finds the connection or endpoint of a segment, and applies the receive rules. Private
 * to engine/. */
#ifndef SYNACKD_ENGINE_DISPATCH_H
#define SYNACKD_ENGINE_DISPATCH_H

#include "engine/turn.h"
#include "link/frame.h"

/* Processes a segment whose addresses were accepted, and its frame. Rules may change the
 * segment. */
void dispatch_segment(struct responder *r, struct segment *seg, const struct frame *frame);

/* Passes a segment to the TCP, or to LISTEN, after the receive rules, now or after a hold. */
void dispatch_arrive(struct responder *r, const struct segment *seg, struct turn *t);

#endif
