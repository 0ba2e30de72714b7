/* SPDX-License-Identifier: MIT */
/* The sender of a connection: how large its segments are, and how many may be on their way by RFC
 * 5681 and RFC 6582. */
#ifndef SYNACKD_TCP_SENDER_H
#define SYNACKD_TCP_SENDER_H

#include "tcp/conn.h"

#define TIMESTAMPS_OCTETS 12 /* the option, aligned: RFC 7323 Appendix A */

/* Sets Eff.snd.MSS, RFC 9293 3.7.1: the MSS that the client sent (0: it sent none), or the link's
 * if that is less, without the octets that settings->option_room keeps for options; at least 1. And
 * the initial congestion window that follows from it. */
void tcp_set_mss(struct tcp_conn *c, uint16_t peer_mss);

/* The most octets of text that a segment with our usual options carries; at least 1. */
static inline uint16_t tcp_effective_mss(const struct tcp_conn *c)
{
	uint16_t options = c->ts_ok ? TIMESTAMPS_OCTETS : 0, own = c->settings->segment_max;
	/* A client that takes next to nothing gets one octet at a time. */
	uint16_t mss = c->snd_mss > options ? (uint16_t)(c->snd_mss - options) : 1;

	return own && own < mss ? own : mss;
}

/* The longest packet, in octets, that goes to the client; TCP options are within it. */
uint32_t tcp_mtu(const struct tcp_conn *c);
/* The path to the client carries packets of at most `mtu` octets. If that is less than before, all
 * that is on its way goes again in smaller segments, one at once and the others by slow start (RFC
 * 1191 6.4, RFC 8201 5.4). */
void tcp_lower_mtu(struct tcp_conn *c, uint32_t mtu, nstime now);

/* The initial congestion window in octets: RFC 6928. */
uint32_t tcp_initial_cwnd(const struct tcp_conn *c);
/* Send again from the oldest octet on, as the windows allow: nothing on its way is timed any more
 * (Karn), nor is fast recovery what fills the gaps. */
void tcp_go_back(struct tcp_conn *c);
/* RFC 5681 (4): ssthresh after a loss, in octets. What duplicates let go is not counted, 3.2 (2).
 */
uint32_t tcp_half_flight(const struct tcp_conn *c);
/* RFC 3168 6.1.2: whatever the reason, the client is told (CWR), and ECE says nothing new until
 * the octets that are on their way now are acknowledged. */
void tcp_window_reduced(struct tcp_conn *c);

/* The sequence number of the first octet in sendq. */
static inline uint32_t tcp_send_base(const struct tcp_conn *c)
{
	return c->snd_una + !c->syn_acked;
}

#endif
