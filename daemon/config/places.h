/* SPDX-License-Identifier: MIT */
/* `endpoints` and `catalogues`: endpoints that are written, and those that a catalogue makes. */
#ifndef SYNACKD_CONFIG_PLACES_H
#define SYNACKD_CONFIG_PLACES_H

#include "config/config.h"
#include "schema/schema.h"

/* Read both groups of one file and add what they define; each may be absent. `complete`: every file
 * of behaviours could be read, so that a behaviour which is missing is an error. Errors are in
 * `diag`. */
void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag);

/* Once all files are read without an error: endpoints with one name, or with one address and port,
 * are errors in `diag`, at the one that was read later. */
void config_check_places(struct config *c, struct diag *diag);

#endif
