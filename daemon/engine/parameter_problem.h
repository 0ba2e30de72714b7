/* SPDX-License-Identifier: MIT */
/* parameter_problem: sends the ICMP message Parameter Problem, by which a virtual address reports
 * why it discarded a packet: RFC 1122 3.2.2.5, RFC 4443 3.4. Private to engine/. */
#ifndef SYNACKD_ENGINE_PARAMETER_PROBLEM_H
#define SYNACKD_ENGINE_PARAMETER_PROBLEM_H

#include "link/frame.h"
#include "wire/ip_rules.h"
#include "wire/segment.h"

struct responder;

/* Returns true if synackd answers for the destination address of the packet, and no kernel does.
 * Uses only src and dst of the segment. */
bool parameter_problem_is_ours(const struct responder *r, const struct frame *frame,
			       const struct segment *seg);

/* Sends the problem to the source of a packet, if it is a client, within the limit of RFC 4443 2.4
 * (f) and the client's limit (engine/amplification.h). Uses only src and dst of `seg`. Messages
 * that are not sent are counted. */
void parameter_problem_send(struct responder *r, const struct frame *frame,
			    const struct segment *seg, const struct ip_problem *problem);

#endif
