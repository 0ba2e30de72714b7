/* SPDX-License-Identifier: MIT */
/* icmp_input: processes ICMP errors about our segments: RFC 9293 3.9.2.2, RFC 5927, path MTU. */
#ifndef SYNACKD_TCP_ICMP_INPUT_H
#define SYNACKD_TCP_ICMP_INPUT_H

#include "tcp/conn.h"

/* `about` is our segment that the error quotes. */
void tcp_icmp(struct tcp_conn *c, const struct icmp *m, const struct segment *about, nstime now,
	      struct plan *plan);

/* Returns true if an error about the SYN-ACK of a half-open connection ends the connection
 * attempt. */
bool tcp_half_icmp(const struct tcp_half *h, const struct icmp *m, const struct segment *about);

#endif
