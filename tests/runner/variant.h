/* SPDX-License-Identifier: MIT */
/* variant: the variants of a script, which runs over IPv4 and IPv6, each time with an endpoint of
 * its own. */
#ifndef SYNACKD_TESTS_RUNNER_VARIANT_H
#define SYNACKD_TESTS_RUNNER_VARIANT_H

#include "run.h"

struct config;
struct endpoint_index;

#define VARIANTS 4

/* Draws the clock, the addresses and the port of a run. They depend only on seed and family. */
void variant_begin(struct run *run, bool v4, uint64_t seed);

/* Returns the config of all variants of run->script, of which `seed` is the first. All share it,
 * because reading the catalogue takes longer than a run. The caller frees it with config_free().
 * Prints the errors and returns NULL if the config is invalid. */
struct config *variants_load(struct run *run, uint64_t seed);

/* Returns an index of only the endpoint of this run, with one reference, which the caller puts. */
struct endpoint_index *variant_endpoint(const struct run *run, const struct config *config);

#endif
