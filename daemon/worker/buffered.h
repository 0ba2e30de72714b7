/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_WORKER_BUFFERED_H
#define SYNACKD_WORKER_BUFFERED_H

#include <event2/bufferevent.h>
#include <stdbool.h>

/*
 * bufferevent_write() of all of it. False: there was no memory, for the octets or for the event
 * that sends them. The latter libevent 2.1 does not tell, and what was written would wait for ever:
 * the caller ends the connection.
 */
bool buffered_write(struct bufferevent *io, const void *data, size_t n);

#endif
