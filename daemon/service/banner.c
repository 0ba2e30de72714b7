/* SPDX-License-Identifier: MIT */
/* Writes first, as SMTP, FTP and SSH servers do; then discards the octets of the client. */
#include "service/service_ops.h"

#include <string.h>

static void banner_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	static const char usual[] = "synackd\r\n";
	const void *text = s->argument ? (const void *)s->octets : usual;
	size_t len = s->argument ? s->octets_len : strlen(usual);
	size_t left = len - run->offset, room = tcp_writable(c);
	const uint8_t *data;
	size_t n;

	if (left > room)
		left = room;
	if (left)
		tcp_write(c, (const char *)text + run->offset, left);
	run->offset += (uint32_t)left;
	run->replied = run->offset == len;
	while (s->close != CLOSE_LEAVE && (n = tcp_readable(c, &data)))
		tcp_consume(c, n);
}

const struct service_ops service_banner = {
	.name = "banner", .argument = "TEXT", .turn = banner_turn};
