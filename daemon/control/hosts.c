/* SPDX-License-Identifier: MIT */
/* The verb that lists endpoints with host names. */
#include "control/hostname.h"
#include "control/params.h"
#include "control/verbs.h"

#include <stdlib.h>
#include <string.h>

struct host {
	const struct live_endpoint *l;
	char name[HOSTNAME_MAX];
};

static int by_endpoint(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	return strcmp(x->l->name, y->l->name);
}

static bool is_taken(const struct host *hosts, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(hosts[i].name, name) == 0)
			return true;
	return false;
}

/* Collects the endpoints that answer at a single address. Equal host names are made unique in the
 * order of the endpoints' names, so that they do not depend on when the endpoints were added. */
static unsigned gather(const struct daemon *d, struct host *hosts)
{
	unsigned count = 0;

	for (unsigned i = 0; i < d->lives; i++) {
		const struct live_endpoint *l = &d->live[i];

		if (!l->removed && !l->problem && l->config->address.bits == 128)
			hosts[count++].l = l;
	}
	qsort(hosts, count, sizeof(*hosts), by_endpoint);
	for (unsigned i = 0; i < count; i++) {
		unsigned again = 0;

		do {
			hostname_of(hosts[i].l->name, again++, hosts[i].name);
		} while (is_taken(hosts, i, hosts[i].name));
	}
	return count;
}

static bool has_every_port(const struct endpoint_config *e)
{
	return e->port_from == 1 && e->port_to == UINT16_MAX;
}

/* Returns true if no other endpoint has the name. An IPv4 and an IPv6 endpoint may share a short
 * name, but not the full name of another endpoint. */
static bool is_free(const struct host *hosts, unsigned count, unsigned all, const struct host *h)
{
	bool v4 = addr_is_v4(&h->l->config->address.addr);

	for (unsigned i = count; i < all; i++)
		if (addr_is_v4(&hosts[i].l->config->address.addr) == v4 &&
		    strcmp(hosts[i].name, h->name) == 0)
			return false;
	return !is_taken(hosts, count, h->name);
}

/* Adds a second name, the last part of the endpoint's name, for each endpoint that has all ports of
 * its address, unless the name is in use. Returns the new count. */
static unsigned add_short_names(struct host *hosts, unsigned count)
{
	unsigned all = count;

	for (unsigned i = 0; i < count; i++) {
		const struct live_endpoint *l = hosts[i].l;
		const char *slash = strrchr(l->name, '/');

		if (!slash || !slash[1] || !has_every_port(l->config))
			continue;
		hosts[all].l = l;
		hostname_of(slash + 1, 0, hosts[all].name);
		all += is_free(hosts, count, all, &hosts[all]);
	}
	return all;
}

void verb_hosts(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = verb_daemon(context);
	char address[ADDR_TEXT_MAX];
	struct host *hosts;
	unsigned count;

	if (!params_are(params, reply, keys))
		return;
	hosts = xcalloc(2 * d->lives + 1, sizeof(*hosts));
	count = add_short_names(hosts, gather(d, hosts));
	reply->result = json_array();
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(
			reply->result,
			json_pack("{s:s, s:s, s:s}", "address",
				  addr_format(&hosts[i].l->config->address.addr, address), "name",
				  hosts[i].name, "endpoint", hosts[i].l->name));
	free(hosts);
}
