/* SPDX-License-Identifier: MIT */
/* Segments to IP packets. */
#ifndef SYNACKD_WIRE_PACKET_ENCODE_H
#define SYNACKD_WIRE_PACKET_ENCODE_H

#include "wire/segment.h"

/* An upper bound of the bytes that packet_encode will write for this segment. */
size_t packet_size(const struct segment *s);

/*
 * Encode: IPv4 or IPv6 by the family of s->src (both addresses are of one family), lies included.
 * Options are written as they are and padded with EOL (0) to a 32-bit boundary. What lie.cut leaves
 * of a segment has an IP length and a checksum (if it reaches so far) that are right. Of s->extras,
 * a trailer is behind what the IP length says, and packet_fragment() makes the fragments. Returns
 * the number of bytes, 0 when `size` does not suffice or the segment has more than 65,535 bytes.
 */
size_t packet_encode(const struct segment *s, uint8_t *out, size_t size);

#endif
