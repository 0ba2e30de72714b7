/* SPDX-License-Identifier: MIT */
/* notation_edits: changes to existing options: +OPTION, =OPTION, -KIND. */
#ifndef SYNACKD_WIRE_NOTATION_EDITS_H
#define SYNACKD_WIRE_NOTATION_EDITS_H

#include "wire/notation.h"
#include "wire/notation_scan.h"

/* Scans one change, with its sign, into the template. */
bool option_edit_scan(struct scan *s, struct option_template *t);

/* Applies the changes to the options of a segment. `bytes` are the template's, with the holes
 * filled. */
void option_edits_apply(const struct option_template *t, const uint8_t *bytes, struct segment *out);

/* Returns true if the options of a segment are as the changes require: see options_match().
 * `bytes` are the template's, with the holes filled. */
bool option_edits_hold(const struct option_template *t, const uint8_t *bytes,
		       const struct segment *s);

#endif
