/* SPDX-License-Identifier: MIT */
/*
 * broadcasts: the IPv4 broadcast addresses of this host's networks, RFC 1122 3.2.1.3 (c).
 *
 * No host has such an address. A network of 31 or 32 bits has no broadcast address (RFC 3021).
 */
#ifndef SYNACKD_LINK_BROADCASTS_H
#define SYNACKD_LINK_BROADCASTS_H

#include "wire/addr.h"

/* A zeroed struct is an empty list. */
struct broadcasts {
	unsigned count;
	uint32_t *address; /* owned; in host byte order, ascending, without duplicates */
};

/* Asks the kernel for the addresses in this network namespace. *out is empty on failure. */
void broadcasts_find(struct broadcasts *out);

/* Replaces the list in `to` by a copy of `from`. */
void broadcasts_copy(struct broadcasts *to, const struct broadcasts *from);
bool broadcasts_have(const struct broadcasts *b, const struct addr *a); /* `b` may be NULL */
void broadcasts_free(struct broadcasts *b);                             /* leaves an empty list */

/* Returns true if `a` is a broadcast address of an interface, and copies its name to `name`
 * (IF_NAMESIZE octets). */
bool broadcast_of_interface(const struct addr *a, char *name);

#endif
