/* SPDX-License-Identifier: MIT */
/* notation_options: the list of options between < and >. */
#ifndef SYNACKD_WIRE_NOTATION_OPTIONS_H
#define SYNACKD_WIRE_NOTATION_OPTIONS_H

#include "wire/notation.h"
#include "wire/notation_scan.h"

/* Scans options up to the character `end`, which is not consumed. */
bool options_scan(struct scan *s, char end, struct option_template *out);

/* Parses the text between < and >, such as `mss 1460,raw fd00` or `=mss 400,-TS`. On failure
 * returns false and sets *error to a message, which the caller frees. */
bool options_parse(const char *text, struct option_template *out, char **error);

/* Evaluates the expressions of the template, and replaces or changes the options of *out. */
void options_resolve(const struct option_template *t, const struct expr_values *values,
		     struct segment *out);

/* Returns true if a segment has these options. A full list must equal the options on the wire,
 * padded to 32 bits. Of a list of changes, +OPTION must be present, the first of its kind must
 * equal =OPTION if there is one, and no option may have the kind of -KIND. */
bool options_match(const struct option_template *t, const struct expr_values *values,
		   const struct segment *s);

#endif
