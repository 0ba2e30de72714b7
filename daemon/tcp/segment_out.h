/* SPDX-License-Identifier: MIT */
/* What every segment of ours has in common; private to tcp/. */
#ifndef SYNACKD_TCP_SEGMENT_OUT_H
#define SYNACKD_TCP_SEGMENT_OUT_H

#include "tcp/flow.h"
#include "tcp/plan.h"
#include "tcp/settings.h"

/* A segment from us to the client at the end of the plan: addresses, ports and IP fields are set,
 * the rest is zero. */
struct segment *segment_out(struct plan *plan, const struct flow_key *key,
			    const struct tcp_settings *s);

/* RFC 9293 3.10.7.1: the RST for a segment that has no place here, taking SEQ from its ACK, or
 * else acknowledging it. None to an RST. */
void reset_out(struct plan *plan, const struct segment *seg);

/* The timestamps option on a segment that is not a SYN, aligned as RFC 7323 Appendix A has it. */
void timestamps_out(struct segment *out, uint32_t val, uint32_t ecr);

/* Our shift when `window` octets are to be offered. */
uint8_t wscale_for(const struct tcp_settings *s);

/* 536 or 1220, RFC 9293 MUST-15. */
uint16_t mss_default(const struct addr *a);

/* How many octets of the client's make a full segment: what our option told it, or the default. */
uint16_t mss_told(const struct tcp_settings *s, const struct addr *client, uint16_t link_mss);

#endif
