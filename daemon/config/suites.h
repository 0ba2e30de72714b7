/* SPDX-License-Identifier: MIT */
/* suites: reads `suites` and `profiles`: scenarios for clients, and known deviations of clients. */
#ifndef SYNACKD_CONFIG_SUITES_H
#define SYNACKD_CONFIG_SUITES_H

#include "config/config.h"
#include "schema/schema.h"

/* The keys of both. Ends with a NULL name. */
extern const struct key_group suite_groups[];

/* Reads both groups of a file, each of which may be absent. `path` must remain valid as long as the
 * config. Errors are reported in `diag`. */
void config_read_suites(struct config *c, config_setting_t *root, const char *path,
			struct diag *diag);

/* Call when all behaviours and suites are known. Reports unknown behaviours and suites that a suite
 * names as errors in `diag`. Replaces the numbers of behaviours in suites and profiles by their
 * names. */
void config_check_suites(struct config *c, struct diag *diag);

/* Returns the profile of this name, or NULL if there is none. */
const struct profile *config_profile(const struct config *c, const char *name);

#endif
