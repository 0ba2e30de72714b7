/* SPDX-License-Identifier: MIT */
/* claims: the table of the virtual addresses that are in use or probed, by interface. */
#ifndef SYNACKD_RUNTIME_CLAIMS_H
#define SYNACKD_RUNTIME_CLAIMS_H

#include "base/hash_table.h"
#include "link/probe.h"

struct probe_interface;

/* A virtual address of endpoints, on an interface. */
struct claim {
	struct hash_node node;
	struct claim *next;         /* in the list of claims_drop_unused() */
	struct probe_interface *on; /* interface of its probes */
	struct probe probe;
	bool used;
	bool unasked; /* one of its endpoints has `probe = false` */
};

struct claims {
	struct hash_table table;
};

void claims_init(struct claims *all);
void claims_free(struct claims *all); /* frees all claims, too */

/* Returns the claim of an address on an interface; NULL if there is none. */
struct claim *claims_find(const struct claims *all, const struct probe_interface *on,
			  const struct addr *a);
/* Adds a claim of an address that has none on this interface. The caller then begins its probe, for
 * the same address. */
struct claim *claims_add(struct claims *all, struct probe_interface *on, const struct addr *a);
/* Calls `call` for each claim. It must not add or remove claims. */
void claims_each(struct claims *all, void (*call)(struct claim *claim, void *arg), void *arg);
/* Frees the claims that are not `used`. */
void claims_drop_unused(struct claims *all);

#endif
