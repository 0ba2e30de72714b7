/* SPDX-License-Identifier: MIT */
/*
 * Accepts at a listening Unix socket, also when file descriptors run out. One is held in reserve:
 * with it a client is accepted, told why it is refused, and closed. Where that does not help
 * either, nothing is accepted for LISTENER_PAUSE, or until a client is gone, and clients wait in
 * the backlog: a socket that is readable and cannot be accepted from would keep the thread busy
 * otherwise.
 */
#ifndef SYNACKD_CONTROL_LISTENER_H
#define SYNACKD_CONTROL_LISTENER_H

#include <event2/event.h>

#define LISTENER_PAUSE 1 /* second */

struct listener;

/* `fd` listens, and is owned from now on. `accepted` takes over the descriptor of a client, which
 * does not block. NULL: no memory or no descriptors. */
struct listener *listener_new(struct event_base *base, int fd, void (*accepted)(int fd, void *arg),
			      void *arg);
void listener_free(struct listener *l); /* NULL is fine */

/* A client is gone, and with it a descriptor: accept again. */
void listener_resume(struct listener *l);

/* Send one JSON-RPC error to a client in place of the greeting, and close it. `why` is a sentence.
 */
void listener_refuse(int fd, const char *why);

#endif
