/* SPDX-License-Identifier: MIT */
#include "worker/report_queue.h"

#include "base/container.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/advance.h"
#include "engine/responder.h"
#include "judge/trace_copy.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct report {
	struct report_places *all;
	struct report *next; /* in the queue, or in the list of copying, made or revoked reports */
	struct report_job job;
	struct flow_key key; /* of the client's connection */
	uint64_t flow;
	/* Only the worker uses these: */
	struct client_trace *copying; /* the client's records; NULL: complete */
	bool ready;                   /* the main thread has returned it */
	nstime came;                  /* time of the return */
	bool taken;                   /* revoked, or without memory: wake the connection */
	bool unwanted;                /* the connection ended before the report was returned */
};

struct report_queue {
	report_maker *make;
	void *context;
	int wake; /* eventfd semaphore: one report per turn of the event loop */
	struct event *event;
	pthread_mutex_t lock; /* protects the fields below, and `made` of each worker */
	struct report *first, **end;
};

struct report_places {
	struct responder *responder;
	void (*event)(void *worker);
	void *worker;
	struct report_queue *queue;
	int wake; /* eventfd */
	struct event *wake_event;
	struct report *made; /* returned reports, newest first; protected by the queue's lock */
	struct report *report[REPORTS_MAX];
	struct report *taken; /* revoked reports whose connections do not know it yet */
	/* Reports whose records are being copied, oldest first, and the timer of the next step. */
	struct report *copying;
	struct event *copy_event;
};

/* --- the queue, in the main thread ------------------------------------------------------------ */

static void wake_worker(const struct report_places *all)
{
	static struct log_limit limit = {.what = "reports that were not returned", .lines = 5};
	const uint64_t one = 1;

	if (write(all->wake, &one, sizeof(one)) < 0)
		log_warn_limited(&limit, "report: cannot wake the worker: %s", strerror(errno));
}

static struct report *take_first(struct report_queue *q)
{
	struct report *p;

	pthread_mutex_lock(&q->lock);
	p = q->first;
	if (p)
		q->first = p->next;
	if (!q->first)
		q->end = &q->first;
	pthread_mutex_unlock(&q->lock);
	return p;
}

static void give_back(struct report_queue *q, struct report *p)
{
	struct report_places *all = p->all;

	pthread_mutex_lock(&q->lock);
	p->next = all->made;
	all->made = p;
	pthread_mutex_unlock(&q->lock);
	wake_worker(all); /* *p belongs to the worker again */
}

static void on_asked(evutil_socket_t fd, short what, void *arg)
{
	struct report_queue *q = arg;
	struct report *p;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	p = take_first(q);
	if (!p)
		return;
	q->make(q->context, &p->job);
}

void report_made(struct report_job *job)
{
	struct report *p = container_of(job, struct report, job);

	trace_free(&job->trace);
	give_back(p->all->queue, p);
}

struct report_queue *report_queue_open(struct event_base *base, report_maker *make, void *context)
{
	struct report_queue *q = xcalloc(1, sizeof(*q));

	*q = (struct report_queue){.make = make, .context = context, .end = &q->first};
	pthread_mutex_init(&q->lock, NULL);
	q->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	q->event = event_new(base, q->wake, EV_READ | EV_PERSIST, on_asked, q);
	if (!q->event || event_add(q->event, NULL) < 0)
		abort(); /* no memory or descriptor at start-up */
	return q;
}

