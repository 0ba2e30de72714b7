/* SPDX-License-Identifier: MIT */
#include "worker/watch.h"

#include "base/log.h"

#include <stdlib.h>
#include <sysexits.h>

_Noreturn void watch_failed(void)
{
	log_error("no memory or file descriptors at start-up: raise LimitNOFILE= or 'ulimit -n'");
	exit(EX_UNAVAILABLE);
}

struct event *watch(struct event_base *base, int fd, event_callback_fn call, void *arg)
{
	struct event *event = event_new(base, fd, EV_READ | EV_PERSIST, call, arg);

	if (event && event_add(event, NULL) == 0)
		return event;
	watch_failed();
}
