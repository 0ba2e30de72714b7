/* SPDX-License-Identifier: MIT */
/*
 * reassembly: reassembles IP fragments (RFC 791 3.2, RFC 8200 4.5), with limits on number and
 * time.
 *
 * An IPv6 packet is discarded if its fragments overlap, except for exact duplicates (RFC 5722
 * 4). An IPv4 packet is discarded if overlapping octets differ. An atomic fragment is processed
 * alone (RFC 6946).
 */
#ifndef SYNACKD_WIRE_REASSEMBLY_H
#define SYNACKD_WIRE_REASSEMBLY_H

#include "wire/segment.h"

#define REASSEMBLY_PACKETS 64 /* incomplete packets at a time; a new one evicts the oldest */
#define REASSEMBLY_TIME    (30 * NS_PER_S) /* life of an incomplete packet */

struct reassembly_packet;

/* A zeroed struct is empty. */
struct reassembly {
	struct reassembly_packet *packet[REASSEMBLY_PACKETS];
	uint8_t *whole;
	uint64_t completed;
	uint64_t given_up;   /* expired, spoilt, or evicted by a new one */
	uint64_t overlapped; /* packets spoilt by overlapping fragments */
};

/* Adds a fragment (WIRE_FRAGMENT of packet_decode()), from its IP header on. If it completes its
 * packet, returns the packet, without trace of the fragmentation, and its length in octets. The
 * result is valid until the next call. Otherwise returns NULL. */
const uint8_t *reassembly_put(struct reassembly *r, const uint8_t *fragment, size_t len, nstime now,
			      size_t *whole_len);
void reassembly_free(struct reassembly *r);

#endif
