/* SPDX-License-Identifier: MIT */
/* Segments to text in the notation. */
#ifndef SYNACKD_WIRE_NOTATION_FORMAT_H
#define SYNACKD_WIRE_NOTATION_FORMAT_H

#include "base/text.h"
#include "wire/notation.h"

/*
 * Write a segment. `seq_base` and `ack_base` are subtracted (0 for absolute numbers), `ack_base`
 * from SACK edges, too, but not from an ack field without its flag. The window always is written,
 * options when there are any (`<>` for none with PART_OPTIONS), the payload with PART_PAYLOAD, and
 * of the fields in brackets only lies and `parts`. With all parts and bases of 0, it reads back as
 * the same segment.
 */
void segment_format(const struct segment *s, uint32_t seq_base, uint32_t ack_base, uint16_t parts,
		    struct text *out);
void options_format(const uint8_t *opt, uint8_t len, struct text *out); /* without < and > */

#define FLAGS_TEXT 11

void flags_format(uint16_t flags, char out[static FLAGS_TEXT]); /* `SEWAE.`; of enum tcp_flag */

#endif
