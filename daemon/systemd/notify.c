/* SPDX-License-Identifier: MIT */
#include "systemd/notify.h"

#include "base/log.h"
#include "base/steady.h"
#include "runtime/live_endpoint.h"
#include "runtime/reload.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define TICK          (2 * NS_PER_S)
#define TICKS_A_LIMIT 4 /* so many at least before the watchdog bites */

#define STATUS_MAX 256 /* with the NUL; all that it can say fits */

struct notify {
	struct daemon *daemon;
	struct event *timer;
	nstime tick;
	bool watched;   /* the watchdog waits for pings */
	uint64_t beats; /* of the workers, at the last tick */
	bool stuck;
	char said[STATUS_MAX]; /* the last status */
};

/* Each tick makes a status, so that must not depend on memory: it is text of a fixed size. */
static void add(char out[STATUS_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(char out[STATUS_MAX], const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + len, STATUS_MAX - len, fmt, ap);
	va_end(ap);
}

/* `3 links`, `1 link` */
static void count(char out[STATUS_MAX], const char *before, unsigned n, const char *what)
{
	add(out, "%s%u %s%s", before, n, what, n == 1 ? "" : "s");
}

static void status(const struct daemon *d, const struct pulse *pulse, bool stuck,
		   char out[STATUS_MAX])
{
	unsigned problems = 0, probing = 0;

	for (unsigned i = 0; i < d->lives; i++) {
		problems += d->live[i].problem != NULL;
		probing += d->live[i].probing;
	}
	out[0] = '\0';
	count(out, "", pulse->links, "link");
	count(out, ", ", live_endpoint_count(d), "endpoint");
	count(out, ", ", pulse->connections, "connection");
	if (problems)
		add(out, "; %u of the endpoints %s not answer", problems,
		    problems == 1 ? "does" : "do");
	if (probing)
		add(out, "; %u of the endpoints %s", probing,
		    probing == 1 ? "is probing its address" : "are probing their addresses");
	if (stuck)
		add(out, "; a worker is stuck");
}

/* The status, if it changed, or if something goes with it. */
static void say(struct notify *n, const struct pulse *pulse, const char *more)
{
	char now[STATUS_MAX];

	status(n->daemon, pulse, n->stuck, now);
	if (*more || strcmp(n->said, now) != 0)
		sd_notifyf(0, "%sSTATUS=%s", more, now);
	memcpy(n->said, now, sizeof(now));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;
	struct pulse pulse;
	bool beats;

	(void)fd;
	(void)what;
	log_left_out(monotonic_now());
	workers_pulse(n->daemon->workers, &pulse);
	beats = pulse.beats != n->beats;
	n->beats = pulse.beats;
	if (n->stuck && beats)
		log_warn("no worker is stuck any more");
	else if (!n->stuck && !beats)
		log_about(LOG_LEVEL_ERROR, &(struct log_subject){.message = MESSAGE_STUCK},
			  "a worker has been stuck for %d s, and its clients are not answered",
			  (int)((n->tick + NS_PER_S - 1) / NS_PER_S));
	n->stuck = !beats;
	say(n, &pulse, n->watched && beats ? "WATCHDOG=1\n" : "");
}

static struct timeval timeval_of(nstime t)
{
	return (struct timeval){.tv_sec = (time_t)(t / NS_PER_S),
				.tv_usec = (suseconds_t)(t % NS_PER_S / NS_PER_US)};
}

void notify_start(struct daemon *d)
{
	struct notify *n = xcalloc(1, sizeof(*n));
	struct timeval tick;
	struct pulse pulse;
	uint64_t usec;

	*n = (struct notify){.daemon = d, .tick = TICK};
	n->watched = sd_watchdog_enabled(0, &usec) > 0;
	if (n->watched && (nstime)usec * NS_PER_US / TICKS_A_LIMIT < TICK)
		n->tick = (nstime)usec * NS_PER_US / TICKS_A_LIMIT;
	tick = timeval_of(n->tick);
	n->timer = event_new(d->base, -1, EV_PERSIST, on_tick, n);
	if (!n->timer || event_add(n->timer, &tick) < 0)
		abort(); /* no memory at the start */
	workers_pulse(d->workers, &pulse);
	n->beats = pulse.beats;
	d->notify = n;
	say(n, &pulse, "READY=1\n");
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void notify_free(struct notify *n)
{
	if (!n)
		return;
	event_free(n->timer);
	free(n);
}

static void log_reload(const struct daemon *d, bool done)
{
	if (done)
		log_about(LOG_LEVEL_INFO, &(struct log_subject){.message = MESSAGE_RELOADED},
			  "%s was read again", d->config->path);
	else
		log_about(LOG_LEVEL_ERROR, &(struct log_subject){.message = MESSAGE_RELOAD_REFUSED},
			  "the new config is wrong; the old one goes on");
}

bool notify_reload(struct daemon *d, struct diag *diag)
{
	struct pulse pulse;
	bool done;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(monotonic_now() / NS_PER_US));
	done = daemon_reload(d, diag);
	log_reload(d, done);
	workers_pulse(d->workers, &pulse);
	say(d->notify, &pulse, "READY=1\n");
	return done;
}
