/* SPDX-License-Identifier: MIT */
/* ip_extras: additions to a plain IP header: IPv4 options, IPv6 extension headers, a trailer
 * after the IP length, and fragmentation. They may be illegal on purpose. */
#ifndef SYNACKD_WIRE_IP_EXTRAS_H
#define SYNACKD_WIRE_IP_EXTRAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_OPTIONS_MAX    40 /* limit of a header length of 15, RFC 791 3.1 */
#define IP_EXTENSIONS_MAX 256
#define IP_TRAILER_MAX    512

/* The additions that are present. */
enum ip_extra {
	EXTRA_OPTIONS = 1 << 0,    /* IPv4 only */
	EXTRA_EXTENSIONS = 1 << 1, /* IPv6 only */
	EXTRA_TRAILER = 1 << 2,
	EXTRA_FRAGMENTS = 1 << 3,
};

/* All lengths are in octets and multiples of 8; `overlap` is less than `size`. 8 octets are the
 * unit of the fragment offset (RFC 791 3.1, RFC 8200 4.5). */
struct fragmenting {
	uint16_t size;    /* of the data in each fragment but the last */
	uint16_t overlap; /* octets of the preceding fragment that are repeated, inverted */
	bool reversed;    /* the last fragment is sent first */
};

#define FRAGMENT_SIZE_MAX 1480 /* so that each fragment fits in an Ethernet frame */

struct ip_extras {
	uint8_t parts; /* enum ip_extra */
	uint8_t options_len;
	uint8_t options[IP_OPTIONS_MAX]; /* the encoder pads them with EOL to 32 bits */
	uint8_t first;                   /* the Next Header of the IPv6 header */
	uint16_t extensions_len;         /* a multiple of 8 */
	uint8_t extensions[IP_EXTENSIONS_MAX];
	uint16_t trailer_len;
	uint8_t trailer[IP_TRAILER_MAX]; /* ignored if the packet is fragmented */
	struct fragmenting fragments;
};

/*
 * Parses IPv4 options, separated by commas: nop; eol; rr N (record route with N free slots); ts
 * N (timestamps with N free slots); alert (RFC 2113); lsrr ADDRESS… and ssrr ADDRESS… (source
 * routes); kind N HEX (the correct length and these octets of data); raw HEX (these octets). On
 * failure returns false and sets *error to a message with the column, which the caller frees.
 */
bool ip_options_parse(const char *text, struct ip_extras *out, char **error);

/*
 * Parses IPv6 extension headers, separated by commas: hop HEX and dest HEX (options, padded with
 * PadN); routing HEX (the octets after the length, padded with 0); fragment (RFC 6946: an atomic
 * fragment); kind N HEX (any Next Header, in the format of routing). HEX is optional. Reports
 * errors as ip_options_parse() does.
 */
bool ip_extensions_parse(const char *text, struct ip_extras *out, char **error);

/* Replaces each part of `to` by that of `more`, if `more` has the part. */
void ip_extras_join(struct ip_extras *to, const struct ip_extras *more);

#endif
