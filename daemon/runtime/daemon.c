/* SPDX-License-Identifier: MIT */
#include "runtime/daemon.h"

#include "base/descriptors.h"
#include "base/steady.h"
#include "link/guard.h"
#include "link/packet.h"
#include "runtime/daemon_private.h"
#include "runtime/pending_next.h"
#include "runtime/probes.h"
#include "runtime/snapshot.h"
#include "runtime/tun_devices.h"
#include "runtime/unbounded.h"
#include "worker/report_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORTS_MAX 4096 /* of one endpoint on an address that the kernel owns: a guard each */

/* --- links ------------------------------------------------------------------------------------ */

static bool single_address(const struct prefix *p)
{
	return p->bits == 128;
}

static bool add_interface(struct daemon *d, const char *name, char **error)
{
	return workers_has_interface(d->workers, name) ||
	       workers_add_interface(d->workers, name, error);
}

/* The interface that owns the endpoint's address, unless the interfaces were named. */
static bool open_link_for(struct daemon *d, const struct config *c, const struct endpoint_config *e,
			  char **error)
{
	char name[IF_NAMESIZE];

	return d->options->interfaces || c->interfaces || !single_address(&e->address) ||
	       !packet_interface_of(&e->address.addr, name) || add_interface(d, name, error);
}

/* Those that were named; else those that own an endpoint's address. Local clients come by lo. One
 * that a reload no longer names stays open: what comes by it is for no endpoint. */
static bool open_links(struct daemon *d, const struct config *c, char **error)
{
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
	for (unsigned i = 0; i < c->endpoints; i++)
		if (!open_link_for(d, c, &c->endpoint[i], error))
			return false;
	return true;
}

/* --- guards ----------------------------------------------------------------------------------- */

void close_guards(struct live_endpoint *l)
{
	for (unsigned i = 0; i < l->guards; i++)
		guard_put(l->guard[i]);
	free(l->guard);
	l->guard = NULL;
	l->guards = 0;
}

/* Guards for every port, or none and a problem that says why. */
static void open_guards(struct daemon *d, struct live_endpoint *l)
{
	const struct endpoint_config *c = l->config;
	unsigned ports = c->port_to - c->port_from + 1u;

	if (ports > PORTS_MAX) {
		l->problem = xasprintf("%u ports are too many to listen on: %d are the most", ports,
				       PORTS_MAX);
		return;
	}
	l->guard = xcalloc(ports, sizeof(struct guard *));
	for (unsigned i = 0; i < ports; i++) {
		struct guard *g = guard_take(&d->guards, &c->address.addr,
					     (uint16_t)(c->port_from + i), &l->problem);

		if (!g) {
			close_guards(l);
			return;
		}
		l->guard[l->guards++] = g;
	}
}

static bool may_use(const char *name, void *arg)
{
	const struct daemon *d = arg;

	/* Those that were named, or any. */
	return workers_has_interface(d->workers, name) ||
	       !(d->options->interfaces || d->config->interfaces);
}

static const char no_descriptors[] = "too few file descriptors are left: close control clients, or "
				     "raise LimitNOFILE= or `ulimit -n`";

void take_place(struct daemon *d, struct live_endpoint *l)
{
	const struct endpoint_config *c = l->config;

	free(l->problem);
	l->problem = NULL;
	/* Without descriptors to ask the kernel with, an address of this host looks like none. */
	if (!descriptors_for_a_change())
		l->problem = xstrdup(no_descriptors);
	else if (placement_find(c, d->config, may_use, d, &l->place, &l->problem)) {
		if (!l->place.owned)
			add_interface(d, l->place.interface, &l->problem);
		else if (open_link_for(d, d->config, c, &l->problem))
			open_guards(d, l);
	}
	if (l->problem)
		log_about(LOG_LEVEL_WARN,
			  &(struct log_subject){.message = MESSAGE_NO_ANSWER,
						.endpoint = c->name,
						.behaviour = l->rules->text},
			  "%s does not answer: %s", c->name, l->problem);
}

/* --- endpoints -------------------------------------------------------------------------------- */

void live_endpoint_free(struct live_endpoint *l)
{
	close_guards(l);
	expiry_free(l->expiry);
	if (l->added)
		endpoint_config_release(l->added);
	free(l->added);
	ruleset_put(l->rules);
	free(l->problem);
	free(l->name);
}

static void free_all(struct live_endpoint *live, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		live_endpoint_free(&live[i]);
	free(live);
}

/* For the worker, while we wait. */
struct publication {
	const struct daemon *daemon;
	struct endpoint_index *endpoints;
	struct broadcasts broadcasts;
};

