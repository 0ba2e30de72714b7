/* SPDX-License-Identifier: MIT */
/*
 * Connections to real servers, for the endpoints whose service is `relay`: libevent's bufferevents
 * on the event base of the responder's own thread. What waits in one for its server, and what waits
 * from the server, is RELAY_BUFFER octets at most, give or take a read.
 */
#ifndef SYNACKD_WORKER_RELAY_IO_H
#define SYNACKD_WORKER_RELAY_IO_H

#include "engine/responder.h"

#include <event2/event.h>

#define RELAY_BUFFER (256 * 1024)

struct relay_io;

/* Provide relays to the responder, at most limits.connections_max. `now` tells the time when a
 * server has done something. Both `base` and `r` outlive it. */
struct relay_io *relay_io_new(struct event_base *base, struct responder *r, nstime (*now)(void));
/* Ends what is still being sent to servers. The responder has no connections any more. */
void relay_io_free(struct relay_io *all);

#endif
