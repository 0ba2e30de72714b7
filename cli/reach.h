/* SPDX-License-Identifier: MIT */
/* reach: connects to the control socket. */
#ifndef SYNACKCTL_REACH_H
#define SYNACKCTL_REACH_H

#include "base/clock.h"

/* Connects to the Unix stream socket at `path`. Retries for the time `wait` while no daemon
 * listens; on a terminal, standard error shows this after 2 s. Returns the descriptor, or -1 with a
 * message in *error that states the cause and the remedy. The caller frees it. */
int reach(const char *path, nstime wait, char **error);

#endif
