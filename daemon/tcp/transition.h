/* SPDX-License-Identifier: MIT */
/* transition: changes the state of a connection: RFC 9293 3.3.2. */
#ifndef SYNACKD_TCP_TRANSITION_H
#define SYNACKD_TCP_TRANSITION_H

#include "tcp/conn.h"

/* Sets the state; no other function does. Records the change in the plan, and sets timers and
 * queues as the new state requires. */
void tcp_set_state(struct tcp_conn *c, enum tcp_state to, nstime now, struct plan *plan);

#endif
