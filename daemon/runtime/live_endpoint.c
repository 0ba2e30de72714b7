/* SPDX-License-Identifier: MIT */
#include "runtime/live_endpoint.h"

#include "base/log.h"
#include "base/steady.h"
#include "config/upstreams.h"
#include "runtime/placement.h"
#include "runtime/publish.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

struct expiry {
	struct event *timer;
	nstime at; /* since the Unix epoch */
	struct daemon *daemon;
	uint32_t number; /* number of the endpoint, whose struct may move */
};

/* --- queries ---------------------------------------------------------------------------------- */

enum live_endpoint_change live_endpoint_change(const struct live_endpoint *l)
{
	if (l->added)
		return CHANGE_ADDED;
	if (l->removed)
		return CHANGE_REMOVED;
	return l->rules != l->config->rules ? CHANGE_SET : CHANGE_NONE;
}

const char *live_endpoint_change_name(enum live_endpoint_change c)
{
	static const char *const names[] = {
		[CHANGE_NONE] = NULL,
		[CHANGE_SET] = "set",
		[CHANGE_ADDED] = "added",
		[CHANGE_REMOVED] = "removed",
	};

	return names[c];
}

nstime live_endpoint_until(const struct live_endpoint *l)
{
	return l->expiry ? l->expiry->at : NS_NEVER;
}

unsigned live_endpoint_count(const struct daemon *d)
{
	unsigned count = 0;

	for (unsigned i = 0; i < d->lives; i++)
		count += !d->live[i].removed;
	return count;
}

struct live_endpoint *live_endpoint_named(struct daemon *d, const char *name)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (strcmp(d->live[i].name, name) == 0)
			return &d->live[i];
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	const struct live_endpoint *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

struct live_endpoint **live_endpoints_by_name(struct daemon *d)
{
	struct live_endpoint **list = xcalloc(d->lives + 1, sizeof(struct live_endpoint *));

	for (unsigned i = 0; i < d->lives; i++)
		list[i] = &d->live[i];
	qsort(list, d->lives, sizeof(struct live_endpoint *), compare_names);
	return list;
}

static int compare_to_name(const void *name, const void *a)
{
	const struct live_endpoint *const *x = a;

	return strcmp(name, (*x)->name);
}

struct live_endpoint *live_endpoint_among(struct live_endpoint *const *by_name, unsigned count,
					  const char *name)
{
	struct live_endpoint *const *found =
		bsearch(name, by_name, count, sizeof(struct live_endpoint *), compare_to_name);

	return found ? *found : NULL;
}

/* Finds an endpoint, either among the removed ones or among the others. */
static struct live_endpoint *find(struct daemon *d, const char *endpoint, bool removed)
{
	const struct endpoint_config **list = xcalloc(d->lives + 1, sizeof(*list));
	int found;

	for (unsigned i = 0; i < d->lives; i++)
		if (d->live[i].removed == removed)
			list[i] = d->live[i].config;
	found = endpoint_config_find(list, d->lives, endpoint);
	free(list);
	return found < 0 ? NULL : &d->live[found];
}

struct live_endpoint *live_endpoint_find(struct daemon *d, const char *endpoint)
{
	return find(d, endpoint, false);
}

struct live_endpoint *live_endpoint_find_any(struct daemon *d, const char *endpoint)
{
	struct live_endpoint *l = find(d, endpoint, false);

	return l ? l : find(d, endpoint, true);
}

const char *live_endpoint_behaviour(const struct live_endpoint *l)
{
	return l->rules->text;
}

void live_endpoint_use(struct live_endpoint *l, struct ruleset *rules)
{
	ruleset_put(l->rules);
	l->rules = rules;
}

static void expiry_free(struct expiry *e)
{
	if (e)
		event_free(e->timer);
	free(e);
}

/* Frees the contents of *l and its guards, but not *l. */
static void release(struct live_endpoint *l)
{
	placement_leave(l);
	expiry_free(l->expiry);
	if (l->added)
		endpoint_config_release(l->added);
	free(l->added);
	ruleset_put(l->rules);
	endpoint_number_put(l->number);
	free(l->problem);
	free(l->name);
}

void live_endpoints_free(struct live_endpoint *live, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		release(&live[i]);
	free(live);
}

/* --- add -------------------------------------------------------------------------------------- */

static void on_expiry(evutil_socket_t fd, short what, void *arg)
{
	const struct expiry *e = arg;
	struct daemon *d = e->daemon;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < d->lives; i++) {
		if (d->live[i].number->value != e->number)
			continue;
		log_about(LOG_LEVEL_INFO,
			  &(struct log_subject){.message = MESSAGE_CHANGED,
						.endpoint = d->live[i].name},
			  "%s: removed: its lifetime expired", d->live[i].name);
		live_endpoint_remove(d, &d->live[i]);
		return;
	}
}

/* Returns NULL if memory runs out. */
static struct expiry *expire_after(struct daemon *d, uint32_t number, nstime lifetime)
{
	const struct timeval span = {.tv_sec = (time_t)(lifetime / NS_PER_S),
				     .tv_usec = (suseconds_t)(lifetime % NS_PER_S / NS_PER_US)};
	struct expiry *e = xcalloc(1, sizeof(*e));

	*e = (struct expiry){.at = steady_now() + lifetime, .daemon = d, .number = number};
	e->timer = event_new(d->base, -1, 0, on_expiry, e);
	if (e->timer && event_add(e->timer, &span) == 0)
		return e;
	if (e->timer)
		event_free(e->timer);
	free(e);
	return NULL;
}

