/* SPDX-License-Identifier: MIT */
/* ICMP errors about segments that we sent: RFC 9293 3.9.2.2, RFC 5927, and the path MTU. */
#ifndef SYNACKD_TCP_ICMP_INPUT_H
#define SYNACKD_TCP_ICMP_INPUT_H

#include "tcp/conn.h"

/* `about` is the segment of ours that the error quotes. */
void tcp_icmp(struct tcp_conn *c, const struct icmp *m, const struct segment *about, nstime now,
	      struct plan *plan);

/* An error about the SYN-ACK of a half-open connection: does it end the attempt? */
bool tcp_half_icmp(const struct tcp_half *h, const struct icmp *m, const struct segment *about);

#endif
