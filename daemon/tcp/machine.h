/* SPDX-License-Identifier: MIT */
/* The parts of the step, private to tcp/: conn.c dispatches, input.c is 3.10.7, ack_input.c its
 * fifth check, text_input.c its seventh and eighth, output.c makes segments, timers.c lets time
 * pass. */
#ifndef SYNACKD_TCP_MACHINE_H
#define SYNACKD_TCP_MACHINE_H

#include "tcp/conn.h"

/* The only setter of a state; does what entering it means. */
void tcp_set_state(struct tcp_conn *c, enum tcp_state to, nstime now, struct plan *plan);

/* Eff.snd.MSS: what the client takes, and the link carries, less what our options are to leave. A
 * client that says less than a header's worth is believed no further than RFC 9293's floor allows
 * data at all; 0: it did not say. And the first window that follows from it. */
void tcp_set_mss(struct tcp_conn *c, uint16_t peer_mss);

/* input.c */
void tcp_input(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan);
/* text_input.c */
void tcp_input_fast_open(struct tcp_conn *c, const struct segment *syn, nstime now,
			 struct plan *plan);

/* ack_input.c: what an ACK in (SND.UNA, SND.MAX] does, and one that repeats SND.UNA. */
void tcp_acked(struct tcp_conn *c, const struct segment *seg, const struct options *o, nstime now,
	       struct plan *plan);
void tcp_window_update(struct tcp_conn *c, const struct segment *seg);
/* Send again from the oldest octet on, as the windows allow: nothing on its way is timed any more
 * (Karn), nor is fast recovery what fills the gaps. */
void tcp_go_back(struct tcp_conn *c);
void tcp_rtt_measured(struct tcp_conn *c, nstime rtt); /* RFC 6298 2 */
uint32_t tcp_half_flight(const struct tcp_conn *c);
/* RFC 3168 6.1.2: whatever the reason, the client is told (CWR), and ECE says nothing new until
 * what is on its way now is acknowledged. */
void tcp_window_reduced(struct tcp_conn *c);
bool tcp_fin_acked(const struct tcp_conn *c);
uint32_t tcp_initial_cwnd(const struct tcp_conn *c); /* RFC 6928 */

/* output.c */
void tcp_out_ack(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_challenge(struct tcp_conn *c, nstime now, struct plan *plan); /* RFC 5961 7 */
void tcp_out_reset(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_syn(struct tcp_conn *c, nstime now, struct plan *plan); /* with ACK by state */
/* All that window and queue allow, then the ACK if it is still owed. */
void tcp_output(struct tcp_conn *c, nstime now, struct plan *plan);
/* One segment from SND.UNA on, whatever the window says. */
void tcp_out_again(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_probe(struct tcp_conn *c, nstime now, struct plan *plan);
/* What the window lets through, though it is silly: RFC 9293 3.8.6.2.1 (4). */
void tcp_out_override(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_keepalive(struct tcp_conn *c, nstime now, struct plan *plan);
uint32_t tcp_receive_window(const struct tcp_conn *c); /* what may be advertised now */
uint16_t tcp_effective_mss(const struct tcp_conn *c);

/* icmp_input.c: an error about a segment of ours, RFC 9293 3.9.2.2. */
void tcp_icmp(struct tcp_conn *c, const struct icmp *m, const struct segment *about, nstime now,
	      struct plan *plan);

/* timers.c */
void tcp_timers(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_retransmit_restart(struct tcp_conn *c, nstime now);
/* Our SYN once more, since the client's came: nothing is timed by it (RFC 6298 3), and the timer
 * begins anew, so that a SYN just before it is due does not draw two. */
void tcp_syn_again(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_linger(struct tcp_conn *c, nstime now); /* FIN-WAIT-2 waits from now on */

/* SEG.WND in octets: in a SYN it is never scaled (RFC 7323 2.2). */
static inline uint32_t tcp_window_of(const struct tcp_conn *c, const struct segment *seg)
{
	return (uint32_t)seg->window << (seg->flags & TCP_SYN ? 0 : c->snd_wscale);
}

/* The sequence number of the first octet in sendq. */
static inline uint32_t tcp_send_base(const struct tcp_conn *c)
{
	return c->snd_una + !c->syn_acked;
}

#endif
