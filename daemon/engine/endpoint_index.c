/* SPDX-License-Identifier: MIT */
/* For each prefix length, a hash table of networks; for each network, a table of ports in pages of
 * 256. A look-up is one probe per length and two loads, regardless of the number of endpoints. */
#include "engine/endpoint_index.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_PORTS 256
#define PAGES      (65536 / PAGE_PORTS)

/* A network, and the endpoints of its ports. */
struct network {
	struct addr address;
	bool owned; /* by the kernel */
	/* Endpoint of all ports of a page, if page[] is NULL. */
	const struct endpoint *whole[PAGES];
	const struct endpoint **page[PAGES]; /* one endpoint per port of the page, or NULL */
};

struct endpoint_index_length {
	uint8_t bits;
	unsigned networks;
	unsigned mask;          /* number of slots - 1 */
	struct network **table; /* open addressing; at most half full */
};

/* Returns the network of `bits` bits that contains the address. */
static struct addr network_of(const struct addr *a, uint8_t bits)
{
	struct addr out = *a;
	unsigned whole = bits / 8;

	if (whole < sizeof(out.b)) {
		out.b[whole] &= (uint8_t)(0xff00 >> (bits % 8));
		memset(out.b + whole + 1, 0, sizeof(out.b) - whole - 1);
	}
	return out;
}

static unsigned hash(const struct addr *a)
{
	uint64_t h[2];

	memcpy(h, a->b, sizeof(h));
	h[0] ^= h[1] * 0x9e3779b97f4a7c15u;
	h[0] *= 0xff51afd7ed558ccdu;
	return (unsigned)(h[0] >> 32);
}

/* Returns the slot of the network, or the free slot for it. */
static struct network **slot_of(const struct endpoint_index_length *l, const struct addr *network)
{
	unsigned i = hash(network) & l->mask;

	while (l->table[i] && !addr_equal(&l->table[i]->address, network))
		i = (i + 1) & l->mask;
	return &l->table[i];
}

static const struct endpoint *answer(const struct network *n, uint16_t port)
{
	const struct endpoint *const *page = n->page[port / PAGE_PORTS];

	return page ? page[port % PAGE_PORTS] : n->whole[port / PAGE_PORTS];
}

static bool is_kernels(const struct endpoint_index *e, const struct addr *address)
{
	for (unsigned i = 0; i < e->kernels; i++)
		if (addr_equal(&e->kernel[i], address))
			return true;
	return false;
}

const struct endpoint *endpoint_index_find(const struct endpoint_index *e,
					   const struct addr *address, uint16_t port)
{
	if (is_kernels(e, address))
		return NULL;
	for (unsigned i = 0; i < e->lengths; i++) {
		struct addr key = network_of(address, e->length[i].bits);
		const struct network *n = *slot_of(&e->length[i], &key);
		const struct endpoint *found = n ? answer(n, port) : NULL;

		if (found)
			return found;
	}
	return NULL;
}

/* Returns the most specific network of an endpoint that contains the address; NULL if there is
 * none. */
static const struct network *network_at(const struct endpoint_index *e, const struct addr *address)
{
	if (is_kernels(e, address))
		return NULL;
	for (unsigned i = 0; i < e->lengths; i++) {
		struct addr key = network_of(address, e->length[i].bits);
		const struct network *n = *slot_of(&e->length[i], &key);

		if (n)
			return n;
	}
	return NULL;
}

bool endpoint_index_have(const struct endpoint_index *e, const struct addr *address)
{
	return network_at(e, address);
}

bool endpoint_index_own(const struct endpoint_index *e, const struct addr *address)
{
	const struct network *n = network_at(e, address);

	return n && !n->owned;
}

bool endpoint_index_send_from(const struct endpoint_index *e, const struct addr *address,
			      uint16_t port)
{
	const struct network *n = network_at(e, address);

	return n && (!n->owned || answer(n, port));
}

const struct allowed *endpoint_index_allow(const struct endpoint_index *e,
					   const struct addr *client)
{
	const struct allowed *found = NULL;

	for (unsigned i = 0; i < e->clients; i++)
		if ((!found || e->client[i].network.bits > found->network.bits) &&
		    prefix_contains(&e->client[i].network, client))
			found = &e->client[i];
	return found;
}

/* Makes the endpoint answer at its ports, instead of earlier ones. */
static void paint(struct network *n, const struct endpoint *e)
{
	for (unsigned port = e->port_from; port <= e->port_to; port++) {
		unsigned p = port / PAGE_PORTS;

		if (port % PAGE_PORTS == 0 && port + PAGE_PORTS - 1 <= e->port_to) {
			free(n->page[p]);
			n->page[p] = NULL;
			n->whole[p] = e;
			port += PAGE_PORTS - 1;
			continue;
		}
		if (!n->page[p]) {
			n->page[p] = xcalloc(PAGE_PORTS, sizeof(struct endpoint *));
			for (unsigned i = 0; i < PAGE_PORTS; i++)
				n->page[p][i] = n->whole[p];
		}
		n->page[p][port % PAGE_PORTS] = e;
	}
}

