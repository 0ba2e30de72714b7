/* SPDX-License-Identifier: MIT */
/* input: SEGMENT ARRIVES for a connection: RFC 9293 3.10.7.3 and 3.10.7.4. */
#ifndef SYNACKD_TCP_INPUT_H
#define SYNACKD_TCP_INPUT_H

#include "tcp/conn.h"

/* Applies the checks in their order. Does nothing in CLOSED and LISTEN. */
void tcp_input(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan);

#endif
