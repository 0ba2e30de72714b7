/* SPDX-License-Identifier: MIT */
/* fragment: splits an IP packet into fragments (RFC 791 3.2, RFC 8200 4.5). */
#ifndef SYNACKD_WIRE_FRAGMENT_H
#define SYNACKD_WIRE_FRAGMENT_H

#include "wire/ip_extras.h"

/* Returns the number of fragments. Returns 1 if the packet needs no fragmentation or is not an
 * IP packet. Each fragment has the Hop-by-Hop and Routing headers of IPv6, and the IPv4 options
 * whose copied flag is set. */
unsigned packet_fragments(const uint8_t *packet, size_t len, const struct fragmenting *how);

/* Writes fragment n to `out`; 0 is the first to send. Returns its length in octets, or 0 if
 * `size` is too small. An IPv4 id of 0 is replaced by an id that depends only on the octets of
 * the packet, because fragments of different packets must not share an id. */
size_t packet_fragment(const uint8_t *packet, size_t len, const struct fragmenting *how, unsigned n,
		       uint8_t *out, size_t size);

#endif
