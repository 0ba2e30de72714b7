/* SPDX-License-Identifier: MIT */
/* Clients to which no bound of engine/amplification.h applies for a while: an operator vouches for
 * their address. An entry of `clients` must allow them all the same. */
#ifndef SYNACKD_RUNTIME_UNBOUNDED_H
#define SYNACKD_RUNTIME_UNBOUNDED_H

#include "runtime/live_state.h"

#define UNBOUNDED_MAX 64

/* From now on, until unbounded_end(). NULL: why not is in `diag`. */
struct unbounded *unbounded_begin(struct daemon *d, const struct addr *client, struct diag *diag);
void unbounded_end(struct unbounded *u); /* frees it */

#endif
