/* SPDX-License-Identifier: MIT */
/*
 * polling: selects how a worker waits for frames and timers.
 *
 * At a low rate, the kernel wakes the worker for each event, so that an answer leaves at once. At a
 * high rate, a wake-up for each event takes more CPU time than the event itself. The worker then
 * polls: it sleeps for POLLING_SLEEP, and carries out all that has arrived or expired meanwhile.
 */
#ifndef SYNACKD_WORKER_POLLING_H
#define SYNACKD_WORKER_POLLING_H

#include "base/clock.h"

#define POLLING_SLEEP (100 * NS_PER_US)
#define POLLING_FROM  50000 /* events a second at which it starts */
#define POLLING_UNTIL 20000 /* events a second below which it ends */

/* A zeroed struct does not poll. */
struct polling {
	bool on;
	uint32_t events; /* since `since` */
	nstime since;
};

/* Accounts for the frames and timers of a round that ended at `now`. Updates and returns p->on, at
 * most once in a millisecond. */
bool polling_update(struct polling *p, uint32_t events, nstime now);

#endif
