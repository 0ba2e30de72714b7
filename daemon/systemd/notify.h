/* SPDX-License-Identifier: MIT */
/*
 * What the service manager hears of us (sd_notify(3)): READY, RELOADING, a STATUS that keeps up,
 * and the WATCHDOG's pings. A ping says that all threads go round: the main thread is here, and
 * each worker was woken and came by since the last one. Without a service manager nothing is said.
 */
#ifndef SYNACKD_SYSTEMD_NOTIFY_H
#define SYNACKD_SYSTEMD_NOTIFY_H

#include "runtime/live_state.h"

struct notify;

/* Say that we are ready, and go on with the rest as d->notify. The workers run. */
void notify_start(struct daemon *d);
void notify_stopping(void);         /* say that we end */
void notify_free(struct notify *n); /* NULL is fine */

/* daemon_reload(), with what the manager is to hear before and after it. */
bool notify_reload(struct daemon *d, struct diag *diag);

#endif
