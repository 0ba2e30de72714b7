/* SPDX-License-Identifier: MIT */
/* output: the segments that a connection sends: ACKs, octets, FIN, probes. */
#ifndef SYNACKD_TCP_OUTPUT_H
#define SYNACKD_TCP_OUTPUT_H

#include "tcp/conn.h"

/* Returns RCV.WND as the window field of a segment that is not a SYN. */
uint16_t tcp_window_field(const struct tcp_conn *c);
/* Returns true if the free space of the buffer exceeds the advertised window by enough to advertise
 * it: RFC 9293 3.8.6.2.2. */
bool tcp_window_grows(const struct tcp_conn *c);

/* Each of these appends one segment to the plan, except as noted. */
void tcp_out_ack(struct tcp_conn *c, nstime now, struct plan *plan);
/* Appends an ACK, but at most ten in a second of a connection (RFC 5961 7). */
void tcp_out_challenge(struct tcp_conn *c, nstime now, struct plan *plan);
/* Returns the time from which on no earlier ACK counts towards that limit. */
nstime tcp_challenges_end(const struct tcp_conn *c);
void tcp_out_reset(struct tcp_conn *c, nstime now, struct plan *plan);
/* Sends a SYN in SYN-SENT, otherwise a SYN-ACK. */
void tcp_out_syn(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_probe(struct tcp_conn *c, nstime now, struct plan *plan); /* probe of a zero window */
void tcp_out_keepalive(struct tcp_conn *c, nstime now, struct plan *plan);
/* Retransmits from SND.UNA on, regardless of the congestion window. */
void tcp_out_again(struct tcp_conn *c, nstime now, struct plan *plan);
/* Sends the octets that the window allows, even if they are few: RFC 9293 3.8.6.2.1 (4). */
void tcp_out_override(struct tcp_conn *c, nstime now, struct plan *plan);

/* Appends all segments that window and queue allow, then an ACK if one is still owed. */
void tcp_output(struct tcp_conn *c, nstime now, struct plan *plan);

#endif
