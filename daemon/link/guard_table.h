/* SPDX-License-Identifier: MIT */
/*
 * guard_table: shares guards (link/guard.h) between endpoints.
 *
 * The kernel gives a port to one socket only, so all endpoints of an address and port share a
 * guard.
 */
#ifndef SYNACKD_LINK_GUARD_TABLE_H
#define SYNACKD_LINK_GUARD_TABLE_H

#include "wire/addr.h"

struct guard;

/* A zeroed struct is an empty table. It is empty again after the last guard_put(). */
struct guard_table {
	unsigned count;
	struct guard **bucket; /* NULL while the table is empty */
};

/* Returns the guard of this address and port, and opens it if necessary. guard_put() releases
 * it. On failure returns NULL and sets *error to a message, which the caller frees. */
struct guard *guard_take(struct guard_table *all, const struct addr *address, uint16_t port,
			 char **error);
void guard_put(struct guard *g); /* the last holder closes the guard */

#endif
