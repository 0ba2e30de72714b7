/* SPDX-License-Identifier: MIT */
/* prefix_set: a set of networks. A look-up costs the logarithm of their number. */
#ifndef SYNACKD_LINK_PREFIX_SET_H
#define SYNACKD_LINK_PREFIX_SET_H

#include "wire/addr.h"

/* A zeroed struct is an empty set. */
struct prefix_set {
	unsigned count;
	struct prefix *prefix; /* owned; sorted, and none contains another */
};

/* Replaces the contents by a copy of these. */
void prefix_set_fill(struct prefix_set *s, const struct prefix *prefix, unsigned count);
bool prefix_set_has(const struct prefix_set *s, const struct addr *a);
void prefix_set_free(struct prefix_set *s); /* leaves an empty set */

#endif
