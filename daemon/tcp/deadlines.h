/* SPDX-License-Identifier: MIT */
/* deadlines: the times at which the timers of a connection expire. */
#ifndef SYNACKD_TCP_DEADLINES_H
#define SYNACKD_TCP_DEADLINES_H

#include "tcp/conn.h"

/* Returns the earliest deadline; NS_NEVER if no timer runs. */
nstime tcp_deadline(const struct tcp_conn *c);

/* Returns the retransmission timeout after `c->backoff` doublings; at most settings->rto_max (RFC
 * 6298 5.5). */
nstime tcp_backed_off(const struct tcp_conn *c);

/* Restarts the retransmission timer if octets are outstanding and the client's window is open;
 * otherwise stops it (RFC 6298 5.2, 5.3). */
void tcp_retransmit_restart(struct tcp_conn *c, nstime now);

/* Starts the FIN-WAIT-2 timer, which expires settings->fin_wait_2 after `now`. Does nothing if that
 * is 0. */
void tcp_linger(struct tcp_conn *c, nstime now);

#endif
