/* SPDX-License-Identifier: MIT */
/* endpoint_index: finds the endpoint of a segment: an immutable snapshot, which a reload
 * replaces. */
#ifndef SYNACKD_ENGINE_ENDPOINT_INDEX_H
#define SYNACKD_ENGINE_ENDPOINT_INDEX_H

#include "behaviour/rule.h"
#include "engine/allowed.h"
#include "wire/prefix_table.h"

struct endpoint {
	char *name;
	uint32_t number; /* constant for each name while it exists */
	/* The holder of this number, for endpoint_update_begin(); NULL: it is never assigned again.
	 */
	struct endpoint_number *holder;
	struct prefix address;
	uint16_t port_from, port_to;
	struct ruleset *rules; /* reference-counted */
	bool owned;            /* the kernel has the address, too, and answers at its other ports */
	/* Reason that the endpoint does not answer, e.g. a port in use; it is then never found.
	 * NULL: it answers. */
	char *problem;
};

struct endpoint_index {
	unsigned count;
	struct endpoint *endpoint;
	unsigned clients; /* number of entries of the allow-list */
	struct allowed *client;
	/* The search structures. */
	unsigned networks;
	struct endpoint_network *network;
	struct prefix_table by_address; /* of `network` */
	struct prefix_table by_client;  /* of `client` */
	struct prefix_table kernels;    /* kernel addresses in the network of an endpoint */
	unsigned references;            /* atomic */
};

/* Builds an index with one reference. Copies everything in `endpoint` and `client`; adds references
 * to rulesets. */
struct endpoint_index *endpoint_index_build(const struct endpoint *endpoint, unsigned count,
					    const struct allowed *client, unsigned clients);
/* Excludes addresses of the kernel: no endpoint is found there. Copies the list. Must be called
 * before the index is in use. */
void endpoint_index_leave(struct endpoint_index *e, const struct addr *kernel, unsigned kernels);
struct endpoint_index *endpoint_index_get(struct endpoint_index *e); /* adds a reference */
/* Drops a reference; the last one frees *e. NULL is ignored. */
void endpoint_index_put(struct endpoint_index *e);

/* Returns the endpoint with the longest prefix and, of these, the fewest ports; NULL if there is
 * none. The cost does not depend on the number of endpoints: it is that of prefix_table_find(), and
 * of a visit to each wider network if the narrower networks lack the port. */
const struct endpoint *endpoint_index_find(const struct endpoint_index *e,
					   const struct addr *address, uint16_t port);
/* Returns true if the address belongs to an endpoint. */
bool endpoint_index_have(const struct endpoint_index *e, const struct addr *address);
/* Returns true if the address belongs to an endpoint and not to the kernel: its other ports are
 * closed. */
bool endpoint_index_own(const struct endpoint_index *e, const struct addr *address);
/* Returns true if synackd sends from this address and port: from every port of an address that
 * belongs to an endpoint alone, and from the ports of the endpoint if the kernel has the address,
 * too. `port` 0: unknown. */
bool endpoint_index_send_from(const struct endpoint_index *e, const struct addr *address,
			      uint16_t port);
/* Returns the most specific entry of the allow-list for the client, the first of equal ones; NULL
 * if there is none: synackd does not answer it. The cost does not depend on the number of entries.
 */
const struct allowed *endpoint_index_allow(const struct endpoint_index *e,
					   const struct addr *client);

#endif
