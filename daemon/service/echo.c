/* SPDX-License-Identifier: MIT */
/* RFC 862: writes the octets that it reads, and reads only as many as it can write. */
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
	/* After we have closed our side, the client's octets are discarded. */
	if (run->closed && (n = tcp_readable(c, &data)))
		tcp_consume(c, n);
}

const struct service_ops service_echo = {.name = "echo", .turn = echo_turn};
