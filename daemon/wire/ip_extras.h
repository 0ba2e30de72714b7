/* SPDX-License-Identifier: MIT */
/* What a packet may have beside a plain IP header: options, extension headers, octets behind its
 * end, and more than one piece. All of it may be illegal on purpose. */
#ifndef SYNACKD_WIRE_IP_EXTRAS_H
#define SYNACKD_WIRE_IP_EXTRAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_OPTIONS_MAX    40 /* what fits behind a header length of 15, RFC 791 3.1 */
#define IP_EXTENSIONS_MAX 256
#define IP_TRAILER_MAX    512

/* Which of them are given. */
enum ip_extra {
	EXTRA_OPTIONS = 1 << 0,    /* IPv4 only */
	EXTRA_EXTENSIONS = 1 << 1, /* IPv6 only */
	EXTRA_TRAILER = 1 << 2,
	EXTRA_FRAGMENTS = 1 << 3,
};

/* Lengths are in octets and multiples of 8, as in the fragment offset (RFC 791 3.1, RFC 8200 4.5).
 */
struct fragmenting {
	uint16_t size;    /* of what is behind the headers, in each piece but the last */
	uint16_t overlap; /* each piece but the first begins so many earlier, with all of their bits
			     turned; less than `size` */
	bool reversed;    /* the last one is sent first */
};

#define FRAGMENT_SIZE_MAX 1480 /* so that each fits an Ethernet frame */

struct ip_extras {
	uint8_t parts; /* enum ip_extra */
	uint8_t options_len;
	uint8_t options[IP_OPTIONS_MAX]; /* encoding pads them with EOL to 32 bits */
	uint8_t first;           /* the Next Header of the IPv6 header; the last one's is TCP */
	uint16_t extensions_len; /* a multiple of 8 */
	uint8_t extensions[IP_EXTENSIONS_MAX];
	uint16_t trailer_len;
	uint8_t trailer[IP_TRAILER_MAX]; /* not of a packet in fragments */
	struct fragmenting fragments;
};

/*
 * IPv4 options with commas between: nop, eol, rr N (record route, with room for N addresses), ts N
 * (timestamps, for N of them), alert (RFC 2113), lsrr ADDRESS… and ssrr ADDRESS… (source routes),
 * kind N HEX (a length that is right, and these octets), raw HEX (as they are). On failure false,
 * and *error, the caller's, names the column.
 */
bool ip_options_parse(const char *text, struct ip_extras *out, char **error);

/*
 * IPv6 extension headers, likewise: hop HEX and dest HEX (options, padded with PadN), routing HEX
 * (what follows the length, padded with 0), fragment (RFC 6946: of a packet in one piece), kind N
 * HEX (any Next Header, as routing). HEX may be left out.
 */
bool ip_extensions_parse(const char *text, struct ip_extras *out, char **error);

/* Those of `more` over those of `to`. */
void ip_extras_join(struct ip_extras *to, const struct ip_extras *more);

#endif
