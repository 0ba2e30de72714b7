/* SPDX-License-Identifier: MIT */
/* How a connection goes from state to state: RFC 9293 3.3.2. */
#ifndef SYNACKD_TCP_TRANSITION_H
#define SYNACKD_TCP_TRANSITION_H

#include "tcp/conn.h"

/* The only setter of a connection's state: records the change in the plan, and does what entering
 * the state means for timers and queues. */
void tcp_set_state(struct tcp_conn *c, enum tcp_state to, nstime now, struct plan *plan);

#endif
