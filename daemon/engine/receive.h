/* SPDX-License-Identifier: MIT */
/* A frame comes in: the check of its addresses, then it is a segment, perhaps when its last
 * fragment is there, a spoilt segment, or an ICMP error. */
#ifndef SYNACKD_ENGINE_RECEIVE_H
#define SYNACKD_ENGINE_RECEIVE_H

#include "link/link.h"

struct responder;

/* The whole way of one frame, which came by this link of the responder: what is answered to it is
 * sent before this returns, or deferred. The clock moves to received->when, but never back; what is
 * due by then happens first. The octets of the frame are not used any more afterwards. */
void responder_frame(struct responder *r, struct link *l, const struct frame *received);

#endif
