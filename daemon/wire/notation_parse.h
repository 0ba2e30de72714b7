/* SPDX-License-Identifier: MIT */
/* notation_parse: parses a segment in the notation. */
#ifndef SYNACKD_WIRE_NOTATION_PARSE_H
#define SYNACKD_WIRE_NOTATION_PARSE_H

#include "wire/notation.h"

/* Parses the whole of `text`. The caller frees the result with notation_free(). On failure
 * returns false and sets *error to a message with the column, which the caller frees. */
bool notation_parse(const char *text, struct notation *out, char **error);
void notation_free(struct notation *n);

/* Parses the letters of the flags, such as `S.`, or `-` for none. *out is of enum tcp_flag. On
 * failure returns false and sets *error, which the caller frees. */
bool flags_parse(const char *text, uint16_t *out, char **error);

#define PAYLOAD_HEX "hex:"

/*
 * Parses the text between the quotes of a payload, in which `"` needs no escape; or the whole
 * payload in hex as `hex:`, with optional blanks between octets. Sets *payload to the octets,
 * which the caller frees, or to NULL if it is empty. Returns false, and sets *error to a message
 * that the caller frees, if the text is malformed or longer than `max` octets.
 */
bool payload_parse(const char *text, uint32_t max, uint8_t **payload, uint32_t *len, char **error);

#endif
