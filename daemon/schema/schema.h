/* SPDX-License-Identifier: MIT */
/* Every key there is, with its type, range, default and help: the loader, synackd.conf's comments
 * and the man page come from these tables. */
#ifndef SYNACKD_SCHEMA_SCHEMA_H
#define SYNACKD_SCHEMA_SCHEMA_H

#include "base/diag.h"

#include <libconfig.h>

enum key_type {
	KEY_BOOL,
	KEY_NUMBER,   /* uint8_t to uint32_t; decimal or 0x hex, as an integer or in a string */
	KEY_SEQUENCE, /* uint32_t, likewise */
	KEY_SIZE,     /* size_t: a number, in a string also with k, M, G (1024 each) */
	KEY_DURATION, /* nstime, in a string: `3s` */
	KEY_TEXT,     /* char *, owned by the target */
	KEY_CHOICE,   /* uint8_t: index of the word in `choices` */
	KEY_CUSTOM,   /* `parse` takes it */
	KEY_OTHER,    /* the caller reads it: a group, a list */
};

/* One key of a group. */
struct key {
	const char *name;
	enum key_type type;
	size_t offset;         /* in the structure that is filled */
	uint8_t size;          /* KEY_NUMBER: 1, 2, 4 octets of the field */
	size_t has_offset;     /* of a bool that tells that the key was given; 0: there is none */
	const char *min, *max; /* in the form of the type; NULL: its own. KEY_TEXT: of its length */
	const char *fallback;  /* the default as one would write it; NULL: there is none */
	const char *const *choices; /* KEY_CHOICE: NULL-terminated */
	/* KEY_CUSTOM: fill `target`, the whole structure; or false, and a message as below. */
	bool (*parse)(const char *text, void *target, char **wrong);
	const char *help; /* one sentence */
};

/* Keys of one group, and where their values go. A group may take keys of several tables. */
struct key_table {
	const struct key *keys;
	size_t count;
	void *target;
};

/* How a group is read, and where errors are said. Only `diag` must be given. */
struct schema_reader {
	struct diag *diag;
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
 * has is an error with a "did you mean". Defaults must be in the targets already.
 */
void schema_read(const struct schema_reader *r, config_setting_t *group,
		 const struct key_table *tables, size_t count);

/* One value as text, expanded; NULL when it is none, or expanding failed (said). Caller frees. */
char *schema_value(const struct schema_reader *r, config_setting_t *setting);

/*
 * Check one value and fill in the field. On failure the target stays as it was, and *wrong is a
 * message for people, owned by the caller: "expected a number from 1 to 9, got `10`".
 */
bool schema_read_text(const struct key *key, const char *text, void *target, char **wrong);

/* Fill in the defaults of a table. Ours must be right: asserts. */
void schema_defaults(const struct key *keys, size_t count, void *target);

/* Decimal or 0x hex, and nothing else. */
bool schema_number(const char *text, uint64_t *out);

/* Such a message: "expected FORMAT…, got `text`". Returns false. */
bool schema_expected(char **wrong, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* An error in the value of `at`: under its file, line and path, or where the reader says. */
void schema_error(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Call `read` on each entry of the list `name` of a group, in order. None is there: nothing is
 * called. It is no list: the error goes to `diag`, and nothing is called. */
void schema_each_entry(config_setting_t *group, const char *name, struct diag *diag,
		       void (*read)(void *arg, config_setting_t *entry), void *arg);

#endif
