/* SPDX-License-Identifier: MIT */
/* IP packets to segments. A packet begins at its IP header: link headers are link/'s. */
#ifndef SYNACKD_WIRE_PACKET_DECODE_H
#define SYNACKD_WIRE_PACKET_DECODE_H

#include "wire/cursor.h"
#include "wire/segment.h"

/* Why a packet is not a segment for us; each is a counter. WIRE_OK is a segment. */
enum wire_result {
	WIRE_OK = 0,
	WIRE_NOT_TCP,      /* another protocol or IP version: not ours to judge */
	WIRE_ICMP,         /* ICMP or ICMPv6: for wire/icmp.h */
	WIRE_TRUNCATED,    /* the frame ends inside a header, or before the IP length says */
	WIRE_IP_HEADER,    /* IPv4 header length below 20 or past the packet; IPv6 chain broken, or
			      an IPv4-mapped address, which must not pass for IPv4 */
	WIRE_IP_CHECKSUM,  /* RFC 9293 MUST not apply: RFC 1122 3.2.1.2 */
	WIRE_FRAGMENT,     /* not reassembled */
	WIRE_TCP_SHORT,    /* fewer than 20 octets of TCP */
	WIRE_TCP_OFFSET,   /* data offset below 5 or past the end */
	WIRE_TCP_CHECKSUM, /* RFC 9293 MUST-3 */
	/* Results of ip_check(), wire/ip_rules.h: */
	WIRE_IP_OPTION,    /* a malformed IPv4 option: RFC 791 3.1 */
	WIRE_SOURCE_ROUTE, /* an IPv4 source route that is not used up: RFC 1122 3.3.5 */
	WIRE_IPV6_OPTION,  /* an IPv6 option that demands it (RFC 8200 4.2), or beyond its header */
	WIRE_ROUTING_HEADER, /* segments left: RFC 8200 4.4 */
	WIRE_NEXT_HEADER,    /* an unknown one: RFC 8200 4 */
	WIRE_FIRST_FRAGMENT, /* IPv6, and not all headers are in it: RFC 7112 5 */
	WIRE_FRAGMENT_SIZE,  /* IPv6, no multiple of 8, or beyond 65,535: RFC 8200 4.5 */
	WIRE_RESULT_COUNT
};

/* A counter's name: `tcp-checksum`. */
const char *wire_result_name(enum wire_result r);

/*
 * Decode one IP packet of `len` bytes at `packet`. Bytes after the IP length are a trailer and
 * ignored. With `verify`, IP and TCP checksums must be right; without, they are not looked at (a
 * capture taken on the sending host, a frame whose checksum was left to the hardware).
 * IPv4 options and IPv6 hop-by-hop, routing and destination headers are stepped over, whatever they
 * say: see ip_check() for what must not be accepted.
 * On WIRE_OK *out is filled, with 0 for `when` and `offload`; out->payload points into `packet`.
 * Else src and dst are set if the packet has a whole IPv4 or IPv6 header, so not always on
 * WIRE_TRUNCATED and WIRE_NOT_TCP; on WIRE_TCP_CHECKSUM the ports are, too. The rest of *out is
 * undefined.
 */
enum wire_result packet_decode(const uint8_t *packet, size_t len, bool verify, struct segment *out);

/* Take the IP headers off `c`, which then ends where the IP length says; of a packet that need not
 * be whole, where its octets end, if that is before. WIRE_OK: what is left is TCP; WIRE_ICMP: ICMP.
 * Sets the fields of *out that IP has. */
enum wire_result ip_decode(struct cursor *c, bool verify, bool whole, struct segment *out);

/*
 * Decode what there is of a packet's start, as an ICMP error quotes it: at least up to TCP's
 * sequence number (RFC 792; WIRE_TCP_SHORT if it ends before that). On WIRE_OK the fields of the IP
 * header, the ports and seq are set, and flags, which are 0 if they are missing; the rest is
 * undefined.
 */
enum wire_result packet_decode_start(const uint8_t *packet, size_t len, struct segment *out);

#endif
