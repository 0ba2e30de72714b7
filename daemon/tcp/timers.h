/* SPDX-License-Identifier: MIT */
/* Time passes for a connection: RFC 6298, RFC 9293 3.8. */
#ifndef SYNACKD_TCP_TIMERS_H
#define SYNACKD_TCP_TIMERS_H

#include "tcp/conn.h"

/* Each timer that is due has its turn. */
void tcp_timers(struct tcp_conn *c, nstime now, struct plan *plan);

/* Our SYN once more, since the client's came: nothing is timed by it (RFC 6298 3), and the timer
 * begins anew, so that a SYN just before it is due does not draw two. */
void tcp_syn_again(struct tcp_conn *c, nstime now, struct plan *plan);

#endif
