/* SPDX-License-Identifier: MIT */
/* engine_config: the parts of a config that a responder takes. */
#ifndef SYNACKD_CONFIG_ENGINE_CONFIG_H
#define SYNACKD_CONFIG_ENGINE_CONFIG_H

#include "config/config.h"
#include "engine/responder.h"

/* Returns the limits of one responder. */
struct responder_limits config_limits(const struct config *c);

/* Returns the endpoints of a config, numbered from 1 in its order, for a run in which they do not
 * change. The caller owns the reference. */
struct endpoint_index *config_endpoint_index(const struct config *c);

#endif
