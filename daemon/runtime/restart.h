/* SPDX-License-Identifier: MIT */
/* restart: keys of the config whose new value is not in force after a reload. */
#ifndef SYNACKD_RUNTIME_RESTART_H
#define SYNACKD_RUNTIME_RESTART_H

#include "runtime/live_state.h"

/* A key whose value in the config differs from the value in force; "" is no value. */
struct restart {
	const char *key; /* "seed", "control.path" */
	const char *in_force, *wanted;
};

/* Calls `each` for the keys whose values require a restart, in the order of the config's tables.
 * Keys that an option of the command line overrides are not among them. */
void daemon_restarts(struct daemon *d, void (*each)(void *arg, const struct restart *r), void *arg);

/* Warns of these keys in `diag`. Also warns of each key whose value in the config changed since
 * `before`, but which an option of the command line overrides. */
void daemon_warn_of_restarts(struct daemon *d, const struct config_values *before,
			     struct diag *diag);

#endif
