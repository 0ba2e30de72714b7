/* SPDX-License-Identifier: MIT */
/* daemon: the live run as a whole: its start and end, and changes of an endpoint's behaviour. */
#ifndef SYNACKD_RUNTIME_DAEMON_H
#define SYNACKD_RUNTIME_DAEMON_H

#include "runtime/live_state.h"

/* Takes ownership of the config and opens links and guards. `setup` and `base` must remain valid
 * until daemon_close(). Returns false, and logs why, if that fails; the caller then also calls
 * daemon_close(). */
bool daemon_open(struct daemon *d, struct config *config, const struct daemon_setup *setup,
		 struct event_base *base);
void daemon_close(struct daemon *d);

/* Sets the behaviour of an endpoint. Returns false if the text has an error, which is in `diag`. */
bool daemon_set(struct daemon *d, struct live_endpoint *l, const char *behaviour,
		struct diag *diag);
/* Undoes all live changes of an endpoint. Returns true if there was one. An endpoint that was added
 * is deleted, and `l` with it. An endpoint that was removed requires live_endpoint_may_return()
 * first. */
bool daemon_reset(struct daemon *d, struct live_endpoint *l);

#endif
