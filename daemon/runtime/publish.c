/* SPDX-License-Identifier: MIT */
#include "runtime/publish.h"

#include "base/descriptors.h"
#include "base/log.h"
#include "config/allow_list.h"
#include "config/engine_config.h"
#include "engine/responder.h"
#include "link/broadcasts.h"
#include "runtime/pending_next.h"
#include "runtime/probes.h"
#include "runtime/tun_devices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Data for the workers, valid while the main thread waits for them. */
struct publication {
	const struct daemon *daemon;
	struct endpoint_index *endpoints;
	struct broadcasts broadcasts;
};

/* Makes the link answer for the virtual addresses placed on it. Returns false with errno set on
 * failure. */
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
	const struct responder_limits limits = config_limits(p->daemon->config);

	for (unsigned i = 0; i < responder_links(r); i++) {
		struct link *l = responder_link(r, i);

		if (l->ops->answer_for && !give_addresses(p->daemon, l) &&
		    responder_number(r) == 0) /* log it once */
			log_warn("%s: cannot answer for virtual addresses: %s", l->name,
				 strerror(errno));
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
	clients = allow_list(d, &allowed);
	publication = (struct publication){
		.daemon = d,
		.endpoints = endpoint_index_build(list, count, allowed, clients),
	};
	tun_devices_leave_to_kernel(publication.endpoints, c);
	broadcasts_find(&publication.broadcasts);
	workers_call(d->workers, use_publication, &publication);
	endpoint_index_put(d->endpoints);
	d->endpoints = publication.endpoints;
	broadcasts_free(&publication.broadcasts);
	free(allowed);
	free(list);
	compare_relays(d);
}
