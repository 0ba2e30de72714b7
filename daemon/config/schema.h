/* SPDX-License-Identifier: MIT */
/* Every key there is, with its type, range, default and help: the loader, synackd.conf's comments
 * and the man page come from these tables. */
#ifndef SYNACKD_CONFIG_SCHEMA_H
#define SYNACKD_CONFIG_SCHEMA_H

#include "base/diag.h"

#include <libconfig.h>

enum key_type {
	KEY_BOOL,
	KEY_NUMBER,   /* uint32_t; a bare integer, or a string (decimal, 0x hex) for more than 2^31-1 */
	KEY_SEQUENCE, /* uint32_t in a string, or a bare integer; sets the bool at has_offset */
	KEY_SIZE,     /* size_t: a number with k, M, G (1024 each) in a string, or a bare integer */
	KEY_DURATION, /* nstime, in a string: `3s` */
	KEY_TEXT,     /* char *, owned */
	KEY_CHOICE,   /* uint8_t: index of the word in `choices` */
	KEY_CUSTOM,   /* `parse` takes it */
};

/* One key of a group. */
struct key {
	const char *name;
	enum key_type type;
	size_t offset;     /* in the structure that is filled */
	uint8_t size;      /* KEY_NUMBER: 1, 2, 4 octets of the field */
	size_t has_offset; /* KEY_SEQUENCE: the bool that tells it was given */
	const char *min, *max; /* in the form of the type; NULL: the type's own */
	const char *fallback;  /* the default as one would write it; documents, and is checked by a test */
	const char *const *choices; /* KEY_CHOICE: NULL-terminated */
	bool (*parse)(config_setting_t *value, void *target, struct diag *diag, const char *key);
	const char *help; /* one sentence */
};

/*
 * Read the keys of `group` into `target`. An unknown key is an error with a "did you mean", unless
 * it is in `others` (NULL-terminated, may be NULL), which the caller reads. `prefix` stands before
 * the key's name in messages (may be ""). Defaults must be in `target` already.
 */
void schema_read(const struct key *keys, size_t count, config_setting_t *group, void *target,
		 const char *const *others, const char *prefix, struct diag *diag);

/* The same checks for a value that is text (a behaviour's `use` after parameters were put in). */
bool schema_read_text(const struct key *key, const char *text, void *target, const char **expected);

/* Bare integers that libconfig 1.5 wraps without a word (2^31 and more, without the L suffix):
 * checked against the source text of a file. */
void schema_check_integers(const char *path, struct diag *diag);

/* Keys of struct tcp_settings: endpoints have them, and a behaviour's `use`. */
extern const struct key tcp_keys[];
extern const size_t tcp_keys_count;

#endif
