/* SPDX-License-Identifier: MIT */
/* What a responder is given of a config. */
#ifndef SYNACKD_CONFIG_ENGINE_CONFIG_H
#define SYNACKD_CONFIG_ENGINE_CONFIG_H

#include "config/config.h"
#include "engine/responder.h"

/* The bounds of one responder. */
struct responder_limits config_limits(const struct config *c);

/* The endpoints of a config as they stand, numbered from 1 in its order, with one reference, which
 * is the caller's: for a run in which nothing changes. */
struct endpoint_index *config_endpoint_index(const struct config *c);

#endif
