/* SPDX-License-Identifier: MIT */
/* The control socket stays at its path for as long as the daemon runs: one that was removed, or
 * replaced by a socket that no process listens at, is made anew. */
#ifndef SYNACKD_CONTROL_KEPT_SOCKET_H
#define SYNACKD_CONTROL_KEPT_SOCKET_H

#include "control/rights.h"

#include <event2/event.h>

#define KEPT_SOCKET_SECONDS 1 /* between two looks at the path */

struct kept_socket;

/*
 * Make the socket (control_socket()), and listen: accepted(fd, arg) takes each connection over.
 * Connections outlive a socket that is made anew. `access` and its texts are borrowed. On failure
 * NULL, and *error (owned by the caller) is one sentence.
 */
struct kept_socket *kept_socket_new(struct event_base *base, const char *path,
				    const struct control_access *access,
				    void (*accepted)(int fd, void *arg), void *arg, char **error);

/* listener_resume() of its listener. */
void kept_socket_resume(struct kept_socket *k);

/* Removes the socket, unless another one is in its place. NULL is fine. */
void kept_socket_free(struct kept_socket *k);

#endif
