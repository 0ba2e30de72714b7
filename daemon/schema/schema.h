/* SPDX-License-Identifier: MIT */
/* Groups of a config file, read by tables of keys. */
#ifndef SYNACKD_SCHEMA_SCHEMA_H
#define SYNACKD_SCHEMA_SCHEMA_H

#include "base/diag.h"
#include "base/key.h"

#include <libconfig.h>

/* Keys of one group, and where their values go. A group may take keys of several tables. */
struct key_table {
	const struct key *keys;
	size_t count;
	void *target;
};

/* A table of keys, and the group that takes it: "" is the top level of the main file. A group may
 * have several. */
struct key_group {
	const char *name;
	const struct key *keys;
	const size_t *count;
};

/* How a group is read, and where errors are said. Only `diag` must be given. */
struct schema_reader {
	struct diag *diag;
	/* All groups that there are, in lists of which each ends with a NULL name, up to NULL: so
	 * that an error about a key of another group says which. NULL: it does not. */
	const struct key_group *const *groups;
	/* Called on each value that is a string; returns what takes its place (owned by the
	 * reader), or NULL and *wrong. */
	char *(*expand)(void *arg, const char *text, char **wrong);
	void *arg;
	/* When the value of a setting came from elsewhere: where errors are said
	 * (file and key may be NULL), with `subject` in front. NULL subject: at the setting. */
	const char *subject;
	const char *file;
	unsigned line;
	const char *key;
};

/*
 * Read every key of `group`, which must be a group, by the tables. What is wrong with one is said
 * under its path (`endpoints[0].ports`), and the others are read all the same. A key that no table
 * has is an error with a "did you mean", and with the groups that take it. Defaults must be in the
 * targets already.
 */
void schema_read(const struct schema_reader *r, config_setting_t *group,
		 const struct key_table *tables, size_t count);

/* One value as text, expanded; NULL when it is none, or expanding failed (said). Caller frees. */
char *schema_value(const struct schema_reader *r, config_setting_t *setting);

/* An error in the value of `at`: under its file, line and path, or where the reader says. */
void schema_error(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A warning about the value of `at`, likewise. */
void schema_warn(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Call `read` on each entry of the list `name` of a group, in order. None is there: nothing is
 * called. It is no list: the error goes to `diag`, and nothing is called. */
void schema_each_entry(config_setting_t *group, const char *name, struct diag *diag,
		       void (*read)(void *arg, config_setting_t *entry), void *arg);

/* Call `read` on each value of a list or an array, in order, or on the one value in its place.
 * Returns whether all calls returned true. */
bool schema_each_value(config_setting_t *values, bool (*read)(void *arg, config_setting_t *value),
		       void *arg);

#endif
