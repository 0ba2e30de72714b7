/* SPDX-License-Identifier: MIT */
/* text: growing strings, allocation that aborts on failure, similar words, hex, numbers. */
#ifndef SYNACKD_BASE_TEXT_H
#define SYNACKD_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string. A zeroed struct is an empty string. The caller frees it with text_free(). */
struct text {
	char *s; /* NUL-terminated; NULL before the first addition */
	size_t len;
	size_t cap;
};

/* Append; `s` must not be part of *t. text_addn() appends `n` octets, which may include NUL. */
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
const char *text_str(const struct text *t); /* "" if empty */
void text_clear(struct text *t);            /* empties it and keeps the memory */
void text_free(struct text *t);

/* Returns the length of the longest prefix of `s` that has at most `room` octets, without the
 * NUL. It never splits a UTF-8 character, because JSON would reject the text. */
size_t text_fits(const char *s, size_t room);

/* Prints a message and aborts. */
void out_of_memory(void) __attribute__((noreturn));

/* Allocation functions that print a message and abort if memory is exhausted. Only for memory
 * that the configuration bounds; for memory that clients can cause to grow, use malloc(3) and
 * count the failures. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Returns the candidate nearest to `word` by edit distance, for "did you mean", or NULL if more
 * than a third of the letters differ. `candidate(i, arg)` returns the i-th word, or NULL after
 * the last. */
const char *suggest(const char *word, const char *(*candidate)(size_t i, const void *arg),
		    const void *arg);

/* Convert `n` octets to lower-case hex and back. hex_decode() returns the number of octets, or
 * -1 if the number of digits is odd, a character is not a hex digit, or the result exceeds `max`
 * octets. */
void text_add_hex(struct text *t, const uint8_t *bytes, size_t n);
int hex_decode(const char *hex, size_t len, uint8_t *out, size_t max);

/* Parses an unsigned number, decimal or hex with 0x. Returns false for any other text. */
bool number_parse(const char *text, uint64_t *out);

/* Sets *wrong to the message "expected FORMAT…, got 'text'", which the caller frees. Returns
 * false, for the caller to return. */
bool text_expected(char **wrong, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
