/* SPDX-License-Identifier: MIT */
#include "runtime/publish.h"

#include "base/descriptors.h"
#include "base/log.h"
#include "base/steady.h"
#include "base/text.h"
#include "config/allow_list.h"
#include "config/engine_config.h"
#include "engine/responder.h"
#include "link/answering.h"
#include "link/broadcasts.h"
#include "runtime/pending_next.h"
#include "runtime/probes.h"
#include "runtime/tun_devices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Data for the workers, valid while the main thread waits for them. The main thread makes and frees
 * everything whose size depends on the config; the workers only exchange pointers. */
struct publication {
	struct responder_limits limits;
	struct endpoint_update update;
	struct answering *answering;
	struct broadcasts broadcasts;
};

/* Removes from the list the endpoints on the interface of the first endpoint, and adds their
 * addresses. Returns the number of remaining endpoints. `own` has space for all. */
static unsigned take_interface(struct answering *answering, const struct live_endpoint **list,
			       unsigned count, struct prefix *own)
{
	const char *name = list[0]->place.interface;
	unsigned owns = 0, rest = 0;

	for (unsigned i = 0; i < count; i++) {
		if (strcmp(list[i]->place.interface, name) == 0)
			own[owns++] = list[i]->config->address;
		else
			list[rest++] = list[i];
	}
	answering_add(answering, name, own, owns);
	return rest;
}

/* Makes the virtual addresses of each interface. */
static struct answering *make_answering(const struct daemon *d)
{
	const struct config *c = d->config;
	struct prefix *prefix = xcalloc(d->lives + c->clients + 1, sizeof(*prefix));
	const struct live_endpoint **list = xcalloc(d->lives + 1, sizeof(struct live_endpoint *));
	struct answering *answering;
	unsigned count = 0;

	for (unsigned i = 0; i < c->clients; i++)
		prefix[i] = c->client[i].network;
	answering = answering_new(prefix, c->clients);
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && !d->live[i].problem && !d->live[i].probing &&
		    *d->live[i].place.interface)
			list[count++] = &d->live[i];
	while (count)
		count = take_interface(answering, list, count, prefix);
	free(list);
	free(prefix);
	return answering;
}

static void use_publication(struct responder *r, void *arg)
{
	const struct publication *p = arg;

	for (unsigned i = 0; i < responder_links(r); i++) {
		struct link *l = responder_link(r, i);

		if (l->ops->answer_for && !l->ops->answer_for(l, p->answering) &&
		    responder_number(r) == 0) /* log it once */
			log_warn("%s: cannot answer for virtual addresses: %s", l->name,
				 strerror(errno));
		broadcasts_copy(&l->broadcasts, &p->broadcasts);
	}
	responder_use_limits(r, &p->limits);
	responder_update(r, &p->update);
}

static bool has_relay(const struct daemon *d)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && d->live[i].config->service.target)
			return true;
	return false;
}

/* Each relay requires a file descriptor. Warns if fewer are available than connections_max permits.
 */
static void compare_relays(struct daemon *d)
{
	unsigned most = descriptors_left(), limit = descriptors_limit();
	uint64_t wanted = (uint64_t)d->config->connections_max * workers_count(d->workers);

	if (!has_relay(d) || most >= wanted || d->few_relays == limit)
		return;
	d->few_relays = limit;
	log_warn("relays: about %u can be open at once, but connections_max permits %" PRIu64
		 ": set LimitNOFILE= or 'ulimit -n' to %" PRIu64 " (it is %u), or lower "
		 "connections_max",
		 most, wanted, wanted + limit - most, limit);
}

/* Makes the present allow-list: first the clients without a bound, then the entries of the config.
 * Returns the number of entries; the caller frees *out. */
static unsigned allow_list(const struct daemon *d, struct allowed **out)
{
	const struct config *c = d->config;
	unsigned n = 0, most = c->clients;

	for (const struct unbounded *u = d->unbounded; u; u = u->next)
		most++;
	*out = xcalloc(most + 1, sizeof(**out));
	/* First, as the first of several equally narrow entries applies. */
	for (const struct unbounded *u = d->unbounded; u; u = u->next) {
		const struct prefix client = {u->client, ADDR_BITS};

		if (config_answers(c, &client))
			(*out)[n++] = (struct allowed){.network = client};
	}
	if (c->clients)
		memcpy(*out + n, c->client, c->clients * sizeof(**out));
	return n + c->clients;
}

/* Makes the index of the present endpoints and clients. */
static struct endpoint_index *make_index(const struct daemon *d)
{
	struct endpoint *list = xcalloc(d->lives + 1, sizeof(*list));
	struct endpoint_index *index;
	struct allowed *allowed;
	unsigned count = 0, clients;

	for (unsigned i = 0; i < d->lives; i++) {
		const struct live_endpoint *l = &d->live[i];

		if (l->removed)
			continue;
		list[count++] = (struct endpoint){
			.name = l->name,
			.number = l->number->value,
			.holder = l->number,
			.address = l->config->address,
			.port_from = l->config->port_from,
			.port_to = l->config->port_to,
			.rules = l->rules,
			.owned = l->place.owned,
			.problem = l->probing ? (char *)"its address is being probed" : l->problem,
		};
	}
	clients = allow_list(d, &allowed);
	index = endpoint_index_build(list, count, allowed, clients);
	tun_devices_leave_to_kernel(index, d->config);
	free(allowed);
	free(list);
	return index;
}

void publish(struct daemon *d)
{
	struct publication p = {.limits = config_limits(d->config)};

	pending_next_follow(d, NULL);
	probes_follow(d);
	endpoint_update_begin(&p.update, d->endpoints, make_index(d), steady_now());
	p.answering = make_answering(d);
	broadcasts_find(&p.broadcasts);
	workers_call(d->workers, use_publication, &p);
	/* The workers have left the old ones, so the last reference is dropped here. */
	endpoint_index_put(d->endpoints);
	answering_put(d->answering);
	d->endpoints = endpoint_index_get(p.update.endpoints);
	d->answering = p.answering;
	endpoint_update_end(&p.update);
	broadcasts_free(&p.broadcasts);
	compare_relays(d);
}
