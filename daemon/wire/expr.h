/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_WIRE_EXPR_H
#define SYNACKD_WIRE_EXPR_H

#include <stdbool.h>
#include <stdint.h>

/* What a sequence expression may name. snd, rcv, iss and irs are the responder's (RFC 9293
 * 3.3.1); seg is the segment that set the rule off. */
enum expr_var {
	VAR_ISS,
	VAR_IRS,
	VAR_SND_UNA,
	VAR_SND_NXT,
	VAR_SND_WND,
	VAR_RCV_NXT,
	VAR_RCV_WND, /* the window as the field would carry it: already shifted */
	VAR_SEG_SEQ,
	VAR_SEG_ACK,
	VAR_SEG_LEN, /* SEG.LEN: with SYN and FIN */
	VAR_SEG_WND,
	VAR_SEG_SIZE, /* octets of its packet, from the IP header on */
	VAR_TS_VAL,   /* the timestamp clock now */
	VAR_TS_RECENT,
	VAR_COUNT
};

const char *expr_var_name(enum expr_var v); /* "snd.nxt" */

struct expr_values {
	uint32_t v[VAR_COUNT];
	const struct expr_values *old; /* what `old.snd.nxt` is of; NULL: all of them are 0 */
};

#define EXPR_TERMS_MAX 6

/* A sum of variables and numbers, `snd.nxt-1+seg.len`, `old.iss`, `0xCE66AE01`, `70000`. */
struct expr {
	uint8_t terms;
	uint8_t var[EXPR_TERMS_MAX];
	bool minus[EXPR_TERMS_MAX];
	bool old[EXPR_TERMS_MAX]; /* as it was once, not as it is */
	int64_t constant;         /* all the numbers, added up */
};

/* Parse as much of `text` as is an expression (no spaces inside). Returns where it ended, or NULL
 * with *error (static text: what was expected). Numbers are decimal or 0x hex, below 2^32. */
const char *expr_parse(const char *text, struct expr *out, const char **error);

/* Modulo 2^32, as sequence numbers are. `values` may be NULL when the expression names nothing. */
uint32_t expr_eval(const struct expr *e, const struct expr_values *values);
bool expr_is_constant(const struct expr *e);
bool expr_is_old(const struct expr *e); /* does it name anything with `old.`? */

#endif
