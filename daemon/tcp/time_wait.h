/* SPDX-License-Identifier: MIT */
/* A SYN in TIME-WAIT: RFC 9293 3.6.1, RFC 6191. */
#ifndef SYNACKD_TCP_TIME_WAIT_H
#define SYNACKD_TCP_TIME_WAIT_H

#include "tcp/conn.h"

enum time_wait_verdict {
	TIME_WAIT_STAYS,  /* the segment is for the connection */
	TIME_WAIT_YIELDS, /* the connection ends, and the SYN begins another one */
	TIME_WAIT_DROPS,  /* the segment is ignored: tcp_step() sees to that */
};

/* RFC 9293 3.6.1, MAY-2, and RFC 6191 2: does TIME-WAIT give way to this segment? */
enum time_wait_verdict tcp_time_wait(const struct tcp_conn *c, const struct segment *seg);

#endif
