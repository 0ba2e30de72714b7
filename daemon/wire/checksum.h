/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_WIRE_CHECKSUM_H
#define SYNACKD_WIRE_CHECKSUM_H

#include "wire/addr.h"

/* The Internet checksum, RFC 1071. Sums are added up over pieces and folded once; what a sum is in
 * between is for these functions only. Every piece but the last has an even length. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len);
/* The pseudo-header of RFC 9293 3.1 (IPv4) or RFC 8200 8.1 (IPv6), by the family of `src`. */
uint64_t checksum_pseudo(const struct addr *src, const struct addr *dst, uint8_t protocol,
			 uint32_t len);
uint16_t checksum_fold(uint64_t sum); /* the value for the field, in host byte order */

#endif
