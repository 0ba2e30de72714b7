/* SPDX-License-Identifier: MIT */
/* Keys of the config that a reload does not put in force. */
#ifndef SYNACKD_RUNTIME_RESTART_H
#define SYNACKD_RUNTIME_RESTART_H

#include "runtime/live_state.h"

/* A key whose value in the config is another one than the value in force; "" is no value. */
struct restart {
	const char *key; /* "seed", "control.path" */
	const char *in_force, *wanted;
};

/* Call `each` on the keys for whose values synackd is to be restarted, in the order of the config's
 * tables. Keys that an option of the command line replaces are not among them. */
void daemon_restarts(struct daemon *d, void (*each)(void *arg, const struct restart *r), void *arg);

/* Warn of these keys in `diag`, and of keys that changed in the config since it had the values
 * `before` and that an option of the command line replaces. */
void daemon_warn_of_restarts(struct daemon *d, const struct config_values *before,
			     struct diag *diag);

#endif
