/* SPDX-License-Identifier: MIT */
#ifndef SYNACKCTL_REACH_H
#define SYNACKCTL_REACH_H

#include "base/clock.h"

/*
 * Connect to the Unix stream socket at `path`. While no daemon listens there, try again until
 * `wait` is over; on a terminal, standard error shows that it is trying when that takes longer than
 * 2 s. Returns the descriptor, or -1: *error, owned by the caller, is a sentence or two that say
 * why and what to do.
 */
int reach(const char *path, nstime wait, char **error);

#endif
