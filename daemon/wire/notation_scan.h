/* SPDX-License-Identifier: MIT */
/* The scanner that the parts of the notation's parser share. */
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
	char **error; /* set by the first scan_fail */
};

/* Every scan function returns false after scan_fail, which is the whole of error handling: the
 * message is `column N: …`, with the column of s->at. Returns false. */
bool scan_fail(struct scan *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void scan_blanks(struct scan *s);
bool scan_accept(struct scan *s, char c); /* take c if it is next; false is no failure */
bool scan_expect(struct scan *s, char c);

/* Letters and digits; empty when something else is next. A word that does not fit is cut, which no
 * known word is. */
void scan_word(struct scan *s, char word[WORD_MAX]);

bool scan_expr(struct scan *s, struct expr *out);
/* An expression without names, at most `max`. */
bool scan_number(struct scan *s, uint32_t max, uint32_t *out);

/* "expected KIND, not WORD", with the list of words, and the nearest. `at` is where WORD began. */
bool scan_unknown(struct scan *s, const char *at, const char *kind, const char *word,
		  const char *(*candidate)(size_t i, const void *arg));

#endif
