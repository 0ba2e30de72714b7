/* SPDX-License-Identifier: MIT */
/* What of a behaviour cannot be had where its endpoint is. The endpoint answers all the same. */
#ifndef SYNACKD_UNAVAILABLE_H
#define SYNACKD_UNAVAILABLE_H

#include "daemon.h"

/* A sentence without a final stop, which says where it can be had instead; the caller's. NULL: all
 * of it can be had. */
char *unavailable_why(const struct daemon *d, const struct live *l);

/* Likewise, if the endpoint did what these rules say. */
char *unavailable_why_not(const struct daemon *d, const struct live *l,
			  const struct ruleset *rules);

#endif
