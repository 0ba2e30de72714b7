/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_CONTROL_SOCKET_H
#define SYNACKD_CONTROL_SOCKET_H

/* A listening Unix socket at `path`, mode 0660, group `group`; see control_open(). -1: *error. */
int control_socket(const char *path, const char *group, char **error);

#endif
