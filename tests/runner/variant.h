/* SPDX-License-Identifier: MIT */
/* The variants of a script: each is run over IPv4 and IPv6, at an endpoint of its own. */
#ifndef SYNACKD_TESTS_RUNNER_VARIANT_H
#define SYNACKD_TESTS_RUNNER_VARIANT_H

#include "run.h"

struct config;
struct endpoint_index;

#define VARIANTS 4

/* Draws the clock, the addresses and the port of a run; the same for the same seed and family. */
void variant_begin(struct run *run, bool v4, uint64_t seed);

/* The config of all variants of run->script, the first of which has this seed: one for all of them,
 * because reading the catalogue takes longer than a run. The caller frees it with config_free().
 * Returns NULL if the config is invalid, which stderr then says. */
struct config *variants_load(struct run *run, uint64_t seed);

/* An index of the endpoint of this run alone, with one reference, which is the caller's. */
struct endpoint_index *variant_endpoint(const struct run *run, const struct config *config);

#endif
