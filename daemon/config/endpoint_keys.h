/* SPDX-License-Identifier: MIT */
/* endpoint_keys: the keys of struct endpoint_config. place_keys belong to endpoints and catalogues,
 * the others to one of them. `base` of a catalogue is stored in port_from, and `network` in
 * address. */
#ifndef SYNACKD_CONFIG_ENDPOINT_KEYS_H
#define SYNACKD_CONFIG_ENDPOINT_KEYS_H

#include "schema/schema.h"

extern const struct key place_keys[], endpoint_keys[], catalogue_keys[];
extern const size_t place_keys_count, endpoint_keys_count, catalogue_keys_count;

#endif
