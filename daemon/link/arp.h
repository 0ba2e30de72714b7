/* SPDX-License-Identifier: MIT */
/* ARP for IPv4 over Ethernet, RFC 826. */
#ifndef SYNACKD_LINK_ARP_H
#define SYNACKD_LINK_ARP_H

#include "wire/addr.h"
#include "wire/cursor.h"

#define ARP_LENGTH 28 /* octets; the padding of the frame may follow */

enum arp_operation { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp {
	uint16_t operation;
	uint8_t sender_mac[6], target_mac[6];
	struct addr sender, target; /* 0.0.0.0 is the sender of a probe, RFC 5227 2.1.1 */
};

/* False: it ends early, or is not of IPv4 over Ethernet. */
bool arp_read(struct cursor c, struct arp *out);
void arp_write(const struct arp *a, uint8_t out[ARP_LENGTH]);
bool arp_is_probe(const struct arp *a);

#endif
