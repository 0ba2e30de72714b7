/* SPDX-License-Identifier: MIT */
/* A prefix table finds the network of an address. A network with few endpoints has a list of them;
 * another has a table of ports, in pages of 256. So the cost of a look-up does not depend on the
 * number of endpoints. */
#include "engine/endpoint_index.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FEW        4 /* endpoints of a network without a table of ports */
#define PAGE_PORTS 256
#define PAGES      (65536 / PAGE_PORTS)

/* The endpoints of 65,536 ports. */
struct port_table {
	/* Endpoint of all ports of a page, if page[] is NULL. */
	const struct endpoint *whole[PAGES];
	const struct endpoint **page[PAGES]; /* one endpoint per port of the page, or NULL */
};

/* A network, and the endpoints of its ports. */
struct endpoint_network {
	bool owned;                           /* by the kernel */
	uint8_t endpoints;                    /* number of `endpoint`, if `ports` is NULL */
	const struct endpoint *endpoint[FEW]; /* the first one that has the port answers */
	struct port_table *ports;
	const struct endpoint_network *wider; /* the next network that contains this; or NULL */
};

static bool has_port(const struct endpoint *e, uint16_t port)
{
	return e->port_from <= port && port <= e->port_to;
}

static const struct endpoint *answer(const struct endpoint_network *n, uint16_t port)
{
	const struct endpoint *const *page;

	if (n->ports) {
		page = n->ports->page[port / PAGE_PORTS];
		return page ? page[port % PAGE_PORTS] : n->ports->whole[port / PAGE_PORTS];
	}
	for (unsigned i = 0; i < n->endpoints; i++)
		if (has_port(n->endpoint[i], port))
			return n->endpoint[i];
	return NULL;
}

/* Returns the most specific network of an endpoint that contains the address; NULL if there is
 * none. */
static const struct endpoint_network *network_at(const struct endpoint_index *e,
						 const struct addr *address)
{
	uint32_t found = prefix_table_find(&e->by_address, address);

	if (found == PREFIX_NONE || prefix_table_has(&e->kernels, address))
		return NULL;
	return &e->network[found];
}

const struct endpoint *endpoint_index_find(const struct endpoint_index *e,
					   const struct addr *address, uint16_t port)
{
	const struct endpoint_network *n = network_at(e, address);
	const struct endpoint *found = NULL;

	for (; n && !found; n = n->wider)
		found = answer(n, port);
	return found;
}

bool endpoint_index_have(const struct endpoint_index *e, const struct addr *address)
{
	return network_at(e, address);
}

bool endpoint_index_own(const struct endpoint_index *e, const struct addr *address)
{
	const struct endpoint_network *n = network_at(e, address);

	return n && !n->owned;
}

bool endpoint_index_send_from(const struct endpoint_index *e, const struct addr *address,
			      uint16_t port)
{
	const struct endpoint_network *n = network_at(e, address);

	return n && (!n->owned || answer(n, port));
}

const struct allowed *endpoint_index_allow(const struct endpoint_index *e,
					   const struct addr *client)
{
	uint32_t found = prefix_table_find(&e->by_client, client);

	return found == PREFIX_NONE ? NULL : &e->client[found];
}

/* --- building --------------------------------------------------------------------------------- */

/* Makes the endpoint answer at its ports, instead of earlier ones. */
static void paint(struct port_table *t, const struct endpoint *e)
{
	for (unsigned port = e->port_from; port <= e->port_to; port++) {
		unsigned p = port / PAGE_PORTS;

		if (port % PAGE_PORTS == 0 && port + PAGE_PORTS - 1 <= e->port_to) {
			free(t->page[p]);
			t->page[p] = NULL;
			t->whole[p] = e;
			port += PAGE_PORTS - 1;
			continue;
		}
		if (!t->page[p]) {
			t->page[p] = xcalloc(PAGE_PORTS, sizeof(struct endpoint *));
			for (unsigned i = 0; i < PAGE_PORTS; i++)
				t->page[p][i] = t->whole[p];
		}
		t->page[p][port % PAGE_PORTS] = e;
	}
}

/* Order: by network; then narrowest port range first; then first of the list first, as that
 * answers. */
static int compare(const void *a, const void *b)
{
	const struct endpoint *const *pa = a, *const *pb = b;
	const struct endpoint *x = *pa, *y = *pb;
	int order = (int)x->address.bits - (int)y->address.bits;

	if (!order)
		order = memcmp(&x->address.addr, &y->address.addr, sizeof(x->address.addr));
	if (!order)
		order = (x->port_to - x->port_from) - (y->port_to - y->port_from);
	return order ? order : (x > y) - (x < y);
}

