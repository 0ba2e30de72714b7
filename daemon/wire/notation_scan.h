/* SPDX-License-Identifier: MIT */
/* notation_scan: the scanner of the notation's parsers. */
#ifndef SYNACKD_WIRE_NOTATION_SCAN_H
#define SYNACKD_WIRE_NOTATION_SCAN_H

#include "wire/expr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_MAX 24

struct scan {
	const char *text;
	const char *at;
	char **error; /* set by the first scan_fail() */
};

/* Sets *s->error to the message `column N: …`, with the column of s->at, unless it is set.
 * Always returns false. A scan function that calls it returns false, too. */
bool scan_fail(struct scan *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void scan_blanks(struct scan *s);
bool scan_accept(struct scan *s,
		 char c); /* consumes c if it is next; returning false is not an error */
bool scan_expect(struct scan *s, char c);

/* Scans letters and digits. The word is empty if the next character is another. A longer word is
 * truncated; no known word is so long. */
void scan_word(struct scan *s, char word[WORD_MAX]);

bool scan_expr(struct scan *s, struct expr *out);
/* Scans an expression without variables, of at most `max`. */
bool scan_number(struct scan *s, uint32_t max, uint32_t *out);

/* Fails with the message "expected KIND, got 'WORD'", the list of words, and the nearest one. `at`
 * is the start of WORD. */
bool scan_unknown(struct scan *s, const char *at, const char *kind, const char *word,
		  const char *(*candidate)(size_t i, const void *arg));

#endif
