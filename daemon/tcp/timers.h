/* SPDX-License-Identifier: MIT */
/* timers: processes the expired timers of a connection: RFC 6298, RFC 9293 3.8. */
#ifndef SYNACKD_TCP_TIMERS_H
#define SYNACKD_TCP_TIMERS_H

#include "tcp/conn.h"

/* Processes each timer that has expired. */
void tcp_timers(struct tcp_conn *c, nstime now, struct plan *plan);

/* Retransmits our SYN in answer to the client's SYN. The round trip is no longer timed (RFC 6298
 * 3). The timer restarts: otherwise a client's SYN just before it expires would draw two SYNs. */
void tcp_syn_again(struct tcp_conn *c, nstime now, struct plan *plan);

#endif
