/* SPDX-License-Identifier: MIT */
/* segment_out: builds the parts that all our segments share. Private to tcp/. */
#ifndef SYNACKD_TCP_SEGMENT_OUT_H
#define SYNACKD_TCP_SEGMENT_OUT_H

#include "tcp/flow.h"
#include "tcp/plan.h"
#include "tcp/settings.h"

/* Appends a segment for the client to the plan. Addresses, ports and IP fields are set; all other
 * fields are zero. */
struct segment *segment_out(struct plan *plan, const struct flow *f, const struct tcp_settings *s);

/* Appends the RST for a segment that belongs to no connection: its SEQ is the ACK of the segment,
 * or else it acknowledges the segment (RFC 9293 3.10.7.1). Appends nothing if the segment is an
 * RST. */
void reset_out(struct plan *plan, const struct segment *seg);

/* Appends a timestamps option to a segment that is not a SYN, aligned as in RFC 7323 Appendix A. */
void timestamps_out(struct segment *out, uint32_t val, uint32_t ecr);

/* Returns the window shift that we offer for settings->window. */
uint8_t wscale_for(const struct tcp_settings *s);

/* Returns the default MSS of the address family: 536 or 1220 (RFC 9293 MUST-15). */
uint16_t mss_default(bool v4);

/* Returns the MSS that we advertise to the client, or the default if our SYN has no MSS option.
 * `link_mss` is the MSS that the link allows. */
uint16_t mss_told(const struct tcp_settings *s, bool v4, uint16_t link_mss);

#endif
