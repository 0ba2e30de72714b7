/* SPDX-License-Identifier: MIT */
/* The segments of a connection: ACKs, octets, FIN, probes. */
#ifndef SYNACKD_TCP_OUTPUT_H
#define SYNACKD_TCP_OUTPUT_H

#include "tcp/conn.h"

/* RCV.WND as the window field of a segment that is not a SYN carries it. */
uint16_t tcp_window_field(const struct tcp_conn *c);

/* One segment each, at the end of the plan. */
void tcp_out_ack(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_challenge(struct tcp_conn *c, nstime now, struct plan *plan); /* RFC 5961 7 */
void tcp_out_reset(struct tcp_conn *c, nstime now, struct plan *plan);
void tcp_out_syn(struct tcp_conn *c, nstime now, struct plan *plan);   /* with ACK by state */
void tcp_out_probe(struct tcp_conn *c, nstime now, struct plan *plan); /* of a closed window */
void tcp_out_keepalive(struct tcp_conn *c, nstime now, struct plan *plan);
/* From SND.UNA on, whatever the congestion window says. */
void tcp_out_again(struct tcp_conn *c, nstime now, struct plan *plan);
/* What the window lets through, though it is silly: RFC 9293 3.8.6.2.1 (4). */
void tcp_out_override(struct tcp_conn *c, nstime now, struct plan *plan);

/* All segments that window and queue allow, then the ACK if it is still owed. */
void tcp_output(struct tcp_conn *c, nstime now, struct plan *plan);

#endif
