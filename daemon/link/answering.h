/* SPDX-License-Identifier: MIT */
/*
 * answering: the addresses for which links answer although the kernel does not own them, and the
 * clients that may use these addresses.
 *
 * The main thread makes the struct, and the links of all workers share it. It does not change once
 * it is in use; another struct replaces it.
 */
#ifndef SYNACKD_LINK_ANSWERING_H
#define SYNACKD_LINK_ANSWERING_H

#include "wire/prefix_table.h"

struct answering {
	struct prefix_table clients;
	unsigned links;
	struct answering_link *link;
	unsigned references; /* atomic */
};

/* Returns a struct with these clients, no addresses, and one reference. */
struct answering *answering_new(const struct prefix *client, unsigned clients);
/* Sets the addresses of the link of this name, which has none yet. `owns` must not be 0. */
void answering_add(struct answering *all, const char *link, const struct prefix *own,
		   unsigned owns);
/* Returns the addresses of the link of this name; NULL if it has none. */
const struct prefix_table *answering_own(const struct answering *all, const char *link);

struct answering *answering_get(struct answering *all); /* adds a reference */
/* Drops a reference; the last one frees *all. NULL is ignored. */
void answering_put(struct answering *all);

#endif
