/* SPDX-License-Identifier: MIT */
/* The keys of struct config, and every table of keys there is. */
#ifndef SYNACKD_CONFIG_CONFIG_KEYS_H
#define SYNACKD_CONFIG_CONFIG_KEYS_H

#include "schema/schema.h"

/* Flags of the keys of the top level, and of `control`. Each key has one of the first two. */
enum config_key_flag {
	CONFIG_AT_ONCE = 1, /* a reload puts its value in force */
	CONFIG_RESTART = 2, /* its value is in force from the start of the daemon to its end */
	CONFIG_OPTION = 4,  /* an option of the command line may take its place */
	CONFIG_LOADED = 8,  /* a file that `load` names may have it, too */
};

/* Of the top level, and of `control`. */
extern const struct key config_keys[], control_keys[];
extern const size_t config_keys_count, control_keys_count;

/* The groups of the main file, for help texts and tests; ends with a NULL name. */
extern const struct key_group config_groups[];
/* These, and those of behaviours, suites and profiles: struct schema_reader. */
extern const struct key_group *const config_all_groups[];

#endif
