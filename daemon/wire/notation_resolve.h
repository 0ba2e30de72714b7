/* SPDX-License-Identifier: MIT */
/* notation_resolve: converts a parsed notation to a segment, or compares it with one. */
#ifndef SYNACKD_WIRE_NOTATION_RESOLVE_H
#define SYNACKD_WIRE_NOTATION_RESOLVE_H

#include "base/text.h"
#include "wire/notation.h"

/* Writes to *out the parts that the notation contains, always including flags, seq, ack and
 * payload. Other fields of *out keep their values. out->payload is borrowed from the notation.
 * `values` may be NULL if no expression has variables. */
void notation_resolve(const struct notation *n, const struct expr_values *values,
		      struct segment *out);

/* Returns true if `s` equals the parts that the notation contains. Otherwise appends to `why`,
 * unless it is NULL, a line for each part that differs, with the expected and the actual value
 * in decimal and hex. */
bool notation_match(const struct notation *n, const struct expr_values *values,
		    const struct segment *s, struct text *why);

#endif
