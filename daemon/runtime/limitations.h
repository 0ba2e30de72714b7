/* SPDX-License-Identifier: MIT */
/* Parts of a behaviour that do not reach clients where its endpoint is, because of the link, the
 * family, or the bound in `clients`. The endpoint answers all the same. */
#ifndef SYNACKD_RUNTIME_LIMITATIONS_H
#define SYNACKD_RUNTIME_LIMITATIONS_H

#include "runtime/live_state.h"

/* A sentence without a final stop, which says where it can be had instead; the caller's. NULL: all
 * of it can be had. */
char *limitations_of(const struct daemon *d, const struct live_endpoint *l);

/* The same, if the endpoint did what these rules say, and for these clients only (NULL: for all).
 */
char *limitations_with(const struct daemon *d, const struct live_endpoint *l, struct ruleset *rules,
		       const struct prefix *clients);

#endif
