/* SPDX-License-Identifier: MIT */
/*
 * The far side of a relay: a connection to a real server, as whoever runs the responder provides
 * it. Live that is worker/relay_io.c beside the worker, in tests a few buffers. In replay there is
 * none, and a relay is one whose server refuses: the client is reset.
 */
#ifndef SYNACKD_SERVICE_RELAY_H
#define SYNACKD_SERVICE_RELAY_H

#include "tcp/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_ADDRESSES_MAX 8

/* Whom to connect to, by its name and its addresses. Counted: a config, the rules that were
 * compiled from it, and the connections that are open have it in common. */
struct relay_target {
	char *host; /* a name or an address, without brackets; owned */
	uint16_t port;
	unsigned addresses; /* 0 until endpoint_configs_resolve() was there: before that nobody
			       connects */
	struct addr address[RELAY_ADDRESSES_MAX]; /* in the order in which they are tried */
	bool failing;        /* that was said already; atomic, as workers share it */
	unsigned references; /* atomic */
};

/* Read `HOST:PORT`, where an IPv6 address stands in brackets. NULL: *error, owned by the caller, is
 * one sentence. */
struct relay_target *relay_target_parse(const char *text, char **error);
struct relay_target *relay_target_get(
	struct relay_target *t);               /* one more reference; NULL is fine */
void relay_target_put(struct relay_target *t); /* the last one frees it */

struct relay_peer; /* one connection to a server */

/* None of these calls back: what happens at the server is told by responder_wake(), later. */
struct relay_ops {
	/* Begin to connect, on behalf of this flow. NULL: it cannot be, as if it were refused. */
	struct relay_peer *(*open)(void *context, struct relay_target *target,
				   const struct flow *f);
	/* For how many octets there is room now; 0 before it is connected. Whoever was told 0 is
	 * woken when there is room again. */
	size_t (*room)(struct relay_peer *p);
	void (*write)(struct relay_peer *p, const void *data, size_t n); /* n <= room() */
	/* Octets from the server, in order, contiguous. */
	size_t (*readable)(struct relay_peer *p, const uint8_t **data);
	void (*consume)(struct relay_peer *p, size_t n);
	bool (*eof)(const struct relay_peer *p);    /* it closed its side, and all was consumed */
	bool (*failed)(const struct relay_peer *p); /* refused, reset, or not to be reached */
	/* The client's FIN, behind what was written. */
	void (*shutdown)(struct relay_peer *p);
	/* The connection is not needed any more, and *p not valid. After shutdown() what was
	 * written still reaches the server; without, the server is reset. */
	void (*close)(struct relay_peer *p);
};

/* The provider of these connections; `ops` NULL: there is none. */
struct relay_provider {
	const struct relay_ops *ops;
	void *context;
};

#endif
