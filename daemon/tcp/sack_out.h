/* SPDX-License-Identifier: MIT */
/* sack_out: the SACK option of the segments that a connection sends. Private to tcp/. */
#ifndef SYNACKD_TCP_SACK_OUT_H
#define SYNACKD_TCP_SACK_OUT_H

#include "tcp/conn.h"

/* Appends a SACK option to a segment, with as many blocks as there is space for: first, once, the
 * duplicate range (RFC 2883 4), if there is one, then the most recently received block (RFC 2018
 * 4), and so on. There must be a block or a duplicate range. */
void tcp_sack_out(struct tcp_conn *c, struct segment *out);

#endif
