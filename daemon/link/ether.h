/* SPDX-License-Identifier: MIT */
/* Ethernet headers, with at most one 802.1Q tag. */
#ifndef SYNACKD_LINK_ETHER_H
#define SYNACKD_LINK_ETHER_H

#include "link/frame.h"
#include "wire/cursor.h"

#define ETHER_HEADER     14
#define ETHER_TAG        4
#define ETHER_HEADER_MAX (ETHER_HEADER + ETHER_TAG)

/* EtherTypes, in host byte order. */
enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_TAGGED = 0x8100,
	ETHER_IPV6 = 0x86dd
};

/* Read a header at `c`: addresses and tag go to *path, which is zero there before. Returns the
 * EtherType of what follows; c->failed when the frame ends in its header. */
uint16_t ether_read(struct cursor *c, struct path *path);

/* Likewise, from the EtherType on: the tag, if it is one, goes to *path. */
uint16_t ether_protocol(struct cursor *c, struct path *path);

/* The EtherType of an IP packet, by its version; 0 when that is neither 4 nor 6. */
static inline uint16_t ether_protocol_of(const uint8_t *packet)
{
	switch (packet[0] >> 4) {
	case 4: return ETHER_IPV4;
	case 6: return ETHER_IPV6;
	default: return 0;
	}
}

/* Is the link address, of 6 octets, broadcast or multicast? All 0, as where a link has none, is
 * not.
 */
static inline bool ether_is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* Write the header that takes a packet of this EtherType back along `to`, ETHER_HEADER_MAX bytes at
 * most. Returns its length. */
size_t ether_write(uint8_t *out, const struct path *to, uint16_t type);

#endif
