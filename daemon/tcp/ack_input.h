/* SPDX-License-Identifier: MIT */
/* The fifth check of RFC 9293 3.10.7.4, the ACK field, as far as the sender is concerned: the
 * queue, the window, the round trip and congestion control. */
#ifndef SYNACKD_TCP_ACK_INPUT_H
#define SYNACKD_TCP_ACK_INPUT_H

#include "tcp/conn.h"

/* An ACK in (SND.UNA, SND.MAX], or one that repeats SND.UNA: takes octets off the queue, updates
 * the window, and sends again what a loss asks for. `o` is the segment's options. */
void tcp_acked(struct tcp_conn *c, const struct segment *seg, const struct options *o, nstime now,
	       struct plan *plan);

/* Is our FIN acknowledged? */
bool tcp_fin_acked(const struct tcp_conn *c);

/* SEG.WND in octets: in a SYN it is never scaled (RFC 7323 2.2). */
static inline uint32_t tcp_window_of(const struct tcp_conn *c, const struct segment *seg)
{
	return (uint32_t)seg->window << (seg->flags & TCP_SYN ? 0 : c->snd_wscale);
}

#endif
