/* SPDX-License-Identifier: MIT */
/* numbers: sets of numbers in conditions, for counts and lengths. */
#ifndef SYNACKD_BEHAVIOUR_NUMBERS_H
#define SYNACKD_BEHAVIOUR_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct numbers {
	bool given;
	bool negated;  /* true: contains all other numbers */
	uint32_t from; /* both inclusive; in an empty set (`<1`), `to` is less than `from` */
	uint32_t to;
	uint32_t every; /* matches only multiples; 0: all */
};

/* Parses `3`, `2-4`, `<3`, `<=3`, `>3`, `>=3`, `every 3`, and any of them after `not `. Numbers
 * must be at least `least`. On failure, returns false and leaves *out unchanged. */
bool numbers_parse(const char *text, uint32_t least, struct numbers *out);

static inline bool numbers_have(const struct numbers *r, uint32_t n)
{
	return (n >= r->from && n <= r->to && !(r->every && n % r->every)) != r->negated;
}

/* Returns false if no number can be in both; true also if that is not easy to decide. */
bool numbers_overlap(const struct numbers *a, const struct numbers *b);

#endif
