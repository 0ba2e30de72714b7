/* SPDX-License-Identifier: MIT */
/* Text to segments in the notation. */
#ifndef SYNACKD_WIRE_NOTATION_PARSE_H
#define SYNACKD_WIRE_NOTATION_PARSE_H

#include "wire/notation.h"

/* Parse the whole of `text`. On failure returns false and *error is a message for people, owned by
 * the caller, which names the column. The result is freed with notation_free. */
bool notation_parse(const char *text, struct notation *out, char **error);
void notation_free(struct notation *n);

/* Only the letters, `S.`, or `-` for none, as enum tcp_flag. */
bool flags_parse(const char *text, uint16_t *out, char **error);

#define PAYLOAD_HEX "hex:"

/* Only what stands between the quotes of a payload, which need no `\"`; or all octets as `hex:`,
 * with blanks between octets or without. *payload is the caller's, and NULL when it is empty.
 * Returns false if it is none, or has more than `max` octets, and then *error, the caller's, is one
 * sentence. */
bool payload_parse(const char *text, uint32_t max, uint8_t **payload, uint32_t *len, char **error);

#endif
