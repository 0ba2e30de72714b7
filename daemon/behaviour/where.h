/* SPDX-License-Identifier: MIT */
/* where: conditions that compare sequence expressions. */
#ifndef SYNACKD_BEHAVIOUR_WHERE_H
#define SYNACKD_BEHAVIOUR_WHERE_H

#include "wire/expr.h"

enum comparison { COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE, COMPARE_GE, COMPARE_GT };

/* Both sides are computed modulo 2^32 and compared as unsigned numbers. A difference of two
 * sequence numbers (`snd.nxt-snd.una`, `rcv.nxt-irs-1`) is a number of octets. */
struct comparing {
	struct expr left, right;
	uint8_t how; /* enum comparison */
};

#define WHERE_MAX 4

struct where {
	unsigned count;
	struct comparing all[WHERE_MAX]; /* all must be true */
};

/* Parses `EXPR < EXPR`, with <, <=, =, !=, >= or >; or several, separated by commas. On failure,
 * returns false and sets *wrong to a message; the caller frees it. */
bool where_parse(const char *text, struct where *out, char **wrong);
/* Returns true if all comparisons are true. */
bool where_holds(const struct where *w, const struct expr_values *values);

#endif
