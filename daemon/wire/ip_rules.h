/* SPDX-License-Identifier: MIT */
/*
 * ip_rules: the packets that the IP layer of a host discards before TCP or ICMP receives them.
 *
 * These are IPv4 options that are malformed or request forwarding (RFC 791 3.1, RFC 1122
 * 3.2.1.8), and invalid IPv6 extension headers and fragments (RFC 8200 4). packet_decode()
 * accepts all of them, because packets that the responder sends on purpose must be decodable.
 */
#ifndef SYNACKD_WIRE_IP_RULES_H
#define SYNACKD_WIRE_IP_RULES_H

#include "wire/packet_decode.h"

/* The Parameter Problem message for a packet, of ICMP (RFC 792) or ICMPv6 (RFC 4443 3.4). */
struct ip_problem {
	bool due; /* a message must be sent; else the other fields are 0 */
	uint8_t code;
	uint32_t pointer; /* offset of the wrong octet in the packet */
};

/* Returns true if no rule can apply to a packet with a valid IP header: it has neither IPv4
 * options nor IPv6 extension headers. */
static inline bool ip_is_plain(const uint8_t *packet)
{
	switch (packet[0] >> 4) {
	case 4: return packet[0] == 0x45;
	case 6: return packet[6] == 6; /* TCP */
	default: return true;
	}
}

/*
 * Checks a packet whose IP header packet_decode() has accepted, so that its IP length is
 * complete. Returns WIRE_OK if a host accepts the packet. Otherwise returns the reason to
 * discard it, and sets *problem to the Parameter Problem that the destination sends to the
 * source, if one is due. None is due for an ICMP error (RFC 1122 3.2.2, RFC 4443 2.4 e).
 * WIRE_NEXT_HEADER means a protocol other than TCP and ICMPv6, which the destination may
 * support.
 *
 * Rules for headers before the fragment header apply to each fragment, rules for later headers
 * to the whole packet. A first IPv6 fragment must contain all headers and the first 20 octets of
 * TCP (RFC 7112 5, RFC 8200 4.5); an IPv4 one need not.
 */
enum wire_result ip_check(const uint8_t *packet, size_t len, struct ip_problem *problem);

#endif
