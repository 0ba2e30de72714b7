/* SPDX-License-Identifier: MIT */
/* The ICMP message Parameter Problem, by which a virtual address tells why it discarded a packet:
 * RFC 1122 3.2.2.5, RFC 4443 3.4. Private to engine/. */
#ifndef SYNACKD_ENGINE_PARAMETER_PROBLEM_H
#define SYNACKD_ENGINE_PARAMETER_PROBLEM_H

#include "link/frame.h"
#include "wire/ip_rules.h"
#include "wire/segment.h"

struct responder;

/* Does synackd, and no kernel, answer for the address that the packet is for? Of the segment, only
 * src and dst need to be set. */
bool parameter_problem_is_ours(const struct responder *r, const struct frame *frame,
			       const struct segment *seg);

/* Tell the source of a packet, of which src and dst are set, the problem: if it is a client, within
 * RFC 4443 2.4 (f) and the client's bound (engine/amplification.h). What is not sent is counted. */
void parameter_problem_send(struct responder *r, const struct frame *frame,
			    const struct segment *seg, const struct ip_problem *problem);

#endif
