/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include "base/log.h"
#include "live.h"
#include "steady.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define TICK          (2 * NS_PER_S)
#define TICKS_A_LIMIT 4 /* so many at least before the watchdog bites */

struct notify {
	struct daemon *daemon;
	struct event *timer;
	nstime tick;
	bool watched;   /* the watchdog waits for pings */
	uint64_t beats; /* of the workers, at the last tick */
	bool stuck;
	char *said; /* the last status */
};

/* `3 links`, `1 link` */
static void count(struct text *t, const char *before, unsigned n, const char *what)
{
	text_addf(t, "%s%u %s%s", before, n, what, n == 1 ? "" : "s");
}

static char *status(const struct daemon *d, const struct pulse *pulse, bool stuck)
{
	struct text t = {0};
	unsigned problems = 0, probing = 0;

	for (unsigned i = 0; i < d->lives; i++) {
		problems += d->live[i].problem != NULL;
		probing += d->live[i].probing;
	}
	count(&t, "", pulse->links, "link");
	count(&t, ", ", live_count(d), "endpoint");
	count(&t, ", ", pulse->connections, "connection");
	if (problems)
		text_addf(&t, "; %u of the endpoints %s not answer", problems,
			  problems == 1 ? "does" : "do");
	if (probing)
		text_addf(&t, "; %u of the endpoints %s", probing,
			  probing == 1 ? "is probing its address" : "are probing their addresses");
	if (stuck)
		text_add(&t, "; a worker is stuck");
	return t.s;
}

/* The status, if it changed, or if something goes with it. */
static void say(struct notify *n, const struct pulse *pulse, const char *more)
{
	char *now = status(n->daemon, pulse, n->stuck);

	if (*more || !n->said || strcmp(n->said, now) != 0)
		sd_notifyf(0, "%sSTATUS=%s", more, now);
	free(n->said);
	n->said = now;
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
	free(n->said);
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
