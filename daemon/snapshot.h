/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_SNAPSHOT_H
#define SYNACKD_SNAPSHOT_H

#include "responder.h"

/* The bounds of a worker, from the config. */
struct responder_limits limits_of(const struct config *c);

/* The endpoints of a config as they stand, numbered from 1 in its order: for a run in which nothing
 * changes. */
struct endpoints *endpoints_of(const struct config *c);

/* A seed for this run: the one that was given, or a random one. */
uint64_t seed_choose(bool given, uint64_t seed);

#endif
