/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_CONTROL_SOCKET_H
#define SYNACKD_CONTROL_SOCKET_H

#include "control/rights.h"

/* A listening Unix socket at `path` that lets in who has access; see control_open(). -1: *error. */
int control_socket(const char *path, const struct control_access *access, char **error);

#endif
