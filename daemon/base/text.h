/* SPDX-License-Identifier: MIT */
/* Text: growing strings, memory that cannot fail, near words, hex. */
#ifndef SYNACKD_BASE_TEXT_H
#define SYNACKD_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string. A zeroed one is empty and ready; text_free gives its memory back. */
struct text {
	char *s; /* NUL-terminated once anything was added; NULL before */
	size_t len;
	size_t cap;
};

/* Append; `s` may not be part of *t. text_addn() takes `n` octets, which may have NULs among them.
 */
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
const char *text_str(const struct text *t); /* "" when nothing was added */
void text_clear(struct text *t);            /* keeps the memory for the next use */
void text_free(struct text *t);

/* The octets of `s` that have room, of which `room` are for it and none for a NUL; a character of
 * UTF-8 is never cut in two, as JSON would have none of the text then. */
size_t text_fits(const char *s, size_t room);

/* The memory functions that do not return without memory: they print and abort. Only for what is
 * bounded by configuration; what a client can cause to grow uses plain malloc and a counter. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The candidate nearest to `word` by edit distance, for "did you mean"; NULL when none is near
 * enough to be a typing slip (more than a third of the word differs). `candidate(i, arg)` returns
 * the i-th word, or NULL past the last. */
const char *suggest(const char *word, const char *(*candidate)(size_t i, const void *arg),
		    const void *arg);

/* `n` bytes as lower-case hex and back. hex_decode returns the number of bytes, or -1 for an odd
 * number of digits, a foreign character or more than `max` bytes. */
void text_add_hex(struct text *t, const uint8_t *bytes, size_t n);
int hex_decode(const char *hex, size_t len, uint8_t *out, size_t max);

/* Decimal or 0x hex, and nothing else. */
bool number_parse(const char *text, uint64_t *out);

/* Makes the message of a parser in *wrong, owned by the caller: "expected FORMAT…, got `text`".
 * Returns false. */
bool text_expected(char **wrong, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
