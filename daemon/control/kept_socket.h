/* SPDX-License-Identifier: MIT */
/* kept_socket: the control socket, which remains at its path while the daemon runs. If it is
 * removed, or replaced by a socket on which no process listens, it is created again. */
#ifndef SYNACKD_CONTROL_KEPT_SOCKET_H
#define SYNACKD_CONTROL_KEPT_SOCKET_H

#include "control/rights.h"

#include <event2/event.h>

#define KEPT_SOCKET_SECONDS 1 /* interval between checks of the path */

struct kept_socket;

/*
 * Creates the socket by control_socket() and listens. accepted(fd, arg) takes over each connection.
 * Connections continue when the socket is created again. `access` and its texts must remain valid.
 * On failure returns NULL, and *error is a message that the caller frees.
 */
struct kept_socket *kept_socket_new(struct event_base *base, const char *path,
				    const struct control_access *access,
				    void (*accepted)(int fd, void *arg), void *arg, char **error);

/* Calls listener_resume() for its listener. */
void kept_socket_resume(struct kept_socket *k);

/* Removes the socket, unless another socket has replaced it. NULL is ignored. */
void kept_socket_free(struct kept_socket *k);

#endif
