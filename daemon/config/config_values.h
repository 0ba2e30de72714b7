/* SPDX-License-Identifier: MIT */
/* Values of a config as text: of the keys that a reload leaves as they are, or may. */
#ifndef SYNACKD_CONFIG_CONFIG_VALUES_H
#define SYNACKD_CONFIG_CONFIG_VALUES_H

#include "config/config.h"

struct config_value {
	char *name;     /* "user", "control.path" */
	unsigned flags; /* enum config_key_flag */
	char *text;     /* "" for a key without a value */
};

struct config_values {
	unsigned count;
	struct config_value *value;
};

/* The values of the keys that are flagged CONFIG_RESTART or CONFIG_OPTION, in the order of their
 * tables: the same keys of every config. The caller frees them by config_values_free(). */
struct config_values config_values(const struct config *c);
void config_values_free(struct config_values *v);

#endif
