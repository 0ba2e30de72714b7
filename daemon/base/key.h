/* SPDX-License-Identifier: MIT */
/*
 * key: a configuration key with its type, range, default and help, and its value as text.
 *
 * The loader, the comments in synackd.conf and the man page use tables of keys. This file does
 * not depend on libconfig, so programs that run without a config file can parse values.
 */
#ifndef SYNACKD_BASE_KEY_H
#define SYNACKD_BASE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_type {
	KEY_BOOL,
	KEY_NUMBER,   /* uint8_t to uint32_t; decimal or 0x hex, as an integer or in a string */
	KEY_SEQUENCE, /* uint32_t, in the forms of KEY_NUMBER */
	KEY_SIZE,     /* size_t: a number, in a string also with k, M, G (1024 each) */
	KEY_DURATION, /* nstime, in a string: `3s` */
	KEY_TEXT,     /* char *, owned by the target structure */
	KEY_CHOICE,   /* uint8_t: index of the word in `choices` */
	KEY_CUSTOM,   /* parsed by `parse` */
	KEY_OTHER,    /* a group or a list, which the caller reads */
};

/* One key of a group. */
struct key {
	const char *name;
	enum key_type type;
	size_t offset;              /* of the field, in the target structure */
	uint8_t size;               /* KEY_NUMBER: size of the field, in octets: 1, 2 or 4 */
	size_t has_offset;          /* of a bool that is set when the key is read; 0: none */
	const char *min, *max;      /* limits as text; NULL: of the type. KEY_TEXT: of its length */
	const char *fallback;       /* the default, as in a config file; NULL: none */
	const char *const *choices; /* KEY_CHOICE; NULL-terminated */
	/* KEY_CUSTOM: parses `text` into `target`, the whole structure. Returns false and sets
	 * *wrong as key_read() does. */
	bool (*parse)(const char *text, void *target, char **wrong);
	/* KEY_CUSTOM and KEY_OTHER: returns the value in `target` as text, which the caller
	 * frees. May be NULL if key_format() is never called for the key. */
	char *(*format)(const void *target);
	const char *help; /* one sentence */
	unsigned flags;   /* defined by the reader of the table */
};

/* Parses one value, checks its range, and stores it in the field. On failure returns false,
 * leaves the target unchanged, and sets *wrong to a message such as "expected a number from 1 to
 * 9, got '10'", which the caller frees. */
bool key_read(const struct key *key, const char *text, void *target, char **wrong);

/* Returns the value in `target` in a form that key_read() accepts; sizes are in octets. The
 * caller frees it. */
char *key_format(const struct key *key, const void *target);

/* Stores the default of each key that has one. Asserts that the defaults are valid. */
void key_defaults(const struct key *keys, size_t count, void *target);

#endif
