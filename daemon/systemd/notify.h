/* SPDX-License-Identifier: MIT */
/*
 * Messages to the service manager (sd_notify(3)): READY, RELOADING, a STATUS that keeps up, and the
 * WATCHDOG's pings. A ping says that all threads go round: the main thread is here, and each worker
 * was woken and came by since the last one. Without a service manager nothing is sent.
 */
#ifndef SYNACKD_SYSTEMD_NOTIFY_H
#define SYNACKD_SYSTEMD_NOTIFY_H

#include <event2/event.h>
#include <stdint.h>

/* How the daemon stands. */
struct notify_health {
	uint64_t beats; /* grows whenever each worker was woken since it last grew */
	unsigned links, endpoints, connections;
	unsigned problems, probing; /* endpoints that do not answer, or not yet */
};

struct notify;

/* Say READY, and go on with the rest from the event loop: look(arg, ...) tells how the daemon
 * stands, and wakes the workers. They run. Aborts without memory. */
struct notify *notify_start(struct event_base *base,
			    void (*look)(void *arg, struct notify_health *out), void *arg);
void notify_free(struct notify *n); /* NULL is fine */

/* A reload begins; it is over, and all that was not refused is in use. */
void notify_reloading(void);
void notify_reloaded(struct notify *n);

void notify_stopping(void); /* the daemon ends */

#endif
