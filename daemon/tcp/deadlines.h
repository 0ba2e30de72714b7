/* SPDX-License-Identifier: MIT */
/* The deadlines of a connection: the times at which its timers are due. */
#ifndef SYNACKD_TCP_DEADLINES_H
#define SYNACKD_TCP_DEADLINES_H

#include "tcp/conn.h"

/* The earliest of the deadlines. NS_NEVER when no timer runs. */
nstime tcp_deadline(const struct tcp_conn *c);

/* The retransmission timeout after `c->backoff` doublings, at most settings->rto_max: RFC 6298 5.5.
 */
nstime tcp_backed_off(const struct tcp_conn *c);

/* RFC 6298 5.2, 5.3: the retransmission timer begins anew if octets are outstanding and the window
 * is open, and else stops. */
void tcp_retransmit_restart(struct tcp_conn *c, nstime now);

/* FIN-WAIT-2 ends settings->fin_wait_2 from now on; 0: never. */
void tcp_linger(struct tcp_conn *c, nstime now);

#endif
