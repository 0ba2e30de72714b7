/* SPDX-License-Identifier: MIT */
/* RFC 862: gives back what it gets, and takes no more than it can give back. */
#include "service/service_ops.h"

static void echo_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n, room;

	(void)s;
	while ((n = tcp_readable(c, &data)) && (room = tcp_writable(c))) {
		if (n > room)
			n = room;
		tcp_write(c, data, n);
		tcp_consume(c, n);
		run->replied = true;
	}
	/* A client may read nothing while we are closed for writing: what it sends goes nowhere. */
	if (run->closed && (n = tcp_readable(c, &data)))
		tcp_consume(c, n);
}

const struct service_ops service_echo = {.name = "echo", .turn = echo_turn};
