/* SPDX-License-Identifier: MIT */
/* `suites` and `profiles`: scenarios for clients, and what is known of clients. */
#ifndef SYNACKD_CONFIG_SUITES_H
#define SYNACKD_CONFIG_SUITES_H

#include "config/config.h"
#include "schema/schema.h"

/* Their keys; ends with a NULL name. */
extern const struct key_group suite_groups[];

/* Read both groups of a file, whose path outlives the config; each may be absent. What is wrong is
 * in `diag`. */
void config_read_suites(struct config *c, config_setting_t *root, const char *path,
			struct diag *diag);

/* Once all behaviours and suites are known: add an error to `diag` for each that a suite names and
 * that does not exist. Numbers of behaviours in suites and profiles become their names. */
void config_check_suites(struct config *c, struct diag *diag);

/* The profile of this name. Returns NULL if there is none. */
const struct profile *config_profile(const struct config *c, const char *name);

#endif
