/* SPDX-License-Identifier: MIT */
/* What the dialogs of each client show together, counted once for all checks. */
#ifndef SYNACKD_JUDGE_HISTORY_H
#define SYNACKD_JUDGE_HISTORY_H

#include "judge/hearing.h"

/* One for each client, at its number (struct dialog, `client`); the caller's, by free(). They
 * borrow from the dialogs. Returns NULL if memory runs out. */
struct client_history *histories_make(const struct dialogs *all);

#endif
