/* SPDX-License-Identifier: MIT */
/* Verbs that move one connection, and the check that it is there. */
#ifndef SYNACKD_CONTROL_CONNECTION_CHANGES_H
#define SYNACKD_CONTROL_CONNECTION_CHANGES_H

#include "control/reply.h"
#include "runtime/live_state.h"

/* Is there a connection with this id? False: `reply` says that there is none. */
bool has_connection(struct daemon *d, uint64_t id, struct control_reply *reply);

#endif
