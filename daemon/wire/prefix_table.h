/* SPDX-License-Identifier: MIT */
/*
 * prefix_table: finds the most specific of many networks that contain an address.
 *
 * A look-up visits at most one node per octet of the address: 4 for IPv4, 16 for IPv6, and only
 * those at which the networks differ. So its cost does not depend on the number of networks, and
 * no choice of networks or addresses makes it exceed that bound. Nothing is hashed.
 */
#ifndef SYNACKD_WIRE_PREFIX_TABLE_H
#define SYNACKD_WIRE_PREFIX_TABLE_H

#include "wire/addr.h"

#define PREFIX_NONE UINT32_MAX

/* A zeroed struct is an empty table. Several threads may search it at the same time. */
struct prefix_table {
	uint32_t root[2]; /* slots: of the IPv6 networks, and of the IPv4 networks */
	uint32_t nodes;   /* fewer than networks */
	struct prefix_node *node;
	struct prefix_entry *entry; /* one per network */
	uint32_t *wider;            /* one slot per network */
};

/* Replaces the contents by `count` networks (fewer than 2^30), which it copies. Host bits are
 * ignored. Of equal networks, the first one is found. Aborts without memory. */
void prefix_table_fill(struct prefix_table *t, const struct prefix *prefix, uint32_t count);
void prefix_table_free(struct prefix_table *t); /* leaves an empty table */

/* Returns the index, in `prefix`, of the most specific network that contains the address;
 * PREFIX_NONE if there is none. An IPv4 address is in no IPv6 network, as in prefix_contains(). */
uint32_t prefix_table_find(const struct prefix_table *t, const struct addr *a);

/* Returns true if a network contains the address. */
static inline bool prefix_table_has(const struct prefix_table *t, const struct addr *a)
{
	return prefix_table_find(t, a) != PREFIX_NONE;
}

/* Returns the index of the most specific network that contains the network `index` and is wider;
 * PREFIX_NONE if there is none. `index` must be a result of prefix_table_find() or of this
 * function. */
uint32_t prefix_table_wider(const struct prefix_table *t, uint32_t index);

#endif
