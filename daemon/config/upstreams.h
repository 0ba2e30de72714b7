/* SPDX-License-Identifier: MIT */
/* upstreams: resolves the servers that endpoints relay to, and checks that none of them is a relay
 * of this daemon. */
#ifndef SYNACKD_CONFIG_UPSTREAMS_H
#define SYNACKD_CONFIG_UPSTREAMS_H

#include "config/config.h"

/*
 * Resolves the servers of the endpoints whose addresses are not known yet. May query name servers,
 * for at most 5 s. Call it for endpoints that are about to be used, not for a replay; their rules
 * must not be in use yet. Not safe from several threads at once.
 *
 * Returns false if there was an error, such as a relay to a relay. Errors are reported in `diag`.
 */
bool endpoint_configs_resolve(const struct endpoint_config *const *list, unsigned count,
			      struct diag *diag);
bool config_resolve(const struct config *c,
		    struct diag *diag); /* for all endpoints of the config */

#endif
