/* SPDX-License-Identifier: MIT */
/* reload: reads the config again while the daemon runs. */
#ifndef SYNACKD_RUNTIME_RELOAD_H
#define SYNACKD_RUNTIME_RELOAD_H

#include "runtime/live_state.h"

/* Reads the config again. The new config takes effect as a whole or not at all. Live changes remain
 * as far as the new config permits; `diag` has a warning for each that does not remain, and for
 * each key whose new value is not in force (restart.h). Returns false if there are errors, which
 * are in `diag`; the old config then remains in force. */
bool daemon_reload(struct daemon *d, struct diag *diag);

#endif
