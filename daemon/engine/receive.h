/* SPDX-License-Identifier: MIT */
/* receive: processes a frame: checks its addresses, reassembles fragments, and passes on segments
 * and ICMP errors. */
#ifndef SYNACKD_ENGINE_RECEIVE_H
#define SYNACKD_ENGINE_RECEIVE_H

#include "link/link.h"

struct responder;

/* Processes a frame that arrived on this link of the responder. The answers are sent before it
 * returns, or deferred. Moves the clock to received->when, but never back, and first does the work
 * that is due by then. Does not keep the octets of the frame. */
void responder_frame(struct responder *r, struct link *l, const struct frame *received);

#endif
