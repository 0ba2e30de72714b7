/* SPDX-License-Identifier: MIT */
/*
 * relay_io: connections to real servers, for endpoints with the service `relay`.
 *
 * A relay is a bufferevent of libevent on the event base of the responder's thread. It buffers
 * about RELAY_BUFFER octets in each direction, at most one read more.
 */
#ifndef SYNACKD_WORKER_RELAY_IO_H
#define SYNACKD_WORKER_RELAY_IO_H

#include "engine/responder.h"

#include <event2/event.h>

#define RELAY_BUFFER (256 * 1024)

struct relay_io;

/* Provides relays to the responder, at most limits.connections_max. Calls event(worker) before an
 * event from a server changes the responder, so that its clock advances. `base` and `r` must remain
 * valid until relay_io_free(). */
struct relay_io *relay_io_new(struct event_base *base, struct responder *r,
			      void (*event)(void *worker), void *worker);
/* Aborts the transfers to servers. The responder must have no connections. */
void relay_io_free(struct relay_io *all);

#endif
