/* SPDX-License-Identifier: MIT */
/* one_client: a client whose segments pass through the whole responder to one endpoint. */
#ifndef SYNACKD_TESTS_UNIT_LIB_ONE_CLIENT_H
#define SYNACKD_TESTS_UNIT_LIB_ONE_CLIENT_H

#include "files.h"

#include "config/config.h"
#include "engine/connection_ops.h"
#include "engine/engine.h"
#include "engine/receive.h"

#include <string.h>

#define CLIENT_PORT 40000
#define SERVER_PORT 443

/* State of the client. */
struct client {
	struct addr address, to;
	uint16_t port;
	struct path path;     /* of its frames */
	struct path answered; /* of the last segment to it */
	uint32_t seq, ack;
	uint8_t flags;   /* of all segments from the responder since the last call of sends() */
	uint16_t window; /* advertised by the responder */
	size_t got_len;
	char got[1 << 20];
};

extern struct client client;
extern struct responder responder;
extern nstime the_time;
extern struct link the_link; /* connects both; client_begin() resets it */

/* The send function of the_link. Appends data in sequence to client.got. */
void deliver(struct link *l, const struct path *to, const uint8_t *packet, size_t len, nstime when);

/* Sends a segment of the client with these flags and data, a millisecond after the last one. */
void sends(uint8_t flags, const char *text);

/* Starts a responder with an endpoint with this service and these keys. The client has sent nothing
 * yet. */
void client_begin_over(bool v4, const char *service, const char *keys);
void client_begin(const char *service, const char *keys); /* over IPv4 */
/* Replaces the endpoint of the running responder. */
void use_config(const char *service, const char *keys);
/* Makes this network the only entry of the allow-list of the running responder. */
void use_clients(const char *network);
/* Calls `each` for all connections of the responder. */
void each_connection(void (*each)(const struct connection_info *info, void *arg), void *arg);
/* responder_machine() for the connection of the client. */
bool operates(uint64_t id, enum machine_op op);
/* Returns an endpoint with the same rules at another address. */
struct endpoint endpoint_at(char *address, unsigned number, bool owned);
/* Returns a SYN to SERVER_PORT without sending it. Its ISN depends on the time. */
struct segment syn_from(const char *from, uint16_t port, const char *to);
/* Releases the responder. */
void client_end(void);

#endif
