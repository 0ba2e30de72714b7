/* SPDX-License-Identifier: MIT */
/* The notation against segments: with values for its expressions, or compared. */
#ifndef SYNACKD_WIRE_NOTATION_RESOLVE_H
#define SYNACKD_WIRE_NOTATION_RESOLVE_H

#include "base/text.h"
#include "wire/notation.h"

/*
 * Write the mentioned parts over *out (flags, seq, ack, payload always): what is not mentioned
 * stays as the caller had it. out->payload is borrowed from the notation. `values` may be NULL when
 * no expression names anything.
 */
void notation_resolve(const struct notation *n, const struct expr_values *values,
		      struct segment *out);

/* Is `s` what is written? Compares the mentioned parts only. When not, `why` gets one line per part
 * that differs, expected and actual in decimal and hex. `why` may be NULL. */
bool notation_match(const struct notation *n, const struct expr_values *values,
		    const struct segment *s, struct text *why);

#endif
