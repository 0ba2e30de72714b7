/* SPDX-License-Identifier: MIT */
/* watch: events of the descriptors that a worker requires. */
#ifndef SYNACKD_WORKER_WATCH_H
#define SYNACKD_WORKER_WATCH_H

#include <event2/event.h>

/* Calls call(fd, EV_READ, arg) whenever `fd` is readable. The caller frees the event. If there is
 * no memory or descriptor, logs an error and exits with EX_UNAVAILABLE. */
struct event *watch(struct event_base *base, int fd, event_callback_fn call, void *arg);

/* Logs that a worker has no memory or descriptors, and exits with EX_UNAVAILABLE. */
_Noreturn void watch_failed(void);

#endif
