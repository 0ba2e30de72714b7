/* SPDX-License-Identifier: MIT */
/* replay_run: the replay of a capture. */
#ifndef SYNACKD_REPLAY_RUN_H
#define SYNACKD_REPLAY_RUN_H

#include "cmdline.h"
#include "config/config.h"

/* Answers a capture, without threads or sockets, by the clock of the capture. After its last frame
 * the clock continues until no timer is running, for at most options->drain. Prints errors. Returns
 * the exit code. */
int replay_run(const struct config *config, const struct cmdline *options);

#endif
