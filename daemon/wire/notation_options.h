/* SPDX-License-Identifier: MIT */
/* The options of the notation: all between < and >. */
#ifndef SYNACKD_WIRE_NOTATION_OPTIONS_H
#define SYNACKD_WIRE_NOTATION_OPTIONS_H

#include "wire/notation.h"
#include "wire/notation_scan.h"

/* Options up to `end`, which stays. */
bool options_scan(struct scan *s, char end, struct option_template *out);

/* Only what stands between < and >, without them: `mss 1460,raw fd00`, `=mss 400,-TS`. */
bool options_parse(const char *text, struct option_template *out, char **error);

/* The options once their expressions have values: in place of those of *out, or changes to them. */
void options_resolve(const struct option_template *t, const struct expr_values *values,
		     struct segment *out);

/* Do these options hold of a segment? All are as they are on the wire, padded to 32 bits; or, of
 * changes: +OPTION is there, of a kind with = the first is that, if there is one, and of a kind
 * with - there is none. */
bool options_match(const struct option_template *t, const struct expr_values *values,
		   const struct segment *s);

#endif
