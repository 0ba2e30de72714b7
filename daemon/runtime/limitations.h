/* SPDX-License-Identifier: MIT */
/* limitations: the parts of a behaviour that do not reach clients where its endpoint is, because of
 * the link, the address family or the bound in `clients`. The endpoint answers nevertheless. */
#ifndef SYNACKD_RUNTIME_LIMITATIONS_H
#define SYNACKD_RUNTIME_LIMITATIONS_H

#include "runtime/live_state.h"

/* Returns a message that names these parts and the remedy, without a full stop; the caller frees
 * it. Returns NULL if all parts reach clients. */
char *limitations_of(const struct daemon *d, const struct live_endpoint *l);

/* Like limitations_of(), but as if the endpoint had these rules, and for these clients only (NULL:
 * all). */
char *limitations_with(const struct daemon *d, const struct live_endpoint *l, struct ruleset *rules,
		       const struct prefix *clients);

#endif
