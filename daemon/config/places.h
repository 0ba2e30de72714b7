/* SPDX-License-Identifier: MIT */
/* places: reads `endpoints` and `catalogues`, and makes the endpoints of catalogues. */
#ifndef SYNACKD_CONFIG_PLACES_H
#define SYNACKD_CONFIG_PLACES_H

#include "config/config.h"
#include "schema/schema.h"

/* Reads both groups of one file, each of which may be absent, and adds their endpoints. If
 * `complete` is true, all files with behaviours were read, so an unknown behaviour is an error.
 * Errors are reported in `diag`. */
void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag);

/* Call when all files were read without an error. Reports endpoints with the same name, or with the
 * same address and port, as errors in `diag`, at the endpoint that was read later. */
void config_check_places(struct config *c, struct diag *diag);

#endif
