/* SPDX-License-Identifier: MIT */
/* Is an address in any of these networks? The cost grows with the logarithm of their number. */
#ifndef SYNACKD_LINK_PREFIX_SET_H
#define SYNACKD_LINK_PREFIX_SET_H

#include "wire/addr.h"

/* Zeroed is empty. */
struct prefix_set {
	unsigned count;
	struct prefix *prefix; /* owned; sorted, and none within another */
};

/* Replace what is in it by a copy of these. */
void prefix_set_fill(struct prefix_set *s, const struct prefix *prefix, unsigned count);
bool prefix_set_has(const struct prefix_set *s, const struct addr *a);
void prefix_set_free(struct prefix_set *s); /* leaves it empty and usable */

#endif