/* The link answers for the addresses that were placed on it. False: errno says why not. */
static bool give_addresses(const struct daemon *d, struct link *l)
{
	struct prefix *own = xcalloc(d->lives ? d->lives : 1, sizeof(*own));
	struct prefix *client = xcalloc(d->config->clients + 1, sizeof(*client));
	unsigned owns = 0;
	bool given;

	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && !d->live[i].problem && !d->live[i].probing &&
		    strcmp(d->live[i].place.interface, l->name) == 0)
			own[owns++] = d->live[i].config->address;
	for (unsigned i = 0; i < d->config->clients; i++)
		client[i] = d->config->client[i].network;
	given = l->ops->answer_for(l, own, owns, client, d->config->clients);
	free(own);
	free(client);
	return given;
}

static void use_publication(struct responder *r, void *arg)
{
	const struct publication *p = arg;
	const struct responder_limits limits = limits_of(p->daemon->config);

	for (unsigned i = 0; i < responder_links(r); i++) {
		struct link *l = responder_link(r, i);

		if (l->ops->answer_for && !give_addresses(p->daemon, l) &&
		    responder_number(r) == 0) /* said once */
			log_warn("%s: cannot answer for addresses that this host does not have: %s",
				 l->name, strerror(errno));
		broadcasts_copy(&l->broadcasts, &p->broadcasts);
	}
	responder_use_limits(r, &limits);
	responder_use(r, endpoint_index_get(p->endpoints));
}

static bool has_relay(const struct daemon *d)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && d->live[i].config->service.target)
			return true;
	return false;
}

/* Each relay takes a descriptor: say when there cannot be as many as connections_max permits. */
static void compare_relays(struct daemon *d)
{
	unsigned most = descriptors_left(), limit = descriptors_limit();
	uint64_t wanted = (uint64_t)d->config->connections_max * workers_count(d->workers);

	if (!has_relay(d) || most >= wanted || d->few_relays == limit)
		return;
	d->few_relays = limit;
	log_warn("about %u relays can be open at once, and connections_max permits %" PRIu64
		 ": set LimitNOFILE= or `ulimit -n` to %" PRIu64 " (it is %u), or lower "
		 "connections_max",
		 most, wanted, wanted + limit - most, limit);
}

void publish(struct daemon *d)
{
	const struct config *c = d->config;
	struct endpoint *list = xcalloc(d->lives + 1, sizeof(*list));
	struct publication publication;
	struct allowed *allowed;
	unsigned count = 0, clients;

	pending_next_follow(d, NULL);
	probes_follow(d);
	for (unsigned i = 0; i < d->lives; i++) {
		const struct live_endpoint *l = &d->live[i];

		if (l->removed)
			continue;
		list[count++] = (struct endpoint){
			.name = l->name,
			.number = l->number,
			.address = l->config->address,
			.port_from = l->config->port_from,
			.port_to = l->config->port_to,
			.rules = l->rules,
			.owned = l->place.owned,
			.problem = l->probing ? (char *)"its address is being probed" : l->problem,
		};
	}
	clients = unbounded_clients(d, &allowed);
	publication = (struct publication){
		.daemon = d,
		.endpoints = endpoint_index_build(list, count, allowed, clients),
	};
	tun_devices_leave_to_kernel(publication.endpoints, c);
	broadcasts_find(&publication.broadcasts);
	workers_call(d->workers, use_publication, &publication);
	endpoint_index_put(publication.endpoints);
	broadcasts_free(&publication.broadcasts);
	free(allowed);
	free(list);
	compare_relays(d);
}

/* False, with errno set: the kernel gives no secrets. */
static bool make_workers(struct daemon *d, const struct config *config)
{
	const struct responder_limits limits = limits_of(config);
	const struct cmdline *o = d->options;

	if (!seed_choose(o->has_seed || config->has_seed, o->has_seed ? o->seed : config->seed,
			 &d->seed))
		return false;
	d->workers = workers_new(workers_wanted(config->workers), &limits, d->seed);
	return d->workers;
}

int daemon_open(struct daemon *d, struct config *config, const struct cmdline *options,
		struct event_base *base, report_maker *make_report)
{
	char *error = NULL;

	*d = (struct daemon){
		.options = options, .config = config, .started = monotonic_now(), .base = base};
	if (!make_workers(d, config)) {
		log_error("getrandom: no keys for ISNs and cookies: %s: allow this system call",
			  strerror(errno));
		return EXIT_UNAVAILABLE;
	}
	d->probes = probes_open(d);
	d->reports = report_queue_open(base, make_report, d);
	workers_report_to(d->workers, d->reports);
	if (!tun_devices_open(d, config, &error) || !open_links(d, config, &error)) {
		log_error("%s", error);
		free(error);
		return EXIT_UNAVAILABLE;
	}
	tun_devices_settle(d);
	d->lives = config->endpoints;
	d->live = xcalloc(d->lives, sizeof(*d->live));
	for (unsigned i = 0; i < d->lives; i++) {
		const struct endpoint_config *e = &config->endpoint[i];

		d->live[i] = (struct live_endpoint){.name = xstrdup(e->name),
						    .config = e,
						    .number = ++d->last_number,
						    .rules = ruleset_get(e->rules)};
		take_place(d, &d->live[i]);
	}
	publish(d);
	return EXIT_SUCCESS;
}

