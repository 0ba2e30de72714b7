/* SPDX-License-Identifier: MIT */
/*
 * relay: the interface between a relay and its connection to a real server.
 *
 * The user of the responder provides the implementation: worker/relay_io.c in a live daemon,
 * buffers in tests. In replay there is none, and the relay behaves as if the server refused the
 * connection: the client is reset.
 */
#ifndef SYNACKD_SERVICE_RELAY_H
#define SYNACKD_SERVICE_RELAY_H

#include "tcp/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_ADDRESSES_MAX 8

/* The server to connect to: its name and addresses. Reference-counted: a config, the rules compiled
 * from it and open connections share it. */
struct relay_target {
	char *host; /* owned; a name or an address, without brackets */
	uint16_t port;
	/* 0 until endpoint_configs_resolve(); no relay connects before. */
	unsigned addresses;
	struct addr address[RELAY_ADDRESSES_MAX]; /* in the order of connection attempts */
	bool failing;        /* the failure was logged already; atomic, as workers share it */
	unsigned references; /* atomic */
};

/* Parses `HOST:PORT`; an IPv6 address must be in brackets. On failure, returns NULL and sets *error
 * to a message; the caller frees it. */
struct relay_target *relay_target_parse(const char *text, char **error);
struct relay_target *relay_target_get(struct relay_target *t); /* adds a reference; t may be NULL */
/* Drops a reference; the last one frees *t. NULL is ignored. */
void relay_target_put(struct relay_target *t);

struct relay_peer; /* one connection to a server */

/* These functions never call back: events at the server are reported later, by responder_wake(). */
struct relay_ops {
	/* Starts to connect, on behalf of this flow. Returns NULL if that is impossible; the caller
	 * then treats the connection as refused. */
	struct relay_peer *(*open)(void *context, struct relay_target *target,
				   const struct flow *f);
	/* Returns the number of octets that can be written; 0 until it is connected. After a 0,
	 * responder_wake() follows when there is space again. */
	size_t (*room)(struct relay_peer *p);
	void (*write)(struct relay_peer *p, const void *data, size_t n); /* n <= room() */
	/* Returns octets from the server: in order, contiguous. */
	size_t (*readable)(struct relay_peer *p, const uint8_t **data);
	void (*consume)(struct relay_peer *p, size_t n);
	/* The server closed its side, and all octets were consumed. */
	bool (*eof)(const struct relay_peer *p);
	bool (*failed)(const struct relay_peer *p); /* refused, reset or unreachable */
	/* Passes on the client's FIN, after the octets written before. */
	void (*shutdown)(struct relay_peer *p);
	/* Frees *p. After shutdown(), the octets written before still reach the server; otherwise
	 * the connection to the server is reset. */
	void (*close)(struct relay_peer *p);
};

/* The provider of connections to servers; if `ops` is NULL there is none. */
struct relay_provider {
	const struct relay_ops *ops;
	void *context;
};

#endif
