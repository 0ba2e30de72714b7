/* SPDX-License-Identifier: MIT */
/* packet_encode: encodes a segment as an IP packet. */
#ifndef SYNACKD_WIRE_PACKET_ENCODE_H
#define SYNACKD_WIRE_PACKET_ENCODE_H

#include "wire/segment.h"

/* Upper bound of the packet's length, in octets. */
size_t packet_size(const struct segment *s);

/*
 * Encodes as IPv4 or IPv6 by the family of s->src, which s->dst must share. Applies the lies of
 * s->lie. Copies options unchanged and pads them with EOL (0) to a 32-bit boundary. A segment
 * truncated by lie.cut has a matching IP length, and a correct checksum if that field remains.
 * The trailer of s->extras follows the IP length; packet_fragment() makes the fragments. Returns
 * the length in octets, or 0 if `size` is too small or the packet would exceed 65,535 octets.
 */
size_t packet_encode(const struct segment *s, uint8_t *out, size_t size);

#endif
