/* SPDX-License-Identifier: MIT */
#include "systemd/notify.h"

#include "base/log.h"
#include "base/steady.h"
#include "base/text.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define TICK          (2 * NS_PER_S)
#define TICKS_A_LIMIT 4 /* at least this many ticks within the watchdog's time */

#define STATUS_MAX 256 /* with the NUL; enough for every status */

struct notify {
	void (*look)(void *arg, struct notify_health *out);
	void *arg;
	struct event *timer;
	nstime tick;
	bool watched;   /* the service manager expects pings */
	uint64_t beats; /* beats of the workers at the last tick */
	bool stuck;
	char said[STATUS_MAX]; /* the last status */
};

/* Appends to a status, which has a fixed size so that a tick does not depend on memory. */
static void add(char out[STATUS_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(char out[STATUS_MAX], const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + len, STATUS_MAX - len, fmt, ap);
	va_end(ap);
}

/* Appends `3 links` or `1 link`. */
static void count(char out[STATUS_MAX], const char *before, unsigned n, const char *what)
{
	add(out, "%s%u %s%s", before, n, what, n == 1 ? "" : "s");
}

static void status(const struct notify_health *h, bool stuck, char out[STATUS_MAX])
{
	out[0] = '\0';
	count(out, "", h->links, "link");
	count(out, ", ", h->endpoints, "endpoint");
	count(out, ", ", h->connections, "connection");
	if (h->problems)
		add(out, "; %u of the endpoints %s not answer", h->problems,
		    h->problems == 1 ? "does" : "do");
	if (h->probing)
		add(out, "; %u of the endpoints %s", h->probing,
		    h->probing == 1 ? "is probing its address" : "are probing their addresses");
	if (stuck)
		add(out, "; a worker is stuck");
}

/* Sends the status if it changed, or together with `more`. */
static void say(struct notify *n, const struct notify_health *health, const char *more)
{
	char now[STATUS_MAX];

	status(health, n->stuck, now);
	if (*more || strcmp(n->said, now) != 0)
		sd_notifyf(0, "%sSTATUS=%s", more, now);
	memcpy(n->said, now, sizeof(now));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;
	struct notify_health health;
	bool beats;

	(void)fd;
	(void)what;
	log_left_out(monotonic_now());
	n->look(n->arg, &health);
	beats = health.beats != n->beats;
	n->beats = health.beats;
	if (n->stuck && beats)
		log_warn("workers: no longer stuck");
	else if (!n->stuck && !beats)
		log_about(LOG_LEVEL_ERROR, &(struct log_subject){.message = MESSAGE_STUCK},
			  "worker: stuck for %d s: its clients are not answered",
			  (int)((n->tick + NS_PER_S - 1) / NS_PER_S));
	n->stuck = !beats;
	say(n, &health, n->watched && beats ? "WATCHDOG=1\n" : "");
}

static struct timeval timeval_of(nstime t)
{
	return (struct timeval){.tv_sec = (time_t)(t / NS_PER_S),
				.tv_usec = (suseconds_t)(t % NS_PER_S / NS_PER_US)};
}

struct notify *notify_start(struct event_base *base,
			    void (*look)(void *arg, struct notify_health *out), void *arg)
{
	struct notify *n = xcalloc(1, sizeof(*n));
	struct timeval tick;
	struct notify_health health;
	uint64_t usec;

	*n = (struct notify){.look = look, .arg = arg, .tick = TICK};
	n->watched = sd_watchdog_enabled(0, &usec) > 0;
	if (n->watched && (nstime)usec * NS_PER_US / TICKS_A_LIMIT < TICK)
		n->tick = (nstime)usec * NS_PER_US / TICKS_A_LIMIT;
	tick = timeval_of(n->tick);
	n->timer = event_new(base, -1, EV_PERSIST, on_tick, n);
	if (!n->timer || event_add(n->timer, &tick) < 0)
		abort(); /* no memory at the start */
	n->look(n->arg, &health);
	n->beats = health.beats;
	say(n, &health, "READY=1\n");
	return n;
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

void notify_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(monotonic_now() / NS_PER_US));
}

void notify_reloaded(struct notify *n)
{
	struct notify_health health;

	n->look(n->arg, &health);
	say(n, &health, "READY=1\n");
}
