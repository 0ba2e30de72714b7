/* SPDX-License-Identifier: MIT */
#include "runtime/addresses.h"

#include "base/descriptors.h"
#include "base/log.h"
#include "base/steady.h"
#include "base/text.h"
#include "link/address_events.h"
#include "link/host_addresses.h"
#include "runtime/placement.h"
#include "runtime/publish.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Time to wait after a change: an address that is being replaced is missing for a moment. If
 * changes never stop, the daemon adapts after UNSETTLED_MAX. */
static const struct timeval settled = {.tv_usec = 200000};
#define UNSETTLED_MAX (2 * NS_PER_S)

struct address_watch {
	struct daemon *daemon;
	int fd; /* -1: the kernel reports no changes */
	struct event *readable, *timer;
	nstime since; /* first change since the timer was started, by monotonic_now() */
};

/* The last address that the kernel was asked about: many endpoints in succession have the same. */
struct asked {
	struct addr address;
	bool valid, here;
};

static bool is_here(struct asked *last, const struct addr *a)
{
	if (!last->valid || !addr_equal(&last->address, a))
		*last = (struct asked){.address = *a, .valid = true, .here = placement_owns(a)};
	return last->here;
}

static void lose(struct live_endpoint *l)
{
	char text[ADDR_TEXT_MAX];

	l->gone = true;
	l->problem = xasprintf("%s is no longer an address of this host: add it with 'ip address "
			       "add', or name another and run 'synackctl reload'",
			       addr_format(&l->config->address.addr, text));
	placement_log_problem(l);
}

static void regain(struct daemon *d, struct live_endpoint *l)
{
	static struct log_limit limit = {.what = "addresses that returned", .lines = 50};

	l->gone = false;
	placement_return(d, l);
	if (!l->problem)
		log_limited(&limit, LOG_LEVEL_INFO, &(struct log_subject){.endpoint = l->name},
			    "%s: answers again: its address has returned", l->name);
}

/* Returns true if anything changed. */
static bool follow(struct daemon *d, struct live_endpoint *l, struct asked *last)
{
	bool here;

	if (l->removed || l->config->address.bits != ADDR_BITS)
		return false;
	here = is_here(last, &l->config->address.addr);
	if (l->place.owned && !l->problem && !here) {
		lose(l);
	} else if (l->gone && here) {
		regain(d, l);
	} else if (!l->place.owned && here && !config_tun_of(d->config, &l->config->address)) {
		placement_take(d, l); /* it had no place, or was virtual */
		l->taken = l->probing = false;
	} else {
		return false;
	}
	return true;
}

static void on_settled(evutil_socket_t unused, short what, void *arg)
{
	struct address_watch *w = arg;
	struct daemon *d = w->daemon;
	struct asked last = {0};
	bool changed = false;

	(void)unused;
	(void)what;
	if (!descriptors_for_a_change()) { /* an owned address would look like a virtual one */
		event_add(w->timer, &settled);
		return;
	}
	host_addresses_hold();
	for (unsigned i = 0; i < d->lives; i++)
		changed |= follow(d, &d->live[i], &last);
	host_addresses_release();
	if (changed)
		publish(d);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct address_watch *w = arg;

	(void)what;
	if (!address_events_read(fd))
		return;
	if (!evtimer_pending(w->timer, NULL))
		w->since = monotonic_now();
	else if (monotonic_now() - w->since > UNSETTLED_MAX)
		return;
	event_add(w->timer, &settled);
}

struct address_watch *addresses_watch(struct daemon *d)
{
	struct address_watch *w = xcalloc(1, sizeof(*w));

	*w = (struct address_watch){.daemon = d, .fd = address_events_open()};
	if (w->fd >= 0) {
		w->readable = event_new(d->base, w->fd, EV_READ | EV_PERSIST, on_event, w);
		w->timer = evtimer_new(d->base, on_settled, w);
	}
	if (w->readable && w->timer && event_add(w->readable, NULL) == 0)
		return w;
	log_warn("addresses: cannot watch for changes: %s: run 'synackctl reload' after each",
		 strerror(errno));
	return w;
}

void addresses_free(struct address_watch *w)
{
	if (!w)
		return;
	if (w->readable)
		event_free(w->readable);
	if (w->timer)
		event_free(w->timer);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}