void report_queue_close(struct report_queue *q)
{
	if (!q)
		return;
	event_free(q->event);
	close(q->wake);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* --- between worker and main thread
 * ------------------------------------------------------------ */

/* Passes the report to the main thread until it is returned. */
static void queue_add(struct report_queue *q, struct report *p)
{
	static struct log_limit limit = {.what = "reports that were not requested", .lines = 5};
	const uint64_t one = 1;

	pthread_mutex_lock(&q->lock);
	p->next = NULL;
	*q->end = p;
	q->end = &p->next;
	pthread_mutex_unlock(&q->lock);
	if (write(q->wake, &one, sizeof(one)) < 0)
		log_warn_limited(&limit, "report: cannot wake the main thread: %s",
				 strerror(errno));
}

/* Takes the list of returned reports, linked by `next`. */
static struct report *take_made(struct report_places *places)
{
	struct report *all;

	pthread_mutex_lock(&places->queue->lock);
	all = places->made;
	places->made = NULL;
	pthread_mutex_unlock(&places->queue->lock);
	return all;
}

/* Removes the reports of a worker from the queue. Its thread must have ended. */
static void forget_unmade(struct report_queue *q, const struct report_places *all)
{
	struct report **at = &q->first;

	pthread_mutex_lock(&q->lock); /* other workers may still add reports */
	while (*at) {
		if ((*at)->all == all)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	q->end = at;
	pthread_mutex_unlock(&q->lock);
}

/* --- the places of a worker ------------------------------------------------------------------- */

static void unlink_report(struct report **list, const struct report *p)
{
	while (*list && *list != p)
		list = &(*list)->next;
	if (*list)
		*list = p->next;
}

static void stop_copying(struct report *p)
{
	unlink_report(&p->all->copying, p);
	free(p->copying);
	p->copying = NULL;
}

static void report_free(struct report *p)
{
	for (unsigned i = 0; i < REPORTS_MAX; i++)
		if (p->all->report[i] == p)
			p->all->report[i] = NULL;
	unlink_report(&p->all->taken, p);
	if (p->copying) {
		trace_free(&p->copying->copied);
		stop_copying(p);
	}
	trace_free(&p->job.trace);
	free(p->job.text);
	free(p);
}

/* --- operations for the service
 * ---------------------------------------------------------------- */

/* Returns true if both addresses belong to one client: an IPv6 client has a /64. IPv4 addresses
 * are compared completely, because their mapped form starts with the /64 of ::1. */
static bool same_client(const struct report *p, const struct addr *client)
{
	const struct addr *its = &p->key.client;

	if (addr_is_v4(its) || addr_is_v4(client))
		return addr_equal(its, client);
	return memcmp(its->b, client->b, 8) == 0;
}

static unsigned places_of(const struct report_places *all, const struct addr *client)
{
	unsigned count = 0;

	for (unsigned i = 0; i < REPORTS_MAX; i++)
		count += all->report[i] && same_client(all->report[i], client);
	return count;
}

/* Revokes the report of `client` that has been ready longest; if `client` is NULL, that of a
 * client with the most places. Returns its place, or NULL if no report may be revoked. The
 * connection is reset in its own turn. */
static struct report **take_back(struct report_places *all, const struct addr *client)
{
	struct report **found = NULL;
	unsigned most = 0;
	uint64_t one = 1;

	for (unsigned i = 0; i < REPORTS_MAX; i++) {
		const struct report *p = all->report[i];
		unsigned places;

		if (!p || !p->ready || responder_now(all->responder) - p->came < REPORT_PATIENCE ||
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
	free((*found)->job.text);
	(*found)->job.text = NULL;
	(*found)->next = all->taken;
	all->taken = *found;
	*found = NULL;
	(void)!write(all->wake, &one, sizeof(one));
	return found;
}

/* Returns a place for another report of the client, or NULL if there is none. */
static struct report **place_for(struct report_places *all, const struct addr *client)
{
	if (places_of(all, client) >= REPORTS_A_CLIENT)
		return take_back(all, client);
	for (unsigned i = 0; i < REPORTS_MAX; i++)
		if (!all->report[i])
			return &all->report[i];
	return take_back(all, NULL);
}

static const struct timeval at_once = {0};

/* Begins to copy the client's records. Returns false without memory. */
static bool start_copying(struct report *p, const struct flow *f)
{
	struct report **end = &p->all->copying;
	const struct trace *t = responder_trace(p->all->responder);
	const struct flow_key key = flow_key_of(f);

	p->copying = malloc(sizeof(*p->copying));
	if (!p->copying)
		return false;
	if (!client_trace_begin(p->copying, t, &key.client, REPORT_TRACE_MAX) ||
	    event_add(p->all->copy_event, &at_once) < 0) {
		trace_free(&p->copying->copied);
		free(p->copying);
		return false;
	}
	while (*end)
		end = &(*end)->next;
	*end = p;
	return true;
}

/* A step of the oldest copy. Frames that arrived meanwhile precede the next step. */
static void on_copy(evutil_socket_t fd, short what, void *arg)
{
	struct report_places *all = arg;
	struct report *p = all->copying;

	(void)fd;
	(void)what;
	if (p && client_trace_step(p->copying, responder_trace(all->responder), TRACE_STEP)) {
		p->job.trace = p->copying->copied;
		stop_copying(p);
		queue_add(all->queue, p);
	}
	if (all->copying)
		event_add(all->copy_event, &at_once);
}

static struct report *report_ask(void *context, const struct report_query *q, const struct flow *f)
{
	struct report_places *all = context;
	struct responder *r = all->responder;
	const struct flow_key key = flow_key_of(f);
	struct report **place = place_for(all, &key.client), *p;

	if (!place)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p) {
		responder_count(r, COUNT_NO_MEMORY);
		return NULL;
	}
	*p = (struct report){
		.all = all,
		.job = {.query = *q, .client = key.client, .now = responder_now(r)},
		.key = key,
		.flow = f->id,
	};
	if (!start_copying(p, f)) {
		responder_count(r, COUNT_NO_MEMORY);
		free(p);
		return NULL;
	}
	*place = p;
	return p;
}

static const char *report_text(const struct report *p, size_t *len, bool *good)
{
	if (!p->ready)
		return NULL;
	*len = p->job.len;
	*good = p->job.good;
	return p->job.text;
}

static bool report_taken(const struct report *p)
{
	return p->taken;
}

static void report_let_go(struct report *p)
{
	if (p->ready || p->copying)
		report_free(p);
	else
		p->unwanted = true; /* the main thread still uses it */
}

static const struct report_ops report_ops = {
	.ask = report_ask, .text = report_text, .taken = report_taken, .let_go = report_let_go};

/* --- returned reports
 * -------------------------------------------------------------------------- */

/* Wakes the connections of revoked reports, which then release them. A connection that is
 * silenced releases its report when it ends. */
static void tell_taken(struct report_places *all)
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
	struct report_places *all = arg;
	struct report *next;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	all->event(all->worker);
	for (struct report *p = take_made(all); p; p = next) {
		const struct flow_key key = p->key;
		const uint64_t flow = p->flow;

		next = p->next;
		p->ready = true;
		p->came = responder_now(all->responder);
		p->taken = !p->job.text;
		if (!p->job.text)
			responder_count(all->responder, COUNT_NO_MEMORY);
		if (p->unwanted)
			report_free(p);
		else
			responder_wake(all->responder, &key, flow); /* may release it */
	}
	tell_taken(all);
}

struct report_places *report_places_new(struct event_base *base, struct responder *r,
					void (*event)(void *worker), void *worker,
					struct report_queue *q)
{
	struct report_places *all = xcalloc(1, sizeof(*all));

	*all = (struct report_places){.responder = r, .event = event, .worker = worker, .queue = q};
	all->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	all->wake_event = event_new(base, all->wake, EV_READ | EV_PERSIST, on_made, all);
	all->copy_event = evtimer_new(base, on_copy, all);
	if (!all->wake_event || event_add(all->wake_event, NULL) < 0 || !all->copy_event)
		abort(); /* no memory or descriptor at start-up */
	responder_set_reports(r, &(struct report_provider){&report_ops, all});
	return all;
}

void report_places_free(struct report_places *all)
{
	if (!all)
		return;
	forget_unmade(all->queue, all);
	for (unsigned i = 0; i < REPORTS_MAX; i++)
		if (all->report[i])
			report_free(all->report[i]);
	while (all->taken)
		report_free(all->taken);
	event_free(all->copy_event);
	event_free(all->wake_event);
	close(all->wake);
	free(all);
}
