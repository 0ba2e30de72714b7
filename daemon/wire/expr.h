/* SPDX-License-Identifier: MIT */
/* expr: expressions for sequence numbers, such as `snd.nxt-1`. */
#ifndef SYNACKD_WIRE_EXPR_H
#define SYNACKD_WIRE_EXPR_H

#include <stdbool.h>
#include <stdint.h>

/* The variables of an expression. snd, rcv, iss and irs are the responder's (RFC 9293 3.3.1);
 * seg is the segment that triggered the rule. */
enum expr_var {
	VAR_ISS,
	VAR_IRS,
	VAR_SND_UNA,
	VAR_SND_NXT,
	VAR_SND_WND,
	VAR_RCV_NXT,
	VAR_RCV_WND, /* RCV.WND, shifted as in the header field */
	VAR_SEG_SEQ,
	VAR_SEG_ACK,
	VAR_SEG_LEN, /* SEG.LEN, which counts SYN and FIN */
	VAR_SEG_WND,
	VAR_SEG_SIZE, /* octets of the packet, from the IP header on */
	VAR_TS_VAL,   /* the current value of the timestamp clock */
	VAR_TS_RECENT,
	VAR_COUNT
};

const char *expr_var_name(enum expr_var v); /* "snd.nxt" */

struct expr_values {
	uint32_t v[VAR_COUNT];
	const struct expr_values *old; /* the values of `old.` variables; NULL: all are 0 */
};

#define EXPR_TERMS_MAX 6

/* A sum of variables and numbers, such as `snd.nxt-1+seg.len`, `old.iss`, `0xCE66AE01`, `70000`. */
struct expr {
	uint8_t terms;
	uint8_t var[EXPR_TERMS_MAX];
	bool minus[EXPR_TERMS_MAX];
	bool old[EXPR_TERMS_MAX]; /* the variable has the prefix `old.` */
	int64_t constant;         /* the sum of all numbers */
};

/* Parses the longest prefix of `text` that is an expression, without spaces. Numbers are decimal
 * or hex with 0x, below 2^32. Returns the end, or NULL and sets *error to a static message. */
const char *expr_parse(const char *text, struct expr *out, const char **error);

/* Evaluates modulo 2^32. `values` may be NULL if the expression has no variables. */
uint32_t expr_eval(const struct expr *e, const struct expr_values *values);
bool expr_is_constant(const struct expr *e);
bool expr_is_old(const struct expr *e); /* true if a variable has the prefix `old.` */

#endif
