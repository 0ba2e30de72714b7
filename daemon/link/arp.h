/* SPDX-License-Identifier: MIT */
/* arp: ARP packets for IPv4 over Ethernet, RFC 826. */
#ifndef SYNACKD_LINK_ARP_H
#define SYNACKD_LINK_ARP_H

#include "wire/addr.h"
#include "wire/cursor.h"

#define ARP_LENGTH 28 /* octets, without the padding of the frame */

enum arp_operation { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp {
	uint16_t operation;
	uint8_t sender_mac[6], target_mac[6];
	struct addr sender, target; /* the sender of a probe is 0.0.0.0, RFC 5227 2.1.1 */
};

/* Returns false if the packet is truncated, or is not for IPv4 over Ethernet. */
bool arp_read(struct cursor c, struct arp *out);
void arp_write(const struct arp *a, uint8_t out[ARP_LENGTH]);
bool arp_is_probe(const struct arp *a);

#endif
