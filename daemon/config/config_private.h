/* SPDX-License-Identifier: MIT */
/* How the files that load a config share the work: config.c reads files, places.c makes endpoints
 * of `endpoints` and `catalogues`, config_keys.c has the tables. */
#ifndef SYNACKD_CONFIG_CONFIG_PRIVATE_H
#define SYNACKD_CONFIG_CONFIG_PRIVATE_H

#include "config/config.h"

/* Of struct config: the top level, and `control`. */
extern const struct key config_keys[], control_keys[];
extern const size_t config_keys_count, control_keys_count;

/* Of struct endpoint_config: what endpoints and catalogues share, and what is theirs. The `base` of
 * a catalogue goes to port_from. */
extern const struct key place_keys[], endpoint_keys[], catalogue_keys[];
extern const size_t place_keys_count, endpoint_keys_count, catalogue_keys_count;

/* Read both groups of a main file (each may be absent). `complete`: every file of behaviours could
 * be read, so that one which is not there is an error. */
void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag);

#endif
