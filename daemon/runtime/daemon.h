/* SPDX-License-Identifier: MIT */
/* A live run as a whole: its begin and end, and what an endpoint does. */
#ifndef SYNACKD_RUNTIME_DAEMON_H
#define SYNACKD_RUNTIME_DAEMON_H

#include "runtime/live_state.h"

/* Take the config over, open links and guards; `setup` and `base` outlive the daemon. False: it
 * cannot be opened, which was logged; daemon_close() all the same. */
bool daemon_open(struct daemon *d, struct config *config, const struct daemon_setup *setup,
		 struct event_base *base);
void daemon_close(struct daemon *d);

/* Give an endpoint another behaviour. False: the error in the text is in `diag`. */
bool daemon_set(struct daemon *d, struct live_endpoint *l, const char *behaviour,
		struct diag *diag);
/* Undo every live change of an endpoint; true if there was one. An endpoint that was added is gone
 * then, with `l`. One that was removed may return: live_endpoint_may_return(). */
bool daemon_reset(struct daemon *d, struct live_endpoint *l);

#endif