/* Order: longest prefix first; then widest port range first, so that narrower ranges are painted
 * over it; then last first, so that the first of equal endpoints answers. */
static int compare(const void *a, const void *b)
{
	const struct endpoint *const *pa = a, *const *pb = b;
	const struct endpoint *x = *pa, *y = *pb;
	unsigned wx = (unsigned)x->port_to - x->port_from, wy = (unsigned)y->port_to - y->port_from;

	if (x->address.bits != y->address.bits)
		return x->address.bits > y->address.bits ? -1 : 1;
	if (wx != wy)
		return wx > wy ? -1 : 1;
	return x > y ? -1 : 1;
}

/* Builds the table of one prefix length. */
static void build_length(struct endpoint_index_length *l, const struct endpoint *const *sorted,
			 unsigned count)
{
	unsigned slots = 2;

	while (slots < 2 * count)
		slots *= 2;
	l->bits = sorted[0]->address.bits;
	l->mask = slots - 1;
	l->table = xcalloc(slots, sizeof(*l->table));
	for (unsigned i = 0; i < count; i++) {
		struct addr key = network_of(&sorted[i]->address.addr, l->bits);
		struct network **slot = slot_of(l, &key);

		if (!*slot) {
			*slot = xcalloc(1, sizeof(**slot));
			(*slot)->address = key;
			(*slot)->owned = sorted[i]->owned;
			l->networks++;
		}
		paint(*slot, sorted[i]);
	}
}

static void build_index(struct endpoint_index *e)
{
	const struct endpoint **sorted = xcalloc(e->count, sizeof(struct endpoint *));
	unsigned count = 0, end;

	for (unsigned i = 0; i < e->count; i++)
		if (!e->endpoint[i].problem)
			sorted[count++] = &e->endpoint[i];
	qsort(sorted, count, sizeof(struct endpoint *), compare);
	e->length = xcalloc(129, sizeof(*e->length));
	for (unsigned i = 0; i < count; i = end) {
		for (end = i + 1; end < count; end++)
			if (sorted[end]->address.bits != sorted[i]->address.bits)
				break;
		build_length(&e->length[e->lengths++], sorted + i, end - i);
	}
	free(sorted);
}

struct endpoint_index *endpoint_index_build(const struct endpoint *endpoint, unsigned count,
					    const struct allowed *client, unsigned clients)
{
	struct endpoint_index *e = xcalloc(1, sizeof(*e));

	e->count = count;
	e->endpoint = xcalloc(count, sizeof(*e->endpoint));
	for (unsigned i = 0; i < count; i++) {
		e->endpoint[i] = endpoint[i];
		e->endpoint[i].name = xstrdup(endpoint[i].name);
		e->endpoint[i].rules = ruleset_get(endpoint[i].rules);
		e->endpoint[i].problem = endpoint[i].problem ? xstrdup(endpoint[i].problem) : NULL;
	}
	e->clients = clients;
	e->client = xcalloc(clients, sizeof(*e->client));
	if (clients)
		memcpy(e->client, client, clients * sizeof(*client));
	build_index(e);
	e->references = 1;
	return e;
}

struct endpoint_index *endpoint_index_get(struct endpoint_index *e)
{
	__atomic_fetch_add(&e->references, 1, __ATOMIC_RELAXED);
	return e;
}

void endpoint_index_leave(struct endpoint_index *e, const struct addr *kernel, unsigned kernels)
{
	e->kernel = xrealloc(e->kernel, (kernels + 1) * sizeof(*e->kernel));
	for (e->kernels = 0; e->kernels < kernels; e->kernels++)
		e->kernel[e->kernels] = kernel[e->kernels];
}

static void network_free(struct network *n)
{
	for (unsigned p = 0; n && p < PAGES; p++)
		free(n->page[p]);
	free(n);
}

void endpoint_index_put(struct endpoint_index *e)
{
	if (!e || __atomic_sub_fetch(&e->references, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned i = 0; i < e->lengths; i++) {
		for (unsigned slot = 0; slot <= e->length[i].mask; slot++)
			network_free(e->length[i].table[slot]);
		free(e->length[i].table);
	}
	for (unsigned i = 0; i < e->count; i++) {
		free(e->endpoint[i].name);
		free(e->endpoint[i].problem);
		ruleset_put(e->endpoint[i].rules);
	}
	free(e->length);
	free(e->endpoint);
	free(e->client);
	free(e->kernel);
	free(e);
}
