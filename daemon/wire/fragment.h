/* SPDX-License-Identifier: MIT */
/* An IP packet as fragments: RFC 791 3.2, RFC 8200 4.5. */
#ifndef SYNACKD_WIRE_FRAGMENT_H
#define SYNACKD_WIRE_FRAGMENT_H

#include "wire/ip_extras.h"

/*
 * Into how many pieces does this packet go? 1: it stays whole, as it is short enough, or no IP
 * packet. The Hop-by-Hop and Routing headers of IPv6 are in each piece, and so are those IPv4
 * options whose kind says so.
 */
unsigned packet_fragments(const uint8_t *packet, size_t len, const struct fragmenting *how);

/* Write piece n, 0 the first one to send. Returns its octets, 0 when `size` does not suffice. An
 * IPv4 id of 0 would join with that of every other packet, so there it is another one, which
 * depends on the octets alone. */
size_t packet_fragment(const uint8_t *packet, size_t len, const struct fragmenting *how, unsigned n,
		       uint8_t *out, size_t size);

#endif
