/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_REPLAY_RUN_H
#define SYNACKD_REPLAY_RUN_H

#include "cmdline.h"
#include "config/config.h"

/* Answer a capture: no threads, no sockets, on the capture's own clock; after its last frame the
 * clock runs on until no timer is armed, for at most options->drain. Returns the exit code; what
 * went wrong was said. */
int replay_run(const struct config *config, const struct cmdline *options);

#endif
