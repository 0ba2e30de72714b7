/* SPDX-License-Identifier: MIT */
/*
 * notify: messages to the service manager (sd_notify(3)): READY, RELOADING, the present STATUS, and
 * WATCHDOG pings.
 *
 * A ping means that all threads make progress: the main thread sends it, and each worker was woken,
 * and ran, since the last ping. Without a service manager nothing is sent.
 */
#ifndef SYNACKD_SYSTEMD_NOTIFY_H
#define SYNACKD_SYSTEMD_NOTIFY_H

#include <event2/event.h>
#include <stdint.h>

/* The state of the daemon. */
struct notify_health {
	uint64_t beats; /* increases when every worker has run since the last increase */
	unsigned links, endpoints, connections;
	unsigned problems,
		probing; /* endpoints that do not answer; endpoints whose address is being probed */
};

struct notify;

/* Sends READY, and further messages from the event loop. look(arg, ...) must fill in the state of
 * the daemon and wake the workers, which must be running. Aborts if memory runs out. */
struct notify *notify_start(struct event_base *base,
			    void (*look)(void *arg, struct notify_health *out), void *arg);
void notify_free(struct notify *n); /* NULL is ignored */

/* A reload begins; a reload has ended, successfully or not. */
void notify_reloading(void);
void notify_reloaded(struct notify *n);

void notify_stopping(void); /* the daemon is about to exit */

#endif
