/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "judge/trace_copy.h"
#include "worker/reports_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct reports {
	struct responder *responder;
	nstime (*now)(void);
	struct desk *desk;
	int wake; /* eventfd */
	struct event *wake_event;
	struct report *made; /* the last first; guarded by the desk */
	struct report *report[REPORTS_MAX];
	struct report *taken; /* back, and their connections do not know it yet */
};

static void report_free(struct report *p)
{
	for (unsigned i = 0; i < REPORTS_MAX; i++)
		if (p->all->report[i] == p)
			p->all->report[i] = NULL;
	for (struct report **at = &p->all->taken; *at; at = &(*at)->next) {
		if (*at == p) {
			*at = p->next;
			break;
		}
	}
	trace_free(&p->trace);
	free(p->text);
	free(p);
}

/* --- what the service asks for ---------------------------------------------------------------- */

/* Addresses that one client may have as it likes: of IPv6 a /64. The mapped form of IPv4 begins
 * with that of ::1, and is none of it. */
static bool same_client(const struct report *p, const struct addr *client)
{
	const struct addr *its = &p->key.client;

	if (addr_is_v4(its) || addr_is_v4(client))
		return addr_equal(its, client);
	return memcmp(its->b, client->b, 8) == 0;
}

static unsigned places_of(const struct reports *all, const struct addr *client)
{
	unsigned count = 0;

	for (unsigned i = 0; i < REPORTS_MAX; i++)
		count += all->report[i] && same_client(all->report[i], client);
	return count;
}

/* The place of a report that is read too slowly, of this client, or with NULL taken from a client
 * with the most of them. NULL: there is none. The connection is reset in a turn of its own. */
static struct report **take_back(struct reports *all, const struct addr *client)
{
	struct report **found = NULL;
	unsigned most = 0;
	uint64_t one = 1;

	for (unsigned i = 0; i < REPORTS_MAX; i++) {
		const struct report *p = all->report[i];
		unsigned places;

		if (!p || !p->ready || all->responder->now - p->came < REPORT_PATIENCE ||
		    (client && !same_client(p, client)))
			continue;
		places = places_of(all, &p->key.client);
		if (places < most || (places == most && p->came >= (*found)->came))
			continue;
		most = places;
		found = &all->report[i];
	}
	if (!found)
		return NULL;
	(*found)->taken = true;
	free((*found)->text);
	(*found)->text = NULL;
	(*found)->next = all->taken;
	all->taken = *found;
	*found = NULL;
	(void)!write(all->wake, &one, sizeof(one));
	return found;
}

/* A place for one more of this client. NULL: there is none. */
static struct report **place_for(struct reports *all, const struct addr *client)
{
	if (places_of(all, client) >= REPORTS_A_CLIENT)
		return take_back(all, client);
	for (unsigned i = 0; i < REPORTS_MAX; i++)
		if (!all->report[i])
			return &all->report[i];
	return take_back(all, NULL);
}

static struct report *report_ask(void *context, const struct report_query *q, const struct flow *f)
{
	struct reports *all = context;
	struct responder *r = all->responder;
	struct report **place = place_for(all, &f->key.client), *p;

	if (!place)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p) {
		r->counter[COUNT_NO_MEMORY]++;
		return NULL;
	}
	*p = (struct report){.all = all, .query = *q, .key = f->key, .flow = f->id, .now = r->now};
	if (!trace_of_client(&r->trace, &f->key.client, REPORT_TRACE_MAX, &p->trace)) {
		r->counter[COUNT_NO_MEMORY]++;
		free(p);
		return NULL;
	}
	*place = p;
	desk_ask(all->desk, p);
	return p;
}

static const char *report_text(const struct report *p, size_t *len, bool *good)
{
	if (!p->ready)
		return NULL;
	*len = p->len;
	*good = p->good;
	return p->text;
}

static bool report_taken(const struct report *p)
{
	return p->taken;
}

static void report_let_go(struct report *p)
{
	if (p->ready)
		report_free(p);
	else
		p->unwanted = true; /* the main thread has it */
}

static const struct report_ops report_ops = {
	.ask = report_ask, .text = report_text, .taken = report_taken, .let_go = report_let_go};

/* --- what comes back -------------------------------------------------------------------------- */

/* The connection lets go of its report when it hears that it was taken; one that is silent does so
 * when it ends. */
static void tell_taken(struct reports *all)
{
	struct report *next;

	for (struct report *p = all->taken; p; p = next) {
		const struct flow_key key = p->key;

		next = p->next;
		responder_wake(all->responder, &key, p->flow);
	}
}

static void on_made(evutil_socket_t fd, short what, void *arg)
{
	struct reports *all = arg;
	struct report *next;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	responder_advance(all->responder, all->now());
	for (struct report *p = desk_take(all->desk, &all->made); p; p = next) {
		const struct flow_key key = p->key;
		const uint64_t flow = p->flow;

		next = p->next;
		p->ready = true;
		p->came = all->responder->now;
		p->taken = !p->text;
		all->responder->counter[COUNT_NO_MEMORY] += !p->text;
		if (p->unwanted)
			report_free(p);
		else
			responder_wake(all->responder, &key, flow); /* it may let go of it */
	}
	tell_taken(all);
}

struct report **reports_made(struct reports *all)
{
	return &all->made;
}

void reports_wake(struct reports *all)
{
	static struct log_limit limit = {.what = "reports that no worker was told of", .lines = 5};
	const uint64_t one = 1;

	if (write(all->wake, &one, sizeof(one)) < 0)
		log_warn_limited(&limit, "a worker could not be told of a report: %s",
				 strerror(errno));
}

struct reports *reports_new(struct event_base *base, struct responder *r, nstime (*now)(void),
			    struct desk *desk)
{
	struct reports *all = xcalloc(1, sizeof(*all));

	*all = (struct reports){.responder = r, .now = now, .desk = desk};
	all->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	all->wake_event = event_new(base, all->wake, EV_READ | EV_PERSIST, on_made, all);
	if (!all->wake_event || event_add(all->wake_event, NULL) < 0)
		abort(); /* no memory, or no descriptors, at the start */
	r->judge = (struct report_provider){&report_ops, all};
	return all;
}

void reports_free(struct reports *all)
{
	if (!all)
		return;
	desk_forget(all->desk, all);
	for (unsigned i = 0; i < REPORTS_MAX; i++)
		if (all->report[i])
			report_free(all->report[i]);
	while (all->taken)
		report_free(all->taken);
	event_free(all->wake_event);
	close(all->wake);
	free(all);
}
