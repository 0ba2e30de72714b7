/* SPDX-License-Identifier: MIT */
/*
 * A key, with its type, range, default and help, and its value as text: the loader, synackd.conf's
 * comments and the man page come from tables of keys. Nothing here knows libconfig, so that what
 * runs without a config file can read texts.
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
	/* KEY_CUSTOM and KEY_OTHER: the value in `target` as text, which the caller frees; NULL
	 * where key_format() is not called. */
	char *(*format)(const void *target);
	const char *help; /* one sentence */
	unsigned flags;   /* as the reader of the table defines them */
};

/*
 * Check one value and fill in the field. On failure the target stays as it was, and *wrong is a
 * message for people, owned by the caller: "expected a number from 1 to 9, got `10`".
 */
bool key_read(const struct key *key, const char *text, void *target, char **wrong);

/* The value in `target` as a text that key_read() takes; sizes in octets. The caller frees it. */
char *key_format(const struct key *key, const void *target);

/* Fill in the defaults of a table. Ours must be right: asserts. */
void key_defaults(const struct key *keys, size_t count, void *target);

#endif
