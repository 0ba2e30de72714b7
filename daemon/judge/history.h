/* SPDX-License-Identifier: MIT */
/* history: facts about all dialogs of each client, counted once for all checks. */
#ifndef SYNACKD_JUDGE_HISTORY_H
#define SYNACKD_JUDGE_HISTORY_H

#include "judge/hearing.h"

/* Returns an entry for each client, indexed by its number (struct dialog, `client`), or NULL if
 * memory runs out. The caller frees it with free(). The entries borrow from the dialogs. */
struct client_history *histories_make(const struct dialogs *all);

#endif
