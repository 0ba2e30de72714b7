/* SPDX-License-Identifier: MIT */
/* Which numbers a condition takes: the nth time, so many octets. */
#ifndef SYNACKD_BEHAVIOUR_NUMBERS_H
#define SYNACKD_BEHAVIOUR_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct numbers {
	bool given;
	bool negated;  /* all others */
	uint32_t from; /* both inclusive; what is never true (`<1`) has its end before its begin */
	uint32_t to;
	uint32_t every; /* of those only its multiples; 0: all of them */
};

/* `3`, `2-4`, `<3`, `<=3`, `>3`, `>=3`, `every 3`, and any of them behind `not `; no number below
 * `least`. False: it is none of these, and *out is as it was. */
bool numbers_parse(const char *text, uint32_t least, struct numbers *out);

static inline bool numbers_have(const struct numbers *r, uint32_t n)
{
	return (n >= r->from && n <= r->to && !(r->every && n % r->every)) != r->negated;
}

/* Can a number be in both? True, too, where that is not easily told. */
bool numbers_overlap(const struct numbers *a, const struct numbers *b);

#endif
