/* SPDX-License-Identifier: MIT */
/* notation_format: writes a segment in the notation. */
#ifndef SYNACKD_WIRE_NOTATION_FORMAT_H
#define SYNACKD_WIRE_NOTATION_FORMAT_H

#include "base/text.h"
#include "wire/notation.h"

/*
 * Appends a segment to `out`. Subtracts `seq_base` and `ack_base`, which are 0 for absolute
 * numbers; `ack_base` also from SACK edges, but not from an ack field without the flag ACK. The
 * window is always written. Options are written if there are any (`<>` for none with
 * PART_OPTIONS), the payload with PART_PAYLOAD, and bracketed fields if they are lies or in
 * `parts`. With all parts and bases of 0, parsing the text gives the same segment.
 */
void segment_format(const struct segment *s, uint32_t seq_base, uint32_t ack_base, uint16_t parts,
		    struct text *out);
void options_format(const uint8_t *opt, uint8_t len, struct text *out); /* without < and > */

#define FLAGS_TEXT 11

void flags_format(uint16_t flags,
		  char out[static FLAGS_TEXT]); /* such as `S.`; flags are enum tcp_flag */

#endif
