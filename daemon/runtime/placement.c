/* SPDX-License-Identifier: MIT */
#include "runtime/placement.h"

#include "base/descriptors.h"
#include "base/log.h"
#include "base/text.h"
#include "link/broadcasts.h"
#include "link/guard.h"
#include "link/host_addresses.h"
#include "link/interface.h"
#include "link/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX 4096 /* per endpoint; at an address that the kernel owns */

static bool single_address(const struct prefix *p)
{
	return p->bits == 128;
}

bool placement_owns(const struct addr *a)
{
	char name[IF_NAMESIZE];

	return interface_of_address(a, name) || interface_is_local(a);
}

static bool owned(const struct prefix *p)
{
	return single_address(p) && placement_owns(&p->addr);
}

static bool on_loopback(const struct addr *a)
{
	struct interface of;
	char name[IF_NAMESIZE], *error = NULL;
	bool found = interface_of_address(a, name) && interface_find(name, &of, &error);

	free(error);
	return found && of.loopback;
}

/* Returns why synackd must not answer for the addresses; NULL if it may. A network that contains an
 * address of this host would get two answers from it. */
static char *why_not(const struct prefix *p)
{
	char name[IF_NAMESIZE], text[ADDR_TEXT_MAX], network[ADDR_TEXT_MAX];
	struct addr own;

	if (addr_is_unanswerable(&p->addr) && single_address(p))
		return xasprintf("%s is not the address of a host: name another",
				 addr_format(&p->addr, text));
	if (!interface_owns_within(p, NULL, NULL, &own, name))
		return NULL;
	return xasprintf("%s contains %s, an address of this host (%s): name a smaller network, or "
			 "single addresses",
			 prefix_format(p, network), addr_format(&own, text), name);
}

static char *no_hosts(const struct prefix *p, const char *interface)
{
	char text[ADDR_TEXT_MAX];

	return xasprintf("%s is the broadcast address of a network of %s: name another address",
			 addr_format(&p->addr, text), interface);
}

/* Places the endpoint on the interface that it names. */
static bool use_named(const struct endpoint_config *e, struct placement *out, char **problem)
{
	struct interface found;
	char text[ADDR_TEXT_MAX];

	if (!interface_find(e->interface, &found, problem))
		return false;
	if (found.loopback || !found.ethernet) {
		*problem = xasprintf("%s is not an address of this host, and %s, which has no link "
				     "addresses, cannot answer for it: add it there with 'ip "
				     "address add', or name an Ethernet interface",
				     prefix_format(&e->address, text), e->interface);
		return false;
	}
	snprintf(out->interface, sizeof(out->interface), "%s", found.name);
	return true;
}

static bool use_tun(const struct endpoint_config *e, const struct tun_config *t,
		    struct placement *out, char **problem)
{
	char text[ADDR_TEXT_MAX];

	snprintf(out->interface, sizeof(out->interface), "%s", t->name);
	if (*e->interface && strcmp(e->interface, t->name) != 0)
		*problem = xasprintf("%s is in a network of the TUN device %s: set 'interface' to "
				     "that, or omit it",
				     prefix_format(&e->address, text), t->name);
	for (unsigned i = 0; i < t->networks && single_address(&e->address) && !*problem; i++) {
		struct addr kernels = prefix_last_host(&t->network[i]), broadcast;

		if (prefix_broadcast(&t->network[i], &broadcast) &&
		    addr_equal(&broadcast, &e->address.addr))
			*problem = no_hosts(&e->address, t->name);
		else if (addr_equal(&kernels, &e->address.addr))
			*problem = xasprintf("%s is the kernel's address on the TUN device %s: "
					     "name another address of its network",
					     addr_format(&kernels, text), t->name);
	}
	return !*problem;
}

static bool may_use(const char *name, void *arg)
{
	const struct daemon *d = arg;

	/* Interfaces that are in use, or any if none are named. */
	return workers_has_interface(d->workers, name) ||
	       !(d->setup->interfaces || d->config->interfaces);
}

/* broadcast_of_interface(), which asks the kernel only if necessary. */
static bool is_broadcast(const struct daemon *d, const struct addr *a, char *name)
{
	return (!d->broadcasts || broadcasts_have(d->broadcasts, a)) &&
	       broadcast_of_interface(a, name);
}

/* Finds the place of an endpoint. An address in a network of a tun of the config is on that tun.
 * Otherwise, unless the endpoint names an interface, only interfaces that may be used are
 * considered. On failure returns false, and *problem is a message with the remedy that the caller
 * frees. */
static bool find_place(struct daemon *d, const struct endpoint_config *e, struct placement *out,
		       char **problem)
{
	const struct config *c = d->config;
	const struct tun_config *t = config_tun_of(c, &e->address);
	char text[ADDR_TEXT_MAX], name[IF_NAMESIZE];

	*out = (struct placement){0};
	*problem = NULL;
	if (t)
		return use_tun(e, t, out, problem);
	if (single_address(&e->address) && is_broadcast(d, &e->address.addr, name)) {
		*problem = no_hosts(&e->address, name);
		return false;
	}
	out->owned = owned(&e->address);
	out->loopback = out->owned && on_loopback(&e->address.addr);
	if (out->owned)
		return true;
	*problem = why_not(&e->address);
	if (*problem)
		return false;
	if (*e->interface)
		return use_named(e, out, problem);
	if (interface_beside(&e->address, may_use, d, out->interface))
		return true;
	*problem = xasprintf("%s is neither an address of this host nor in the network of an "
			     "interface that synackd listens on: set 'interface' of the endpoint, "
			     "or add the address with 'ip address add'",
			     prefix_format(&e->address, text));
	return false;
}

