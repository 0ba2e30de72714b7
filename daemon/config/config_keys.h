/* SPDX-License-Identifier: MIT */
/* config_keys: the keys of struct config, and the tables of all keys of a config file. */
#ifndef SYNACKD_CONFIG_CONFIG_KEYS_H
#define SYNACKD_CONFIG_CONFIG_KEYS_H

#include "schema/schema.h"

/* Flags of the keys of the top level and of `control`. Each key has either CONFIG_AT_ONCE or
 * CONFIG_RESTART. */
enum config_key_flag {
	CONFIG_AT_ONCE = 1, /* a reload puts a new value in force */
	CONFIG_RESTART = 2, /* a new value requires a restart */
	CONFIG_OPTION = 4,  /* an option of the command line can replace the value */
	CONFIG_LOADED = 8,  /* a file that `load` names may also have the key */
};

/* The keys of the top level and of `control`. */
extern const struct key config_keys[], control_keys[];
extern const size_t config_keys_count, control_keys_count;

/* The groups of the main file, for help texts and tests. Ends with a NULL name. */
extern const struct key_group config_groups[];
/* The groups of the main file, of behaviours, and of suites and profiles, for struct schema_reader.
 */
extern const struct key_group *const config_all_groups[];

#endif
