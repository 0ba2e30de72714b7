/* SPDX-License-Identifier: MIT */
/* packet_decode: decodes an IP packet to a segment. A packet starts at its IP header; link/
 * handles link headers. */
#ifndef SYNACKD_WIRE_PACKET_DECODE_H
#define SYNACKD_WIRE_PACKET_DECODE_H

#include "wire/cursor.h"
#include "wire/segment.h"

/* Reasons why a packet is not a segment for the responder, each with a counter. */
enum wire_result {
	WIRE_OK = 0,
	WIRE_NOT_TCP,      /* another protocol or IP version */
	WIRE_ICMP,         /* ICMP or ICMPv6: see wire/icmp.h */
	WIRE_TRUNCATED,    /* the frame ends in a header, or before the IP length */
	WIRE_IP_HEADER,    /* invalid header length; broken IPv6 chain, or mapped address */
	WIRE_IP_CHECKSUM,  /* RFC 1122 3.2.1.2 */
	WIRE_FRAGMENT,     /* not yet reassembled */
	WIRE_TCP_SHORT,    /* fewer than 20 octets of TCP */
	WIRE_TCP_OFFSET,   /* data offset below 5 or past the end */
	WIRE_TCP_CHECKSUM, /* RFC 9293 MUST-3 */
	/* Results of ip_check(), wire/ip_rules.h: */
	WIRE_IP_OPTION,      /* malformed IPv4 option: RFC 791 3.1 */
	WIRE_SOURCE_ROUTE,   /* IPv4 source route that is not complete: RFC 1122 3.3.5 */
	WIRE_IPV6_OPTION,    /* IPv6 option that requires a discard: RFC 8200 4.2 */
	WIRE_ROUTING_HEADER, /* segments left: RFC 8200 4.4 */
	WIRE_NEXT_HEADER,    /* unknown: RFC 8200 4 */
	WIRE_FIRST_FRAGMENT, /* IPv6, without all headers: RFC 7112 5 */
	WIRE_FRAGMENT_SIZE,  /* IPv6, not a multiple of 8, or beyond 65,535: RFC 8200 4.5 */
	WIRE_RESULT_COUNT
};

/* Returns the name of the counter, such as `tcp-checksum`. */
const char *wire_result_name(enum wire_result r);

/*
 * Decodes one IP packet of `len` octets. Octets after the IP length are a trailer, and are
 * ignored. If `verify` is set, IP and TCP checksums must be correct; otherwise they are ignored,
 * for captures from the sending host and frames whose checksum was left to the hardware. IPv4
 * options and IPv6 hop-by-hop, routing and destination headers are skipped, whatever they
 * contain: ip_check() rejects the unacceptable ones.
 *
 * On WIRE_OK *out is complete, with 0 for `when` and `offload`; out->payload points into
 * `packet`. On any other result src and dst are set if the packet has a whole IPv4 or IPv6
 * header, which is not certain for WIRE_TRUNCATED and WIRE_NOT_TCP. On WIRE_TCP_CHECKSUM the
 * ports are set, too. The rest of *out is undefined.
 */
enum wire_result packet_decode(const uint8_t *packet, size_t len, bool verify, struct segment *out);

/* Consumes the IP headers of `c` and limits it to the IP length, or, unless `whole` is set, to
 * the octets that are present. Returns WIRE_OK if TCP remains, WIRE_ICMP if ICMP remains. Sets
 * the IP fields of *out. */
enum wire_result ip_decode(struct cursor *c, bool verify, bool whole, struct segment *out);

/* Decodes the start of a packet, which an ICMP error quotes. Returns WIRE_TCP_SHORT if it ends
 * before TCP's sequence number (RFC 792). On WIRE_OK the fields of the IP header, the ports, seq
 * and flags are set; flags are 0 if they are missing. The rest of *out is undefined. */
enum wire_result packet_decode_start(const uint8_t *packet, size_t len, struct segment *out);

#endif
