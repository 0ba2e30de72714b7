/* SPDX-License-Identifier: MIT */
/* socket: creates the control socket. */
#ifndef SYNACKD_CONTROL_SOCKET_H
#define SYNACKD_CONTROL_SOCKET_H

#include "control/rights.h"

/* Returns a listening Unix socket at `path` that processes with access can connect to; see
 * control_open(). On failure returns -1, and *error is a message that the caller frees. */
int control_socket(const char *path, const struct control_access *access, char **error);

#endif
