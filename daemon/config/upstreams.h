/* SPDX-License-Identifier: MIT */
/* The servers that endpoints relay to: their addresses, and that none is one of ours. */
#ifndef SYNACKD_CONFIG_UPSTREAMS_H
#define SYNACKD_CONFIG_UPSTREAMS_H

#include "config/config.h"

/*
 * Find the addresses of the servers that endpoints relay to, as far as they are not known yet,
 * which may ask the network, for 5 s at most: for what is about to be used, not for what is
 * replayed. The rules of these endpoints are not in use yet. One thread at a time. Returns false if
 * there was an error: what is wrong is in `diag`, also that a relay leads to a relay.
 */
bool endpoint_configs_resolve(const struct endpoint_config *const *list, unsigned count,
			      struct diag *diag);
bool config_resolve(const struct config *c, struct diag *diag); /* all of its endpoints */

#endif
