/* SPDX-License-Identifier: MIT */
/* schema: reads the groups of a config file by tables of keys. */
#ifndef SYNACKD_SCHEMA_SCHEMA_H
#define SYNACKD_SCHEMA_SCHEMA_H

#include "base/diag.h"
#include "base/key.h"

#include <libconfig.h>

/* The keys of a group and the struct that their values go to. A group may take keys of several
 * tables. */
struct key_table {
	const struct key *keys;
	size_t count;
	void *target;
};

/* A table of keys and the name of the group that takes them; "" is the top level of the main file.
 * A group may have several tables. */
struct key_group {
	const char *name;
	const struct key *keys;
	const size_t *count;
};

/* How to read a group and where to report errors. Only `diag` is required. */
struct schema_reader {
	struct diag *diag;
	/* All groups of the config: a list of lists. Each list ends with a NULL name, the list of
	 * lists with NULL. An error about a key of another group then names that group. NULL: it
	 * does not. */
	const struct key_group *const *groups;
	/* Called for each string value. Returns the replacement, which the reader frees, or NULL
	 * with a message in *wrong. */
	char *(*expand)(void *arg, const char *text, char **wrong);
	void *arg;
	/* Set if the values come from another place than the file: errors are then reported at
	 * `file`, `line` and `key` (`file` and `key` may be NULL) and begin with `subject`. NULL
	 * subject: errors are reported at the setting. */
	const char *subject;
	const char *file;
	unsigned line;
	const char *key;
};

/*
 * Reads every key of `group`, which must be a group, by the tables. An error is reported under the
 * path of its key (`endpoints[0].ports`), and the other keys are read. An unknown key is an error
 * that names a similar key and the groups that take it. The targets must contain the defaults
 * before the call.
 */
void schema_read(const struct schema_reader *r, config_setting_t *group,
		 const struct key_table *tables, size_t count);

/* Returns one value as text, expanded. Returns NULL, and reports an error, if it is a list or a
 * group, or cannot be expanded. The caller frees the result. */
char *schema_value(const struct schema_reader *r, config_setting_t *setting);

/* Reports an error in the value of `at`: at its file, line and path, or where the reader specifies.
 */
void schema_error(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Reports a warning about the value of `at`, at the same place as schema_error() would. */
void schema_warn(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Calls `read` for each entry of the list `name` of a group, in order. Calls nothing if the key is
 * absent. A value that is not a list is an error in `diag`. */
void schema_each_entry(config_setting_t *group, const char *name, struct diag *diag,
		       void (*read)(void *arg, config_setting_t *entry), void *arg);

/* Calls `read` for each value of a list or an array, in order. Another value is treated as a list
 * of one. Returns true if all calls returned true. */
bool schema_each_value(config_setting_t *values, bool (*read)(void *arg, config_setting_t *value),
		       void *arg);

#endif