void daemon_close(struct daemon *d)
{
	workers_free(d->workers);
	probes_close(d->probes);
	report_queue_close(d->reports);
	pending_next_free_all(d);
	free_all(d->live, d->lives);
	config_free(d->config);
}

const char *daemon_behaviour(const struct daemon *d, const struct live_endpoint *l)
{
	(void)d;
	return l->rules->text;
}

/* --- reload ----------------------------------------------------------------------------------- */

static bool same_place(const struct endpoint_config *a, const struct endpoint_config *b)
{
	return memcmp(&a->address.addr, &b->address.addr, sizeof(a->address.addr)) == 0 &&
	       a->address.bits == b->address.bits && a->port_from == b->port_from &&
	       a->port_to == b->port_to;
}

struct live_endpoint *live_endpoint_named(struct daemon *d, const char *name)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (strcmp(d->live[i].name, name) == 0)
			return &d->live[i];
	return NULL;
}

/* An endpoint of the new config takes over what the old one of that name had: its number, its
 * guards when it is in the same place, and what was changed live; not that it was added. */
static void carry_over(struct live_endpoint *from, const struct config *config,
		       const struct endpoint_config *e, struct live_endpoint *to, struct diag *diag)
{
	const struct endpoint_config *was = from->config;

	to->number = from->number;
	to->removed = from->removed;
	if (from->added)
		diag_warn(diag, e->file, e->line, e->name,
			  "the endpoint of this name that was added live is gone, this one is in "
			  "its place");
	else if (from->rules != was->rules) {
		struct diag unsaid = {0};
		struct ruleset *rules = endpoint_config_compile(
			e, &config->catalogue, from->rules->text, &unsaid, NULL, 0, e->name);

		if (rules) {
			ruleset_put(to->rules);
			to->rules = rules;
		} else {
			diag_warn(diag, e->file, e->line, e->name,
				  "what was set live is undone, as the new config does not know "
				  "`%s`",
				  from->rules->text);
		}
		diag_free(&unsaid);
	}
	if (same_place(was, e) && !from->problem) {
		to->guard = from->guard;
		to->guards = from->guards;
		from->guard = NULL;
		from->guards = 0;
		to->place = from->place;
	}
}

bool daemon_reload(struct daemon *d, struct diag *diag)
{
	struct live_endpoint *live, *before = d->live;
	unsigned lives, befores = d->lives;
	struct config *config;
	char *error = NULL;
	bool tuns;

	/* Without them a pattern of `load` would match no file. */
	if (!descriptors_for_a_change()) {
		diag_error(diag, d->options->config, 0, "reload", "%s", no_descriptors);
		return false;
	}
	config = config_load(d->options->config, diag);
	if (!config)
		return false;
	if (!config_resolve(config, diag)) {
		config_free(config);
		return false;
	}
	tuns = tun_devices_open(d, config, &error);
	if (!tuns || !open_links(d, config, &error)) {
		diag_error(diag, config->path, 0, tuns ? "interfaces" : "tuns", "%s", error);
		free(error);
		config_free(config);
		tun_devices_restore(d);
		return false;
	}
	live = xcalloc(config->endpoints + d->lives, sizeof(*live));
	for (unsigned i = 0; i < config->endpoints; i++) {
		const struct endpoint_config *e = &config->endpoint[i];
		struct live_endpoint *from = live_endpoint_named(d, e->name);

		live[i] = (struct live_endpoint){
			.name = xstrdup(e->name), .config = e, .rules = ruleset_get(e->rules)};
		if (from)
			carry_over(from, config, e, &live[i], diag);
		else
			live[i].number = ++d->last_number;
	}
	lives = keep_added(d, config, live, diag);
	for (unsigned i = 0; i < befores; i++)
		/* Without its guards the kernel would reset what is open there, in its own way. */
		if (before[i].guards)
			end_connections(d, &before[i]);
	config_free(d->config);
	d->config = config;
	d->live = live;
	d->lives = lives;
	tun_devices_settle(d);
	for (unsigned i = 0; i < d->lives; i++)
		if (!live[i].guards && !live[i].removed)
			take_place(d, &live[i]);
	if (workers_wanted(config->workers) != workers_count(d->workers))
		diag_warn(diag, config->path, 0, "workers",
			  "there are %u until synackd is started anew", workers_count(d->workers));
	pending_next_follow(d, diag);
	probes_ask_again(d);
	publish(d);
	/* Last: a port that has a guard again was never without one. */
	free_all(before, befores);
	return true;
}
