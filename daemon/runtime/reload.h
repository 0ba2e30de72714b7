/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_RUNTIME_RELOAD_H
#define SYNACKD_RUNTIME_RELOAD_H

#include "runtime/live_state.h"

/* Read the config again: all or nothing. Live changes stay as far as the new config has a place for
 * them, and `diag` has a warning for each that does not; likewise for each key that is not in force
 * (restart.h). False: errors are in `diag`, and the old
 * config goes on. */
bool daemon_reload(struct daemon *d, struct diag *diag);

#endif
