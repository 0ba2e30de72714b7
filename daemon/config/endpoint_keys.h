/* SPDX-License-Identifier: MIT */
/* The keys of struct endpoint_config: those that endpoints and catalogues share, and those of each.
 * The `base` of a catalogue goes to port_from, its `network` to address. */
#ifndef SYNACKD_CONFIG_ENDPOINT_KEYS_H
#define SYNACKD_CONFIG_ENDPOINT_KEYS_H

#include "schema/schema.h"

extern const struct key place_keys[], endpoint_keys[], catalogue_keys[];
extern const size_t place_keys_count, endpoint_keys_count, catalogue_keys_count;

#endif
