/* SPDX-License-Identifier: MIT */
/* RFC 863: reads all octets and writes none. */
#include "service/service_ops.h"

static void discard_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n;

	(void)s;
	while ((n = tcp_readable(c, &data))) {
		tcp_consume(c, n);
		run->replied = true; /* it counts as a reply without octets */
	}
}

const struct service_ops service_discard = {.name = "discard", .turn = discard_turn};
