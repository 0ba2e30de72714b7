/* SPDX-License-Identifier: MIT */
/* publish: gives the state of the main thread to the workers. */
#ifndef SYNACKD_RUNTIME_PUBLISH_H
#define SYNACKD_RUNTIME_PUBLISH_H

#include "runtime/live_state.h"

/* Gives the present endpoints, clients and limits to the workers. Call it after each change of
 * them. Pending `next`s and probes follow the change first. Returns when every worker has them. */
void publish(struct daemon *d);

#endif
