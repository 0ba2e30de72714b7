/* SPDX-License-Identifier: MIT */
/* Speaks first, as SMTP, FTP and SSH servers do; then takes what comes. */
#include "service/service_ops.h"

#include <string.h>

static void banner_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const char *text = s->argument ? s->argument : "synackd\r\n";
	size_t len = strlen(text), left = len - run->offset, room = tcp_writable(c);
	const uint8_t *data;
	size_t n;

	if (left > room)
		left = room;
	if (left)
		tcp_write(c, text + run->offset, left);
	run->offset += (uint32_t)left;
	run->replied = run->offset == len;
	while (s->close != CLOSE_LEAVE && (n = tcp_readable(c, &data)))
		tcp_consume(c, n);
}

const struct service_ops service_banner = {
	.name = "banner", .argument = "TEXT", .turn = banner_turn};