static bool name_is_free(struct daemon *d, const char *name, struct diag *diag)
{
	const struct live_endpoint *l = live_endpoint_named(d, name);

	if (!l)
		return true;
	if (l->removed)
		diag_error(diag, NULL, 0, NULL,
			   "name '%s' in use by a removed endpoint of the config: restore it with "
			   "'synackctl reset %s', or choose another name",
			   name, name);
	else
		diag_error(diag, NULL, 0, NULL,
			   "name '%s' in use: choose another name, or change the behaviour of that "
			   "endpoint with 'synackctl set'",
			   name);
	return false;
}

/* Returns an endpoint that conflicts with `e` (endpoint_config_clash()), or NULL. */
static const struct endpoint_config *in_the_way(const struct daemon *d,
						const struct endpoint_config *e)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && endpoint_config_clash(d->live[i].config, e))
			return d->live[i].config;
	return NULL;
}

static bool place_is_free(struct daemon *d, const struct endpoint_config *e, struct diag *diag)
{
	const struct endpoint_config *c = in_the_way(d, e);
	char address[ADDR_TEXT_MAX];

	if (c)
		diag_error(diag, NULL, 0, NULL,
			   "%s port %u in use by '%s': choose another address or port, or remove "
			   "that endpoint with 'synackctl remove %s'",
			   prefix_format(&e->address, address),
			   c->port_from > e->port_from ? c->port_from : e->port_from, c->name,
			   c->name);
	return !c;
}

static bool has_room(const struct daemon *d, struct diag *diag)
{
	unsigned added = d->lives - d->config->endpoints;

	if (added < LIVE_ENDPOINTS_ADDED_MAX)
		return true;
	diag_error(diag, NULL, 0, NULL,
		   "%u endpoints were added already, which is the maximum: remove one", added);
	return false;
}

bool live_endpoints_resolve(const struct live_endpoint *live, unsigned lives,
			    const struct endpoint_config *e, struct diag *diag)
{
	const struct endpoint_config **list = xcalloc(lives + 1, sizeof(*list));
	unsigned count = 0;
	bool good;

	for (unsigned i = 0; i < lives; i++)
		if (!live[i].removed)
			list[count++] = live[i].config;
	list[count++] = e;
	good = endpoint_configs_resolve(list, count, diag);
	free(list);
	return good;
}

/* Opens links and guards. On failure returns false with the error in `diag`, and opens nothing. */
static bool open_place(struct daemon *d, struct live_endpoint *l, struct diag *diag)
{
	placement_take(d, l);
	if (l->problem)
		diag_error(diag, NULL, 0, NULL, "%s", l->problem);
	return !l->problem;
}

struct live_endpoint *live_endpoint_add(struct daemon *d, const struct endpoint_words *words,
					nstime lifetime, struct diag *diag)
{
	struct endpoint_config *e = endpoint_config_make(&d->config->catalogue, words, diag);
	struct live_endpoint l;

	if (!e)
		return NULL;
	l = (struct live_endpoint){
		.name = xstrdup(e->name), .config = e, .added = e, .rules = ruleset_get(e->rules)};
	if (!has_room(d, diag) || !name_is_free(d, e->name, diag) || !place_is_free(d, e, diag) ||
	    !live_endpoints_resolve(d->live, d->lives, e, diag) || !open_place(d, &l, diag)) {
		release(&l);
		return NULL;
	}
	l.number = endpoint_numbers_assign(&d->numbers);
	if (lifetime != NS_NEVER)
		l.expiry = expire_after(d, l.number->value, lifetime);
	if (lifetime != NS_NEVER && !l.expiry) {
		diag_error(diag, NULL, 0, NULL, "out of memory: try again");
		release(&l);
		return NULL;
	}
	d->live = xrealloc(d->live, (d->lives + 1) * sizeof(*d->live));
	d->live[d->lives++] = l;
	publish(d);
	return &d->live[d->lives - 1];
}

/* --- remove ---------------------------------------------------------------------------- */

size_t live_endpoint_remove(struct daemon *d, struct live_endpoint *l)
{
	struct live_endpoint gone = *l;
	size_t ended;

	if (l->added) {
		memmove(l, l + 1, (size_t)(&d->live[--d->lives] - l) * sizeof(*l));
	} else {
		gone = (struct live_endpoint){.number = endpoint_number_get(l->number),
					      .guard = l->guard,
					      .guards = l->guards,
					      .problem = l->problem};
		l->guard = NULL;
		l->guards = 0;
		l->problem = NULL;
		l->removed = true;
		live_endpoint_use(l, ruleset_get(l->config->rules));
	}
	/* First no new connections, then the end of the old connections; then the kernel gets the
	 * ports back. */
	publish(d);
	ended = workers_abort_endpoints(d->workers, &gone.number->value, 1);
	release(&gone);
	return ended;
}

bool live_endpoint_may_return(const struct daemon *d, const struct live_endpoint *l,
			      struct diag *diag)
{
	const struct endpoint_config *c = in_the_way(d, l->config);

	if (!l->removed)
		return true;
	if (c)
		diag_error(diag, NULL, 0, NULL,
			   "endpoint '%s': address and port in use by '%s': remove it with "
			   "'synackctl remove %s', or undo all changes with 'synackctl reset'",
			   l->config->name, c->name, c->name);
	return !c && live_endpoints_resolve(d->live, d->lives, l->config, diag);
}
