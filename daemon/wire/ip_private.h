/* SPDX-License-Identifier: MIT */
/* Numbers of the IP headers that this room's decoders and encoders share. */
#ifndef SYNACKD_WIRE_IP_PRIVATE_H
#define SYNACKD_WIRE_IP_PRIVATE_H

#define IPV4_HEADER   20 /* without options */
#define IPV6_HEADER   40
#define TCP_HEADER    20 /* without options */
#define IP_LENGTH_MAX 65535

#define IPV4_DF       0x4000
#define IPV4_MF       0x2000
#define IPV4_FRAGMENT 0x1fff /* the offset */

/* Protocols and IPv6 next headers, RFC 8200 4. */
enum ip_protocol {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION = 60,
};

#endif
