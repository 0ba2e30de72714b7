/* SPDX-License-Identifier: MIT */
/* Conditions on numbers: what is compared is what sequence expressions name. */
#ifndef SYNACKD_BEHAVIOUR_WHERE_H
#define SYNACKD_BEHAVIOUR_WHERE_H

#include "wire/expr.h"

enum comparison { COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE, COMPARE_GE, COMPARE_GT };

/* Both sides modulo 2^32, compared as numbers from 0 up: what is a difference of two sequence
 * numbers (`snd.nxt-snd.una`, `rcv.nxt-irs-1`) is so many octets. */
struct comparing {
	struct expr left, right;
	uint8_t how; /* enum comparison */
};

#define WHERE_MAX 4

struct where {
	unsigned count;
	struct comparing all[WHERE_MAX]; /* each must hold */
};

/* `EXPR < EXPR`, with <, <=, =, !=, >= or >; several with commas between. On failure false, and
 * *wrong is a sentence for people, owned by the caller. */
bool where_parse(const char *text, struct where *out, char **wrong);
bool where_holds(const struct where *w, const struct expr_values *values);

#endif
