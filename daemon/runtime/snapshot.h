/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_RUNTIME_SNAPSHOT_H
#define SYNACKD_RUNTIME_SNAPSHOT_H

#include "config/config.h"
#include "engine/responder.h"

/* The bounds of a worker, from the config. */
struct responder_limits limits_of(const struct config *c);

/* The endpoints of a config as they stand, numbered from 1 in its order: for a run in which nothing
 * changes. */
struct endpoint_index *endpoints_of(const struct config *c);

/* The seed of this run's chance: the one that was given, or else a random one, which is logged and
 * short enough to be typed again. False, with errno set: there is no random one. */
bool seed_choose(bool given, uint64_t wanted, uint64_t *seed);

#endif
