/* SPDX-License-Identifier: MIT */
/* Which endpoint a segment is for: an immutable snapshot, swapped by pointer. */
#ifndef SYNACKD_ENGINE_ENDPOINT_INDEX_H
#define SYNACKD_ENGINE_ENDPOINT_INDEX_H

#include "behaviour/rule.h"
#include "engine/allowed.h"

struct endpoint {
	char *name;
	uint32_t number; /* the same for the same name as long as the daemon runs */
	struct prefix address;
	uint16_t port_from, port_to;
	struct ruleset *rules; /* counted */
	bool owned;    /* the kernel has the address, too: its other ports are the kernel's */
	char *problem; /* NULL: it answers; else why it does not (a busy port): never looked up */
};

struct endpoint_index {
	unsigned count;
	struct endpoint *endpoint;
	unsigned clients; /* the allow-list */
	struct allowed *client;
	unsigned kernels; /* addresses in the network of an endpoint that are not its */
	struct addr *kernel;
	/* by address and port: */
	unsigned lengths; /* different prefix lengths, longest first */
	struct endpoint_index_length *length;
	unsigned references; /* atomic */
};

/* Build one, with one reference; everything in `endpoint` and `client` is copied, rulesets are
 * counted up. */
struct endpoint_index *endpoint_index_build(const struct endpoint *endpoint, unsigned count,
					    const struct allowed *client, unsigned clients);
/* These addresses are the kernel's, whatever network they are in: no endpoint is found at them.
 * Copied. To be called before the index is in use. */
void endpoint_index_leave(struct endpoint_index *e, const struct addr *kernel, unsigned kernels);
struct endpoint_index *endpoint_index_get(
	struct endpoint_index *e);                 /* one more reference; returns e */
void endpoint_index_put(struct endpoint_index *e); /* the last one frees it; NULL is fine */

/* The endpoint with the longest prefix, and among those the fewest ports. NULL: none. The cost does
 * not grow with the number of endpoints. */
const struct endpoint *endpoint_index_find(const struct endpoint_index *e,
					   const struct addr *address, uint16_t port);
/* Is the address that of an endpoint? */
bool endpoint_index_have(const struct endpoint_index *e, const struct addr *address);
/* Is the address that of an endpoint, and not the kernel's? Then its other ports are closed, not
 * foreign. */
bool endpoint_index_own(const struct endpoint_index *e, const struct addr *address);
/* Does synackd itself send from this address and port? So it does from each port of an address that
 * is an endpoint's and not the kernel's, and from the endpoint's own ports of one that is the
 * kernel's, too. Port 0: the port is not known. */
bool endpoint_index_send_from(const struct endpoint_index *e, const struct addr *address,
			      uint16_t port);
/* The narrowest entry of the allow-list that the client is in; NULL: it is not answered. */
const struct allowed *endpoint_index_allow(const struct endpoint_index *e,
					   const struct addr *client);

#endif
