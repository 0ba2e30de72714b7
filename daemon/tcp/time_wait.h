/* SPDX-License-Identifier: MIT */
/* time_wait: processes a SYN in TIME-WAIT: RFC 9293 3.6.1, RFC 6191. */
#ifndef SYNACKD_TCP_TIME_WAIT_H
#define SYNACKD_TCP_TIME_WAIT_H

#include "tcp/conn.h"

enum time_wait_verdict {
	TIME_WAIT_STAYS,  /* the connection processes the segment */
	TIME_WAIT_YIELDS, /* the connection ends, and the SYN opens a new one */
	TIME_WAIT_DROPS,  /* the segment is ignored; tcp_step() does so */
};

/* Decides if TIME-WAIT yields to this segment: RFC 9293 3.6.1 (MAY-2) and RFC 6191 2. */
enum time_wait_verdict tcp_time_wait_verdict(const struct tcp_conn *c, const struct segment *seg);

#endif
