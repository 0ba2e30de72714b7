/* SPDX-License-Identifier: MIT */
/* Parts of a behaviour that do not reach clients where its endpoint is, because of the link, the
 * family, or the bound in `clients`. The endpoint answers all the same. */
#ifndef SYNACKD_UNAVAILABLE_H
#define SYNACKD_UNAVAILABLE_H

#include "daemon.h"

/* A sentence without a final stop, which says where it can be had instead; the caller's. NULL: all
 * of it can be had. */
char *unavailable_why(const struct daemon *d, const struct live *l);

/* The same, if the endpoint did what these rules say, and for these clients only (NULL: for all).
 */
char *unavailable_why_not(const struct daemon *d, const struct live *l, struct ruleset *rules,
			  const struct prefix *clients);

#endif
