/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_RUNTIME_PUBLISH_H
#define SYNACKD_RUNTIME_PUBLISH_H

#include "runtime/live_state.h"

/* Give the workers the endpoints, clients and bounds as they are now, after any change of them.
 * First pending `next`s and probes follow the change. Returns when each worker has them. */
void publish(struct daemon *d);

#endif
