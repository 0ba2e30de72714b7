/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_WIRE_ICMP_H
#define SYNACKD_WIRE_ICMP_H

#include "wire/segment.h"

/* One ICMP message: the numbers are ICMP's or ICMPv6's, by the family of src. */
struct icmp {
	struct addr src;
	struct addr dst;
	uint8_t type;
	uint8_t code;
	uint32_t rest; /* the 32 bits after the checksum: MTU, pointer, id and number, or 0 */
	uint8_t ttl;
	uint16_t quote_len;
	const uint8_t *quote; /* what follows: of an error, the packet complained of; borrowed */
};

/* Names common to both families: `port-unreachable`, `net-unreachable`, `host-unreachable`,
 * `protocol-unreachable`, `admin-prohibited`, `time-exceeded`, `parameter-problem`,
 * `source-quench` (IPv4 only), `too-big`. False when the name is unknown, or has no counterpart
 * in that family. */
bool icmp_by_name(const char *name, bool v4, uint8_t *type, uint8_t *code);
const char *icmp_name(bool v4, uint8_t type, uint8_t code); /* NULL when it has none */
const char *icmp_name_at(size_t i);                         /* NULL past the last */

/* Encode with its IP header; an error's quote is cut where RFC 1812 4.3.2.3 (576 octets) or RFC
 * 4443 2.4(c) (1280) has it. Returns the number of bytes, 0 when `size` does not suffice. */
size_t icmp_encode(const struct icmp *m, uint8_t *out, size_t size);

/*
 * Decode one IP packet with an ICMP message; out->quote points into it. With `verify` the packet is
 * whole and its checksums are right; without, they are not looked at, and it may end early. False:
 * it is no such packet, and *out is undefined.
 */
bool icmp_decode(const uint8_t *packet, size_t len, bool verify, struct icmp *out);

/* Errors quote what they complain of; an echo or an advertisement is no error. RFC 1122 3.2.2, RFC
 * 4443 2.1. */
bool icmp_is_error(bool v4, uint8_t type);

/* What `too-big` says that the next link takes; 0: it does not say. */
uint32_t icmp_mtu(const struct icmp *m);

/* The segment that an error quotes, as packet_decode_start has it. False: it quotes none. */
bool icmp_about(const struct icmp *m, struct segment *out);

/* The length in octets of the packet that an error quotes, by its IP header, and in *header that of
 * the IP header without IPv6 extension headers. `m` is one that icmp_about() took. */
uint32_t icmp_about_length(const struct icmp *m, uint32_t *header);

#endif
