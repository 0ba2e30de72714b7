/* SPDX-License-Identifier: MIT */
/* One client, whose segments go through the whole responder to one endpoint. */
#ifndef SYNACKD_TESTS_UNIT_LIB_ONE_CLIENT_H
#define SYNACKD_TESTS_UNIT_LIB_ONE_CLIENT_H

#include "files.h"

#include "config/config.h"
#include "engine/engine.h"
#include "engine/receive.h"

#include <string.h>

#define CLIENT_PORT 40000
#define SERVER_PORT 443

/* The client: what it sent and got so far. */
struct client {
	struct addr address, to;
	uint16_t port;
	struct path path;     /* by which its frames come */
	struct path answered; /* by which the last segment to it left */
	uint32_t seq, ack;
	uint8_t flags;   /* of all segments since they were last looked at */
	uint16_t window; /* the responder's */
	size_t got_len;
	char got[1 << 20];
};

extern struct client client;
extern struct responder responder;
extern nstime the_time;
extern struct link the_link; /* between both; each begin resets it */

/* What the_link does with a packet: a segment of the stream that was not got yet is taken. */
void deliver(struct link *l, const struct path *to, const uint8_t *packet, size_t len, nstime when);

/* The client sends a segment, a millisecond later, with these flags and octets. */
void sends(uint8_t flags, const char *text);

/* An endpoint with this service, and with these keys besides; the client has yet to come. */
void client_begin_over(bool v4, const char *service, const char *keys);
void client_begin(const char *service, const char *keys); /* over IPv4 */
/* Another endpoint in place of that one, while the responder runs. */
void use_config(const char *service, const char *keys);
/* An endpoint with the same rules at another address, or one of several. */
struct endpoint endpoint_at(char *address, unsigned number, bool owned);
/* A SYN to SERVER_PORT, whose ISN follows from the time; it is not sent. */
struct segment syn_from(const char *from, uint16_t port, const char *to);
/* Releases the responder. */
void client_end(void);

#endif
