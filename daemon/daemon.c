/* SPDX-License-Identifier: MIT */
#include "daemon.h"

#include "behaviour/compile.h"
#include "link/guard.h"
#include "link/packet.h"
#include "snapshot.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX 4096 /* of one endpoint on an address that the kernel owns: a guard each */

static nstime monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (nstime)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* --- links ------------------------------------------------------------------------------------ */

static bool single_address(const struct prefix *p)
{
	return p->bits == 128;
}

static bool add_interface(struct daemon *d, const char *name, char **error)
{
	return worker_has_interface(d->worker, name) ||
	       worker_add_interface(d->worker, name, error);
}

/* Those that were named; else those that own an endpoint's address. Local clients come by lo. One
 * that a reload no longer names stays open: what comes by it is for no endpoint. */
static bool open_links(struct daemon *d, const struct config *c, char **error)
{
	char name[IF_NAMESIZE];

	for (unsigned i = 0; i < d->options->interfaces; i++)
		if (!add_interface(d, d->options->interface[i], error))
			return false;
	for (unsigned i = 0; !d->options->interfaces && i < c->interfaces; i++)
		if (!add_interface(d, c->interface[i], error))
			return false;
	if (d->options->interfaces || c->interfaces)
		return true;
	if (!add_interface(d, "lo", error))
		return false;
	for (unsigned i = 0; i < c->endpoints; i++) {
		const struct prefix *p = &c->endpoint[i].address;

		if (single_address(p) && packet_interface_of(&p->addr, name) &&
		    !add_interface(d, name, error))
			return false;
	}
	return true;
}

/* --- guards ----------------------------------------------------------------------------------- */

static void close_guards(struct live *l)
{
	for (unsigned i = 0; i < l->guards; i++)
		close(l->guard[i]);
	free(l->guard);
	l->guard = NULL;
	l->guards = 0;
}

/* Guards for every port, or none and a problem that says why. */
static void open_guards(struct live *l, const struct endpoint_config *c)
{
	unsigned ports = c->port_to - c->port_from + 1u;

	free(l->problem);
	l->problem = NULL;
	if (!single_address(&c->address)) {
		l->problem = xstrdup("a network can only be replayed; to listen, name one address "
				     "that this host has");
		return;
	}
	if (ports > PORTS_MAX) {
		l->problem = xasprintf("%u ports are too many to listen on: %d are the most", ports,
				       PORTS_MAX);
		return;
	}
	l->guard = xcalloc(ports, sizeof(*l->guard));
	for (unsigned i = 0; i < ports; i++) {
		int fd = guard_open(&c->address.addr, (uint16_t)(c->port_from + i), &l->problem);

		if (fd < 0) {
			log_warn("%s does not answer: %s", c->name, l->problem);
			close_guards(l);
			return;
		}
		l->guard[l->guards++] = fd;
	}
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* --- endpoints -------------------------------------------------------------------------------- */

static void live_free(struct live *l)
{
	close_guards(l);
	ruleset_put(l->rules);
	free(l->problem);
	free(l->name);
}

static void use_endpoints(struct responder *r, void *arg)
{
	responder_use(r, arg);
}

/* Give the worker the endpoints as they are now. */
static void publish(struct daemon *d)
{
	const struct config *c = d->config;
	struct endpoint *list = xcalloc(d->lives, sizeof(*list));

	for (unsigned i = 0; i < d->lives; i++) {
		list[i] = (struct endpoint){
			.name = d->live[i].name,
			.number = d->live[i].number,
			.address = c->endpoint[i].address,
			.port_from = c->endpoint[i].port_from,
			.port_to = c->endpoint[i].port_to,
			.rules = d->live[i].rules,
			.problem = d->live[i].problem,
		};
	}
	worker_call(d->worker, use_endpoints,
		    endpoints_build(list, d->lives, c->client, c->clients));
	free(list);
}

int daemon_open(struct daemon *d, struct config *config, const struct options_given *options)
{
	const struct responder_limits limits = limits_of(config);
	char *error = NULL;

	*d = (struct daemon){.options = options, .config = config, .started = monotonic()};
	d->seed = seed_choose(options->has_seed || config->has_seed,
			      options->has_seed ? options->seed : config->seed);
	d->worker = worker_new(&limits, d->seed);
	if (!open_links(d, config, &error)) {
		fprintf(stderr, "synackd: %s\n", error);
		free(error);
		return EXIT_UNAVAILABLE;
	}
	raise_file_limit();
	d->lives = config->endpoints;
	d->live = xcalloc(d->lives, sizeof(*d->live));
	for (unsigned i = 0; i < d->lives; i++) {
		const struct endpoint_config *e = &config->endpoint[i];

		d->live[i] = (struct live){.name = xstrdup(e->name),
					   .number = ++d->last_number,
					   .rules = ruleset_get(e->rules)};
		open_guards(&d->live[i], e);
	}
	publish(d);
	return EXIT_SUCCESS;
}

void daemon_close(struct daemon *d)
{
	worker_free(d->worker);
	for (unsigned i = 0; i < d->lives; i++)
		live_free(&d->live[i]);
	free(d->live);
	config_free(d->config);
}

const struct endpoint_config *daemon_config_of(const struct daemon *d, const struct live *l)
{
	return &d->config->endpoint[l - d->live];
}

struct live *daemon_find(struct daemon *d, const char *endpoint)
{
	const struct endpoint_config *e = config_find_endpoint(d->config, endpoint);

	return e ? &d->live[e - d->config->endpoint] : NULL;
}

const char *daemon_behaviour(const struct daemon *d, const struct live *l)
{
	(void)d;
	return l->rules->text;
}

bool daemon_set(struct daemon *d, struct live *l, const char *behaviour, struct diag *diag)
{
	const struct endpoint_config *e = daemon_config_of(d, l);
	struct ruleset *rules = behaviour_compile(&d->config->catalogue, behaviour, &e->tcp,
						  &e->service, diag, NULL, 0, NULL);

	if (!rules)
		return false;
	ruleset_put(l->rules);
	l->rules = rules;
	publish(d);
	return true;
}

bool daemon_reset(struct daemon *d, struct live *l)
{
	const struct endpoint_config *e = daemon_config_of(d, l);

	if (l->rules == e->rules)
		return false;
	ruleset_put(l->rules);
	l->rules = ruleset_get(e->rules);
	publish(d);
	return true;
}

/* --- reload ----------------------------------------------------------------------------------- */

static bool same_place(const struct endpoint_config *a, const struct endpoint_config *b)
{
	return memcmp(&a->address.addr, &b->address.addr, sizeof(a->address.addr)) == 0 &&
	       a->address.bits == b->address.bits && a->port_from == b->port_from &&
	       a->port_to == b->port_to;
}

static struct live *live_named(struct daemon *d, const char *name)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (strcmp(d->live[i].name, name) == 0)
			return &d->live[i];
	return NULL;
}

