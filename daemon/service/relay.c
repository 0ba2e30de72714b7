/* SPDX-License-Identifier: MIT */
/* Copies the client's octets to a real server and the server's octets to the client. From each side
 * it reads only as many octets as the other has space for. */
#include "base/text.h"
#include "service/service_ops.h"

#include <stdlib.h>
#include <string.h>

enum { RELAY_NEW, RELAY_OPEN, RELAY_ENDED };

/* --- the server ------------------------------------------------------------------------------ */

static bool parse_port(const char *text, uint16_t *port)
{
	unsigned long value = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits])
		return false;
	value = strtoul(text, NULL, 10);
	*port = (uint16_t)value;
	return value >= 1 && value <= UINT16_MAX;
}

/* Returns the HOST before the colon; sets *n to its length, or to 0 if it is invalid. */
static const char *host_in(const char *text, size_t *n)
{
	if (*n >= 2 && text[0] == '[' && text[*n - 1] == ']') {
		*n -= 2;
		return text + 1;
	}
	if (memchr(text, ':', *n) || strcspn(text, "[]%/ \t") < *n)
		*n = 0;
	return text;
}

struct relay_target *relay_target_parse(const char *text, char **error)
{
	const char *colon = strrchr(text, ':'), *host;
	size_t n = colon ? (size_t)(colon - text) : 0;
	struct relay_target *t;
	uint16_t port;

	host = host_in(text, &n);
	if (!n) {
		*error = xasprintf(
			"expected a server, as in relay:192.0.2.1:443, "
			"relay:[2001:db8::1]:443 or relay:example.org:443, got 'relay%s%s'",
			*text ? ":" : "", text);
		return NULL;
	}
	if (!parse_port(colon + 1, &port)) {
		*error = xasprintf("expected a port from 1 to 65535 after the last colon, got '%s'",
				   colon + 1);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->host = xasprintf("%.*s", (int)n, host);
	t->port = port;
	t->references = 1;
	return t;
}

struct relay_target *relay_target_get(struct relay_target *t)
{
	if (t)
		__atomic_add_fetch(&t->references, 1, __ATOMIC_RELAXED);
	return t;
}

void relay_target_put(struct relay_target *t)
{
	if (!t || __atomic_sub_fetch(&t->references, 1, __ATOMIC_ACQ_REL))
		return;
	free(t->host);
	free(t);
}

/* --- between client and server ---------------------------------------------------------------- */

static void let_go(struct service_run *run)
{
	if (run->peer)
		run->relay->ops->close(run->peer);
	run->peer = NULL;
	run->phase = RELAY_ENDED;
}

static void begin(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const struct relay_provider *relay = run->relay;

	if (relay && relay->ops)
		run->peer = relay->ops->open(relay->context, s->target, &c->f);
	run->phase = RELAY_OPEN;
}

static void to_server(struct service_run *run, struct tcp_conn *c)
{
	const struct relay_ops *ops = run->relay->ops;
	const uint8_t *data;
	size_t n, room;

	while ((n = tcp_readable(c, &data)) && (room = ops->room(run->peer))) {
		if (n > room)
			n = room;
		ops->write(run->peer, data, n);
		tcp_consume(c, n);
	}
	if (tcp_eof(c) && !run->shut) {
		ops->shutdown(run->peer);
		run->shut = true;
	}
}

static void to_client(struct service_run *run, struct tcp_conn *c)
{
	const struct relay_ops *ops = run->relay->ops;
	const uint8_t *data;
	size_t n, room;

	while ((room = tcp_writable(c)) && (n = ops->readable(run->peer, &data))) {
		if (n > room)
			n = room;
		tcp_write(c, data, n);
		ops->consume(run->peer, n);
	}
	if (ops->eof(run->peer))
		run->closed = true;
}

static bool lost(const struct service_run *run)
{
	return !run->peer || run->relay->ops->failed(run->peer);
}

static void relay_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	if (run->phase == RELAY_NEW)
		begin(s, run, c);
	if (run->phase == RELAY_ENDED)
		return;
	if (!lost(run)) {
		to_server(run, c);
		to_client(run, c);
	}
	if (lost(run)) {
		/* If both sides have closed, there is no connection left to reset. */
		run->aborted = !(c->fin_queued && c->fin_received);
		let_go(run);
	} else if (run->shut && run->closed) {
		let_go(run); /* now, rather than after TIME-WAIT */
	}
}

/* The client closed its side, and the connection ended before a slow server had read all octets.
 * The server receives the rest, at most one window. */
static void relay_end(struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n;

	if (!lost(run) && c->fin_received && !run->shut) {
		while ((n = tcp_readable(c, &data))) {
			run->relay->ops->write(run->peer, data, n);
			tcp_consume(c, n);
		}
		run->relay->ops->shutdown(run->peer);
	}
	let_go(run);
}

const struct service_ops service_relay = {
	.name = "relay",
	.argument = "HOST:PORT",
	.closes_itself = true,
	.turn = relay_turn,
	.end = relay_end,
};
