/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_CONTROL_SOCKET_H
#define SYNACKD_CONTROL_SOCKET_H

#include "control/rights.h"

/* A listening Unix socket at `path` that lets in processes that have access; see control_open().
 * Returns -1 on failure; *error, owned by the caller, is one sentence then. */
int control_socket(const char *path, const struct control_access *access, char **error);

#endif
