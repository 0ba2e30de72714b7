/* SPDX-License-Identifier: MIT */
/* ack_input: the sender's part of the fifth check of RFC 9293 3.10.7.4, the ACK field: send queue,
 * window, round-trip time and congestion control. */
#ifndef SYNACKD_TCP_ACK_INPUT_H
#define SYNACKD_TCP_ACK_INPUT_H

#include "tcp/conn.h"

/* Processes an ACK in (SND.UNA, SND.MAX], or one that equals SND.UNA: removes octets from the
 * queue, updates the window, and retransmits lost octets. `o` are the options of the segment. */
void tcp_acked(struct tcp_conn *c, const struct segment *seg, const struct options *o, nstime now,
	       struct plan *plan);

/* Returns true if the client has acknowledged our FIN. */
bool tcp_fin_acked(const struct tcp_conn *c);

/* Returns SEG.WND in octets. The window of a SYN is never scaled (RFC 7323 2.2). */
static inline uint32_t tcp_window_of(const struct tcp_conn *c, const struct segment *seg)
{
	return (uint32_t)seg->window << (seg->flags & TCP_SYN ? 0 : c->snd_wscale);
}

#endif
