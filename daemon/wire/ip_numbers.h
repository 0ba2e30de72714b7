/* SPDX-License-Identifier: MIT */
/* ip_numbers: lengths and numbers of IP headers, their options and protocols. */
#ifndef SYNACKD_WIRE_IP_NUMBERS_H
#define SYNACKD_WIRE_IP_NUMBERS_H

#define IPV4_HEADER   20 /* without options */
#define IPV6_HEADER   40
#define TCP_HEADER    20 /* without options */
#define IP_LENGTH_MAX 65535

/* The maximum payload of a segment. IPv4 has the lower limit. */
#define TCP_OCTETS_MAX (IP_LENGTH_MAX - IPV4_HEADER - TCP_HEADER)

#define IPV4_DF       0x4000
#define IPV4_MF       0x2000
#define IPV4_FRAGMENT 0x1fff /* the offset, in units of 8 octets */

#define FRAGMENT_HEADER 8 /* IPv6, RFC 8200 4.5 */

#define ICMP_TTL 64 /* TTL or hop limit of the ICMP messages that the daemon sends */

/* Kinds of IPv4 options, RFC 791 3.1, RFC 2113. */
enum ip_option {
	IP_OPTION_EOL = 0,
	IP_OPTION_NOP = 1,
	IP_OPTION_RECORD_ROUTE = 7,
	IP_OPTION_TIMESTAMP = 68,
	IP_OPTION_LOOSE_ROUTE = 131,
	IP_OPTION_STRICT_ROUTE = 137,
	IP_OPTION_ALERT = 148,
};

/* Kinds of IPv6 options, RFC 8200 4.2. */
enum ipv6_option {
	IPV6_OPTION_PAD1 = 0,
	IPV6_OPTION_PADN = 1,
};

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
