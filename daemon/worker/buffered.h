/* SPDX-License-Identifier: MIT */
/* buffered: writes to a bufferevent, with a check for memory. */
#ifndef SYNACKD_WORKER_BUFFERED_H
#define SYNACKD_WORKER_BUFFERED_H

#include <event2/bufferevent.h>
#include <stdbool.h>

/* Writes all octets by bufferevent_write(). Returns false if there is no memory for the octets,
 * or for the event that sends them: the caller must then end the connection. libevent 2.1 does
 * not report a missing event, and the octets would never be sent. */
bool buffered_write(struct bufferevent *io, const void *data, size_t n);

#endif
