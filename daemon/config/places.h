/* SPDX-License-Identifier: MIT */
/* `endpoints` and `catalogues`: endpoints that are written, and those that a catalogue makes. */
#ifndef SYNACKD_CONFIG_PLACES_H
#define SYNACKD_CONFIG_PLACES_H

#include "config/config.h"
#include "schema/schema.h"

/* Read both groups of a main file; each may be absent. `complete`: every file of behaviours could
 * be read, so that a behaviour which is not there is an error. What is wrong is in `diag`. */
void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag);

#endif