/* --- links ------------------------------------------------------------------------------------ */

static bool add_interface(struct daemon *d, const char *name, char **error)
{
	return workers_has_interface(d->workers, name) ||
	       workers_add_interface(d->workers, name, error);
}

/* Opens a link on the interface that owns the address of the endpoint, unless setup or config name
 * the interfaces. */
static bool open_link_for(struct daemon *d, const struct config *c, const struct endpoint_config *e,
			  char **error)
{
	char name[IF_NAMESIZE];

	return d->setup->interfaces || c->interfaces || !single_address(&e->address) ||
	       !interface_of_address(&e->address.addr, name) || add_interface(d, name, error);
}

static bool open_links_for_all(struct daemon *d, const struct config *c, char **error)
{
	bool good = true;

	host_addresses_hold();
	for (unsigned i = 0; good && i < c->endpoints; i++)
		good = open_link_for(d, c, &c->endpoint[i], error);
	host_addresses_release();
	return good;
}

bool placement_open_links(struct daemon *d, const struct config *c, char **error)
{
	for (unsigned i = 0; i < d->setup->interfaces; i++)
		if (!add_interface(d, d->setup->interface[i], error))
			return false;
	for (unsigned i = 0; !d->setup->interfaces && i < c->interfaces; i++)
		if (!add_interface(d, c->interface[i], error))
			return false;
	if (d->setup->interfaces || c->interfaces)
		return true;
	return add_interface(d, "lo", error) && open_links_for_all(d, c, error);
}

static bool is_named(const char *name, unsigned count, const char *const *list)
{
	char called[IF_NAMESIZE];

	for (unsigned i = 0; i < count; i++)
		if (strcmp(interface_called(list[i], called), name) == 0)
			return true;
	return false;
}

bool placement_wants_link(const struct daemon *d, const char *name)
{
	const struct daemon_setup *s = d->setup;
	const struct config *c = d->config;

	if (!s->interfaces && !c->interfaces)
		return true;
	if (s->interfaces ? is_named(name, s->interfaces, s->interface)
			  : is_named(name, c->interfaces, (const char *const *)c->interface))
		return true;
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && strcmp(d->live[i].place.interface, name) == 0)
			return true;
	return false;
}

/* --- guards ----------------------------------------------------------------------------------- */

void placement_leave(struct live_endpoint *l)
{
	for (unsigned i = 0; i < l->guards; i++)
		guard_put(l->guard[i]);
	free(l->guard);
	l->guard = NULL;
	l->guards = 0;
}

/* Opens guards for all ports, or opens none and sets l->problem. */
static void open_guards(struct daemon *d, struct live_endpoint *l)
{
	const struct endpoint_config *c = l->config;
	unsigned ports = c->port_to - c->port_from + 1u;

	if (ports > PORTS_MAX) {
		l->problem =
			xasprintf("too many ports (%u): expected at most %d", ports, PORTS_MAX);
		return;
	}
	l->guard = xcalloc(ports, sizeof(struct guard *));
	for (unsigned i = 0; i < ports; i++) {
		struct guard *g = guard_take(&d->guards, &c->address.addr,
					     (uint16_t)(c->port_from + i), &l->problem);

		if (!g) {
			placement_leave(l);
			return;
		}
		l->guard[l->guards++] = g;
	}
}

void placement_log_problem(const struct live_endpoint *l)
{
	static struct log_limit limit = {.what = "endpoints that do not answer", .lines = 500};

	log_limited(&limit, LOG_LEVEL_WARN,
		    &(struct log_subject){.message = MESSAGE_NO_ANSWER,
					  .endpoint = l->name,
					  .behaviour = l->rules->text},
		    "%s: does not answer: %s", l->name, l->problem);
}

/* --- links and guards ------------------------------------------------------------------------- */

void placement_take(struct daemon *d, struct live_endpoint *l)
{
	const struct endpoint_config *c = l->config;

	free(l->problem);
	l->problem = NULL;
	/* Without file descriptors to ask the kernel, an owned address would look like a virtual
	 * one. */
	if (!descriptors_for_a_change())
		l->problem = xstrdup(DESCRIPTORS_MISSING);
	else if (find_place(d, c, &l->place, &l->problem)) {
		if (!l->place.owned)
			add_interface(d, l->place.interface, &l->problem);
		else if (open_link_for(d, d->config, c, &l->problem))
			open_guards(d, l);
	}
	if (l->problem)
		placement_log_problem(l);
}

void placement_take_all(struct daemon *d)
{
	struct broadcasts broadcasts;

	broadcasts_find(&broadcasts);
	d->broadcasts = &broadcasts;
	host_addresses_hold();
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].guards && !d->live[i].removed)
			placement_take(d, &d->live[i]);
	host_addresses_release();
	d->broadcasts = NULL;
	broadcasts_free(&broadcasts);
}

void placement_return(struct daemon *d, struct live_endpoint *l)
{
	free(l->problem);
	l->problem = NULL;
	l->place.loopback = on_loopback(&l->config->address.addr);
	if (!open_link_for(d, d->config, l->config, &l->problem))
		placement_log_problem(l);
}
