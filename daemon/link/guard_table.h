/* SPDX-License-Identifier: MIT */
/* The guards that are held (link/guard.h): one for each address and port, whatever the number of
 * endpoints that want it, as the kernel gives a port to one socket only. */
#ifndef SYNACKD_LINK_GUARD_TABLE_H
#define SYNACKD_LINK_GUARD_TABLE_H

#include "wire/addr.h"

struct guard;

/* Zeroed is empty, and empty again once every guard was put back. */
struct guard_table {
	unsigned count;
	struct guard **bucket; /* NULL while there is none */
};

/* The guard of this address and port, opened if need be. NULL: *error (owned by the caller) says
 * why. */
struct guard *guard_take(struct guard_table *all, const struct addr *address, uint16_t port,
			 char **error);
void guard_put(struct guard *g); /* the last one closes it */

#endif
