/* SPDX-License-Identifier: MIT */
/* ether: Ethernet headers with at most one 802.1Q tag. */
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

/* Reads a header at `c` and stores the addresses and the tag in *path, which must be zeroed.
 * Returns the EtherType of the payload. Sets c->failed if the frame ends in its header. */
uint16_t ether_read(struct cursor *c, struct path *path);

/* ether_read() from the EtherType on: stores the tag, if there is one, in *path. */
uint16_t ether_protocol(struct cursor *c, struct path *path);

/* Returns the EtherType of an IP packet, by its version, or 0 if that is neither 4 nor 6. */
static inline uint16_t ether_protocol_of(const uint8_t *packet)
{
	switch (packet[0] >> 4) {
	case 4: return ETHER_IPV4;
	case 6: return ETHER_IPV6;
	default: return 0;
	}
}

/* Returns true if the link address, of 6 octets, is broadcast or multicast. All zeros, the
 * address of a link without addresses, is neither. */
static inline bool ether_is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* Returns the length of the header for a packet along `to`, in octets. */
static inline size_t ether_header_len(const struct path *to)
{
	return to->vlan ? ETHER_HEADER_MAX : ETHER_HEADER;
}

/* Writes the header for a packet of this EtherType along `to`, at most ETHER_HEADER_MAX octets.
 * Returns its length in octets. */
size_t ether_write(uint8_t *out, const struct path *to, uint16_t type);

#endif
