/* SPDX-License-Identifier: MIT */
/* Options that change those that are there: +OPTION, =OPTION, -KIND. */
#ifndef SYNACKD_WIRE_NOTATION_EDITS_H
#define SYNACKD_WIRE_NOTATION_EDITS_H

#include "wire/notation.h"
#include "wire/notation_scan.h"

/* Scans one change, sign and all, into the template. */
bool option_edit_scan(struct scan *s, struct option_template *t);

/* Makes the changes to the options of a segment. `bytes` are the template's, with the holes filled
 * in. */
void option_edits_apply(const struct option_template *t, const uint8_t *bytes, struct segment *out);

/* Are the options of a segment as if the changes were made? `bytes` as above. */
bool option_edits_hold(const struct option_template *t, const uint8_t *bytes,
		       const struct segment *s);

#endif