static bool same_network(const struct endpoint *x, const struct endpoint *y)
{
	return x->address.bits == y->address.bits && addr_equal(&x->address.addr, &y->address.addr);
}

/* Builds a network from its endpoints, in the order of compare(). */
static void build_network(struct endpoint_network *n, const struct endpoint *const *sorted,
			  unsigned count)
{
	n->owned = sorted[count - 1]->owned;
	if (count > FEW) {
		n->ports = xcalloc(1, sizeof(*n->ports));
		while (count-- > 0)
			paint(n->ports, sorted[count]);
		return;
	}
	n->endpoints = (uint8_t)count;
	memcpy(n->endpoint, sorted, count * sizeof(*sorted));
}

/* Sets by_address, and `wider` of each network. */
static void link_networks(struct endpoint_index *e, const struct prefix *prefix)
{
	prefix_table_fill(&e->by_address, prefix, e->networks);
	for (unsigned i = 0; i < e->networks; i++) {
		uint32_t wider = prefix_table_wider(&e->by_address, i);

		e->network[i].wider = wider == PREFIX_NONE ? NULL : &e->network[wider];
	}
}

static void build_networks(struct endpoint_index *e)
{
	const struct endpoint **sorted = xcalloc(e->count + 1, sizeof(struct endpoint *));
	struct prefix *prefix = xcalloc(e->count + 1, sizeof(*prefix));
	unsigned count = 0, end;

	for (unsigned i = 0; i < e->count; i++)
		if (!e->endpoint[i].problem)
			sorted[count++] = &e->endpoint[i];
	qsort(sorted, count, sizeof(struct endpoint *), compare);
	e->network = xcalloc(count + 1, sizeof(*e->network));
	for (unsigned i = 0; i < count; i = end) {
		for (end = i + 1; end < count && same_network(sorted[i], sorted[end]); end++)
			;
		prefix[e->networks] = sorted[i]->address;
		build_network(&e->network[e->networks++], sorted + i, end - i);
	}
	link_networks(e, prefix);
	free(prefix);
	free(sorted);
}

static void build_clients(struct endpoint_index *e, const struct allowed *client, unsigned clients)
{
	struct prefix *prefix = xcalloc(clients + 1, sizeof(*prefix));

	e->clients = clients;
	e->client = xcalloc(clients + 1, sizeof(*e->client));
	for (unsigned i = 0; i < clients; i++) {
		e->client[i] = client[i];
		prefix[i] = client[i].network;
	}
	prefix_table_fill(&e->by_client, prefix, clients);
	free(prefix);
}

struct endpoint_index *endpoint_index_build(const struct endpoint *endpoint, unsigned count,
					    const struct allowed *client, unsigned clients)
{
	struct endpoint_index *e = xcalloc(1, sizeof(*e));

	e->count = count;
	e->endpoint = xcalloc(count + 1, sizeof(*e->endpoint));
	for (unsigned i = 0; i < count; i++) {
		e->endpoint[i] = endpoint[i];
		prefix_clear_host_bits(&e->endpoint[i].address);
		e->endpoint[i].name = xstrdup(endpoint[i].name);
		e->endpoint[i].rules = ruleset_get(endpoint[i].rules);
		e->endpoint[i].problem = endpoint[i].problem ? xstrdup(endpoint[i].problem) : NULL;
	}
	build_networks(e);
	build_clients(e, client, clients);
	e->references = 1;
	return e;
}

void endpoint_index_leave(struct endpoint_index *e, const struct addr *kernel, unsigned kernels)
{
	struct prefix *prefix = xcalloc(kernels + 1, sizeof(*prefix));

	for (unsigned i = 0; i < kernels; i++)
		prefix[i] = (struct prefix){kernel[i], ADDR_BITS};
	prefix_table_fill(&e->kernels, prefix, kernels);
	free(prefix);
}

struct endpoint_index *endpoint_index_get(struct endpoint_index *e)
{
	__atomic_fetch_add(&e->references, 1, __ATOMIC_RELAXED);
	return e;
}

static void port_table_free(struct port_table *t)
{
	for (unsigned p = 0; t && p < PAGES; p++)
		free(t->page[p]);
	free(t);
}

void endpoint_index_put(struct endpoint_index *e)
{
	if (!e || __atomic_sub_fetch(&e->references, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned i = 0; i < e->networks; i++)
		port_table_free(e->network[i].ports);
	for (unsigned i = 0; i < e->count; i++) {
		free(e->endpoint[i].name);
		free(e->endpoint[i].problem);
		ruleset_put(e->endpoint[i].rules);
	}
	prefix_table_free(&e->by_address);
	prefix_table_free(&e->by_client);
	prefix_table_free(&e->kernels);
	free(e->network);
	free(e->endpoint);
	free(e->client);
	free(e);
}