/* An endpoint of the new config takes over what the old one of that name had: its number, its
 * guards when it is in the same place, and what was changed live. */
static void carry_over(struct daemon *d, struct live *from, const struct config *config,
		       const struct endpoint_config *e, struct live *to, struct diag *diag)
{
	const struct endpoint_config *was = daemon_config_of(d, from);

	to->number = from->number;
	if (from->rules != was->rules) {
		struct ruleset *rules =
			behaviour_compile(&config->catalogue, from->rules->text, &e->tcp,
					  &e->service, diag, NULL, 0, e->name);

		if (rules) {
			ruleset_put(to->rules);
			to->rules = rules;
		}
	}
	if (same_place(was, e) && !from->problem) {
		to->guard = from->guard;
		to->guards = from->guards;
		from->guard = NULL;
		from->guards = 0;
	}
}

bool daemon_reload(struct daemon *d, struct diag *diag)
{
	struct config *config = config_load(d->options->config, diag);
	char *error = NULL;
	struct live *live;

	if (!config)
		return false;
	if (!open_links(d, config, &error)) {
		diag_error(diag, config->path, 0, "interfaces", "%s", error);
		free(error);
		config_free(config);
		return false;
	}
	live = xcalloc(config->endpoints, sizeof(*live));
	for (unsigned i = 0; i < config->endpoints; i++) {
		const struct endpoint_config *e = &config->endpoint[i];
		struct live *from = live_named(d, e->name);

		live[i] = (struct live){.name = xstrdup(e->name), .rules = ruleset_get(e->rules)};
		if (from)
			carry_over(d, from, config, e, &live[i], diag);
		else
			live[i].number = ++d->last_number;
	}
	for (unsigned i = 0; i < d->lives; i++)
		live_free(&d->live[i]);
	free(d->live);
	config_free(d->config);
	d->config = config;
	d->live = live;
	d->lives = config->endpoints;
	for (unsigned i = 0; i < d->lives; i++)
		if (!live[i].guards)
			open_guards(&live[i], &config->endpoint[i]);
	publish(d);
	return true;
}
