/* SPDX-License-Identifier: MIT */
/* The broadcast addresses of the IPv4 networks that this host is in, RFC 1122 3.2.1.3 (c): no host
 * has one. A network of 31 or 32 bits has none (RFC 3021). */
#ifndef SYNACKD_LINK_BROADCASTS_H
#define SYNACKD_LINK_BROADCASTS_H

#include "wire/addr.h"

/* Zeroed is empty. */
struct broadcasts {
	unsigned count;
	uint32_t *address; /* owned; host byte order, ascending, each once */
};

/* Ask the kernel for them, in this network namespace. Where it does not answer, *out is empty. */
void broadcasts_find(struct broadcasts *out);

/* Replace those of `to` by a copy of `from`. */
void broadcasts_copy(struct broadcasts *to, const struct broadcasts *from);
bool broadcasts_have(const struct broadcasts *b, const struct addr *a); /* NULL: none */
void broadcasts_free(struct broadcasts *b); /* leaves it empty and usable */

/* Is the address a broadcast address of an interface? Its name is in `name` (IF_NAMESIZE). */
bool broadcast_of_interface(const struct addr *a, char *name);

#endif
