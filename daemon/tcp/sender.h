/* SPDX-License-Identifier: MIT */
/* sender: the segment size of a connection, and its congestion window (RFC 5681, RFC 6582). */
#ifndef SYNACKD_TCP_SENDER_H
#define SYNACKD_TCP_SENDER_H

#include "tcp/conn.h"

#define TIMESTAMPS_OCTETS 12 /* the option with two NOPs: RFC 7323 Appendix A */

/* Sets Eff.snd.MSS (RFC 9293 3.7.1) and the initial congestion window. `peer_mss` is the MSS that
 * the client sent; 0: none, so the default applies. Eff.snd.MSS is at most the MSS of the link,
 * less settings->option_room; at least 1. */
void tcp_set_mss(struct tcp_conn *c, uint16_t peer_mss);

/* Returns the maximum payload of a segment with our usual options, in octets; at least 1. */
static inline uint16_t tcp_effective_mss(const struct tcp_conn *c)
{
	uint16_t options = c->ts_ok ? TIMESTAMPS_OCTETS : 0, own = c->settings->segment_max;
	/* A client with a tiny MSS receives one octet at a time. */
	uint16_t mss = c->snd_mss > options ? (uint16_t)(c->snd_mss - options) : 1;

	return own && own < mss ? own : mss;
}

/* Returns the maximum length of an IP packet to the client, in octets, TCP options included. */
uint32_t tcp_mtu(const struct tcp_conn *c);
/* Lowers the path MTU to `mtu` octets; does nothing if it is not lower. All outstanding octets are
 * then retransmitted in smaller segments: one at once, the others in slow start (RFC 1191 6.4, RFC
 * 8201 5.4). */
void tcp_lower_mtu(struct tcp_conn *c, uint32_t mtu, nstime now);

/* Returns the initial congestion window in octets (RFC 6928). */
uint32_t tcp_initial_cwnd(const struct tcp_conn *c);
/* Sets SND.NXT back to the oldest unacknowledged octet. Stops timing the round trip (Karn) and ends
 * fast recovery. */
void tcp_go_back(struct tcp_conn *c);
/* Returns ssthresh after a loss, in octets (RFC 5681 equation 4). Excludes segments that duplicate
 * ACKs allowed (3.2 step 2). */
uint32_t tcp_half_flight(const struct tcp_conn *c);
/* Notes that the congestion window was reduced: the next new octets carry CWR, and ECE is ignored
 * until the octets now outstanding are acknowledged (RFC 3168 6.1.2). */
void tcp_window_reduced(struct tcp_conn *c);

/* Returns the sequence number of the first octet in sendq. */
static inline uint32_t tcp_send_base(const struct tcp_conn *c)
{
	return c->snd_una + !c->syn_acked;
}

#endif
