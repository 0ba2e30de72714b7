/* SPDX-License-Identifier: MIT */
/*
 * IP packets that come in fragments (RFC 791 3.2, RFC 8200 4.5), put together again. Bounded in
 * number and time. Over IPv6 fragments that overlap, but for an exact repeat, spoil their packet
 * (RFC 5722 4); over IPv4 those whose octets contradict each other. One that is all of its packet
 * has nothing to do with others (RFC 6946).
 */
#ifndef SYNACKD_WIRE_REASSEMBLY_H
#define SYNACKD_WIRE_REASSEMBLY_H

#include "wire/segment.h"

#define REASSEMBLY_PACKETS 64 /* being put together at a time; a new one ends the oldest */
#define REASSEMBLY_TIME    (30 * NS_PER_S) /* what is not whole by then never will be */

struct reassembly_packet;

/* Zeroed is empty. */
struct reassembly {
	struct reassembly_packet *packet[REASSEMBLY_PACKETS];
	uint8_t *whole;
	uint64_t completed;
	uint64_t given_up;   /* too old, spoilt, or ended by a new one */
	uint64_t overlapped; /* spoilt: each packet once */
};

/*
 * Take a fragment: what packet_decode calls WIRE_FRAGMENT, from its IP header on. When its packet
 * is whole, returns that and its length, valid until the next call: an IP packet with no sign of
 * having been cut. Else NULL.
 */
const uint8_t *reassembly_put(struct reassembly *r, const uint8_t *fragment, size_t len, nstime now,
			      size_t *whole_len);
void reassembly_free(struct reassembly *r);

#endif
