/* SPDX-License-Identifier: MIT */
/* connection_changes: the verbs that act on one connection. */
#ifndef SYNACKD_CONTROL_CONNECTION_CHANGES_H
#define SYNACKD_CONTROL_CONNECTION_CHANGES_H

#include "control/reply.h"
#include "runtime/live_state.h"

/* Returns true if a connection with this id exists; otherwise `reply` has the error. */
bool has_connection(struct daemon *d, uint64_t id, struct control_reply *reply);

#endif
