/* SPDX-License-Identifier: MIT */
/* Reports as the main thread makes them. */
#include "base/log.h"
#include "control/json_memory.h"
#include "control/judged.h"
#include "runtime/live_endpoint.h"
#include "worker/reports_private.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct desk {
	struct daemon *daemon;
	int wake; /* eventfd that counts down: one report, then the others have their turn */
	struct event *event;
	pthread_mutex_t lock; /* for what follows, and what is made of each worker */
	struct report *first, **end;
};

/* --- making one ------------------------------------------------------------------------------- */

/* A sentence in place of the report; takes the message, which a client's words may have spoilt. */
static json_t *refusal(struct report *p, json_t *message)
{
	p->good = false;
	return json_pack("{s:o}", "error",
			 message ? message : json_string("names are written in UTF-8"));
}

static json_t *judged(struct daemon *d, struct report *p)
{
	const struct report_query *of = &p->query;
	const struct live_endpoint *endpoint =
		*of->endpoint ? live_endpoint_find_any(d, of->endpoint) : NULL;
	struct judged_question q = {
		.client = {.addr = p->key.client, .bits = 128},
		.port = of->port,
		.since = of->has_since ? p->now - of->since : 0,
		.most = REPORT_TOLD_MAX,
		.rules = {.tolerance = LATE_TOLERANCE, .asserted = {.keepalive = true}},
	};
	json_t *o;

	if (*of->profile && !(q.rules.profile = config_profile(d->config, of->profile)))
		return refusal(p, json_sprintf("there is no profile `%s`", of->profile));
	if (*of->endpoint)
		q.endpoint = endpoint ? endpoint->name : of->endpoint;
	o = describe_judged(d, &p->trace, p->now, &q);
	if (!o)
		return NULL;
	/* One that is gone by now may still be in the trace. */
	if (q.endpoint && !endpoint && !json_array_size(json_object_get(o, "connections"))) {
		json_decref(o);
		return refusal(p, json_sprintf("there is no endpoint `%s`", of->endpoint));
	}
	return o;
}

static void make(struct daemon *d, struct report *p)
{
	json_t *o;

	p->good = true;
	(void)json_memory_failed(); /* what was built before is none of this report */
	o = judged(d, p);
	p->text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
	json_decref(o);
	if (json_memory_failed() || !p->text) {
		free(p->text);
		p->text = NULL; /* its connection is reset: see report_taken() */
	} else {
		p->len = strlen(p->text);
		p->text[p->len++] = '\n'; /* in place of the NUL: it goes by its length */
	}
	trace_free(&p->trace);
}

/* --- between the threads ---------------------------------------------------------------------- */

static struct report *take_first(struct desk *desk)
{
	struct report *p;

	pthread_mutex_lock(&desk->lock);
	p = desk->first;
	if (p)
		desk->first = p->next;
	if (!desk->first)
		desk->end = &desk->first;
	pthread_mutex_unlock(&desk->lock);
	return p;
}

static void give_back(struct desk *desk, struct report *p)
{
	struct reports *all = p->all;
	struct report **made = reports_made(all);

	pthread_mutex_lock(&desk->lock);
	p->next = *made;
	*made = p;
	pthread_mutex_unlock(&desk->lock);
	reports_wake(all); /* *p is the worker's */
}

static void on_asked(evutil_socket_t fd, short what, void *arg)
{
	struct desk *desk = arg;
	struct report *p;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	p = take_first(desk);
	if (!p)
		return;
	make(desk->daemon, p);
	give_back(desk, p);
}

void desk_ask(struct desk *desk, struct report *p)
{
	static struct log_limit limit = {.what = "reports that were not asked for", .lines = 5};
	const uint64_t one = 1;

	pthread_mutex_lock(&desk->lock);
	p->next = NULL;
	*desk->end = p;
	desk->end = &p->next;
	pthread_mutex_unlock(&desk->lock);
	if (write(desk->wake, &one, sizeof(one)) < 0)
		log_warn_limited(&limit, "a report could not be asked for: %s", strerror(errno));
}

struct report *desk_take(struct desk *desk, struct report **made)
{
	struct report *all;

	pthread_mutex_lock(&desk->lock);
	all = *made;
	*made = NULL;
	pthread_mutex_unlock(&desk->lock);
	return all;
}

void desk_forget(struct desk *desk, const struct reports *all)
{
	struct report **at = &desk->first;

	pthread_mutex_lock(&desk->lock); /* other workers may still ask */
	while (*at) {
		if ((*at)->all == all)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	desk->end = at;
	pthread_mutex_unlock(&desk->lock);
}

struct desk *desk_open(struct daemon *d)
{
	struct desk *desk = xcalloc(1, sizeof(*desk));

	desk->daemon = d;
	desk->end = &desk->first;
	pthread_mutex_init(&desk->lock, NULL);
	desk->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	desk->event = event_new(d->base, desk->wake, EV_READ | EV_PERSIST, on_asked, desk);
	if (!desk->event || event_add(desk->event, NULL) < 0)
		abort(); /* no memory, or no descriptors, at the start */
	return desk;
}

void desk_close(struct desk *desk)
{
	if (!desk)
		return;
	event_free(desk->event);
	close(desk->wake);
	pthread_mutex_destroy(&desk->lock);
	free(desk);
}
