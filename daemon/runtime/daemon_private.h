/* SPDX-License-Identifier: MIT */
/* How the files of the main thread's keeping share the work: daemon.c opens, reloads and tells the
 * worker, live_endpoint.c has what operators change. */
#ifndef SYNACKD_RUNTIME_DAEMON_PRIVATE_H
#define SYNACKD_RUNTIME_DAEMON_PRIVATE_H

#include "runtime/daemon.h"

/* Find out where the endpoint's address is, and open what that needs: a link, and guards where the
 * kernel has it, too. Otherwise l->problem says why it does not answer. */
void take_place(struct daemon *d, struct live_endpoint *l);
void close_guards(struct live_endpoint *l);

void live_endpoint_free(struct live_endpoint *l);
void expiry_free(struct expiry *e); /* NULL is fine */
/* Reset what is open at this endpoint. Returns how many connections that were. */
size_t end_connections(struct daemon *d, const struct live_endpoint *l);
struct live_endpoint *live_endpoint_named(struct daemon *d, const char *name);

/* Give the worker the endpoints as they are now. */
void publish(struct daemon *d);

/*
 * At a reload, what was added live moves over to `live`, behind the endpoints of the new config;
 * what that has no place for stays, and is said. Returns how many there are then in all.
 */
unsigned keep_added(struct daemon *d, const struct config *config, struct live_endpoint *live,
		    struct diag *diag);

#endif
