/* SPDX-License-Identifier: MIT */
/* journal: sends messages to the systemd journal, with the fields SYNACKD_ENDPOINT,
 * SYNACKD_BEHAVIOUR, SYNACKD_CLIENT and SYNACKD_CONNECTION, and with MESSAGE_ID for the catalog. */
#ifndef SYNACKD_SYSTEMD_JOURNAL_H
#define SYNACKD_SYSTEMD_JOURNAL_H

#include "base/log.h"

/* Returns the sink for log lines: the journal if it receives our standard error, else NULL. */
log_sink *journal_sink(void);

#endif
