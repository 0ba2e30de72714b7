/* SPDX-License-Identifier: MIT */
/* config_values: values of a config as text, to compare the configs before and after a reload. */
#ifndef SYNACKD_CONFIG_CONFIG_VALUES_H
#define SYNACKD_CONFIG_CONFIG_VALUES_H

#include "config/config.h"

struct config_value {
	char *name;     /* "user", "control.path" */
	unsigned flags; /* enum config_key_flag */
	char *text;     /* "": the key has no value */
};

struct config_values {
	unsigned count;
	struct config_value *value;
};

/* Returns the values of the keys with the flag CONFIG_RESTART or CONFIG_OPTION, in the order of
 * their tables: the same keys for every config. The caller frees them by config_values_free(). */
struct config_values config_values(const struct config *c);
void config_values_free(struct config_values *v);

#endif
