/* SPDX-License-Identifier: MIT */
/* unbounded: clients that are exempt from the bounds of engine/amplification.h for some time,
 * because an operator vouches for their address. An entry of `clients` must permit them. */
#ifndef SYNACKD_RUNTIME_UNBOUNDED_H
#define SYNACKD_RUNTIME_UNBOUNDED_H

#include "runtime/live_state.h"

#define UNBOUNDED_MAX 64

/* Exempts a client until unbounded_end(). Returns NULL if that fails; the error is in `diag`. */
struct unbounded *unbounded_begin(struct daemon *d, const struct addr *client, struct diag *diag);
void unbounded_end(struct unbounded *u); /* frees it */

#endif
