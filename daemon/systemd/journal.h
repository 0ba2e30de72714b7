/* SPDX-License-Identifier: MIT */
/* The journal of systemd, where each message has what it is about as fields: SYNACKD_ENDPOINT,
 * SYNACKD_BEHAVIOUR, SYNACKD_CLIENT, SYNACKD_CONNECTION, and MESSAGE_ID for the catalog. */
#ifndef SYNACKD_SYSTEMD_JOURNAL_H
#define SYNACKD_SYSTEMD_JOURNAL_H

#include "base/log.h"

/* Where lines are to go: to the journal when it reads our standard error, else NULL. */
log_sink *journal_sink(void);

#endif
