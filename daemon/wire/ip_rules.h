/* SPDX-License-Identifier: MIT */
/*
 * Packets that the IP layer of a host discards before TCP or ICMP sees them: IPv4 options that are
 * malformed or ask for forwarding (RFC 791 3.1, RFC 1122 3.2.1.8), IPv6 extension headers and
 * fragments as in RFC 8200 4. packet_decode() steps over all of this: what was sent on purpose must
 * be readable, too.
 */
#ifndef SYNACKD_WIRE_IP_RULES_H
#define SYNACKD_WIRE_IP_RULES_H

#include "wire/packet_decode.h"

/* The Parameter Problem that a packet draws, of ICMP (RFC 792) or ICMPv6 (RFC 4443 3.4). */
struct ip_problem {
	bool due; /* else there is none to send */
	uint8_t code;
	uint32_t pointer; /* the octet of the packet that is wrong */
};

/* A packet whose IP header is sound, with nothing in it that a rule is about: neither IPv4 options
 * nor IPv6 extension headers in front of its TCP. */
static inline bool ip_is_plain(const uint8_t *packet)
{
	switch (packet[0] >> 4) {
	case 4: return packet[0] == 0x45;
	case 6: return packet[6] == 6; /* TCP */
	default: return true;
	}
}

/*
 * Apply the rules to a packet whose IP header packet_decode() found sound, so that all of its IP
 * length is there. WIRE_OK: the packet may be accepted. Otherwise the result is the reason to
 * discard it, and *problem is the Parameter Problem for its source, if one is due: not about an
 * ICMP error (RFC 1122 3.2.2, RFC 4443 2.4 e). It is sent by the node that has the destination
 * address. WIRE_NEXT_HEADER is a protocol other than TCP and ICMPv6, which that node may have.
 *
 * The rules for headers in front of the fragment header apply to each fragment, those for headers
 * behind it to the whole packet. A first fragment must have all headers, the first 20 octets of TCP
 * among them (RFC 7112 5, RFC 8200 4.5); over IPv4 it need not.
 */
enum wire_result ip_check(const uint8_t *packet, size_t len, struct ip_problem *problem);

#endif
