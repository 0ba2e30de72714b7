/* SPDX-License-Identifier: MIT */
/* checksum: the Internet checksum of RFC 1071. */
#ifndef SYNACKD_WIRE_CHECKSUM_H
#define SYNACKD_WIRE_CHECKSUM_H

#include "wire/addr.h"

#include <arpa/inet.h>

/* Adds `len` octets to a sum, which starts at 0 and is opaque until checksum_fold(). Every piece
 * but the last must have an even length. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len);
/* Returns the sum of the pseudo-header of RFC 9293 3.1 (IPv4) or RFC 8200 8.1 (IPv6), by the
 * family of `src`. `protocol` and `len` are in host byte order. */
uint64_t checksum_pseudo(const struct addr *src, const struct addr *dst, uint8_t protocol,
			 uint32_t len);
/* Returns the sum of a few 32-bit words: less than 2^30 of them. */
static inline uint64_t checksum_words(const uint8_t *bytes, size_t words)
{
	uint64_t sum = 0;
	uint32_t word;

	for (size_t i = 0; i < words; i++) {
		memcpy(&word, bytes + i * sizeof(word), sizeof(word));
		sum += word;
	}
	return sum;
}

/* Returns the value for the field, in host byte order. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	uint32_t half;

	/* Adding the swapped halves leaves the sum, with end-around carry, in the upper half. */
	half = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);
	half = (half + (half << 16 | half >> 16)) >> 16;
	return ntohs((uint16_t)~half);
}

#endif
