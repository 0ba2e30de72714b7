/* SPDX-License-Identifier: MIT */
/*
 * listener: accepts connections on a listening Unix socket, even if file descriptors run out.
 *
 * A reserve descriptor is kept: with it, a client is accepted, receives an error, and is closed. If
 * that also fails, accepting stops for LISTENER_PAUSE, or until a client disconnects, and clients
 * wait in the backlog. Otherwise the thread would be busy with a socket that is readable and cannot
 * be accepted from.
 */
#ifndef SYNACKD_CONTROL_LISTENER_H
#define SYNACKD_CONTROL_LISTENER_H

#include <event2/event.h>

#define LISTENER_PAUSE 1 /* second */

struct listener;

/* Takes ownership of `fd`, which must listen. `accepted` takes over the descriptor of each client,
 * which is non-blocking. Returns NULL if memory or descriptors run out. */
struct listener *listener_new(struct event_base *base, int fd, void (*accepted)(int fd, void *arg),
			      void *arg);
void listener_free(struct listener *l); /* NULL is ignored */

/* Accepts again, after a client has closed its descriptor. */
void listener_resume(struct listener *l);

/* Sends one JSON-RPC error with the message `why` to a client instead of the greeting, and closes
 * it. */
void listener_refuse(int fd, const char *why);

#endif
