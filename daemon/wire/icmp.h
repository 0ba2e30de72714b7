/* SPDX-License-Identifier: MIT */
/* icmp: ICMP and ICMPv6 messages, encoded and decoded. */
#ifndef SYNACKD_WIRE_ICMP_H
#define SYNACKD_WIRE_ICMP_H

#include "wire/segment.h"

/* One ICMP message. Numbers are in host byte order. The family of src selects ICMP or ICMPv6. */
struct icmp {
	struct addr src;
	struct addr dst;
	uint8_t type;
	uint8_t code;
	uint32_t rest; /* the 32 bits after the checksum: MTU, pointer, echo id, or 0 */
	uint8_t ttl;
	uint16_t quote_len;
	/* The rest of the message; in an error the quoted packet. Borrowed. */
	const uint8_t *quote;
};

/*
 * Looks up a name that both families share: `port-unreachable`, `net-unreachable`,
 * `host-unreachable`, `protocol-unreachable`, `admin-prohibited`, `time-exceeded`,
 * `parameter-problem`, `source-quench` (IPv4 only), `too-big`. Returns false if the name is
 * unknown, or has no message in that family.
 */
bool icmp_by_name(const char *name, bool v4, uint8_t *type, uint8_t *code);
const char *icmp_name(bool v4, uint8_t type, uint8_t code); /* NULL if unnamed */
const char *icmp_name_at(size_t i);                         /* the i-th name; NULL after the last */

/* Encodes the message with an IP header. Truncates the quote of an error so that the packet has
 * at most 576 octets (RFC 1812 4.3.2.3) or, for ICMPv6, 1280 (RFC 4443 2.4 c). Returns the
 * length in octets, or 0 if `size` is too small. */
size_t icmp_encode(const struct icmp *m, uint8_t *out, size_t size);

/* Decodes an IP packet with an ICMP message; out->quote points into it. If `verify` is set, the
 * packet must be complete and its checksums correct; otherwise checksums are ignored and the
 * packet may be truncated. Returns false, with *out undefined, if it is not such a packet. */
bool icmp_decode(const uint8_t *packet, size_t len, bool verify, struct icmp *out);

/* Returns true for an error message, which quotes a packet (RFC 1122 3.2.2, RFC 4443 2.1); false
 * for other messages, such as an echo or an advertisement. */
bool icmp_is_error(bool v4, uint8_t type);

/* Next-hop MTU in a `too-big` error, in octets; 0 if it names none. */
uint32_t icmp_mtu(const struct icmp *m);

/* Decodes the segment that an error quotes, as packet_decode_start() does. Returns false if it
 * quotes none. */
bool icmp_about(const struct icmp *m, struct segment *out);

/* Returns the length, in octets, of the quoted packet according to its IP header. Sets *header
 * to the length of its IP header, without IPv6 extension headers. icmp_about() must have
 * returned true for `m`. */
uint32_t icmp_about_length(const struct icmp *m, uint32_t *header);

#endif
