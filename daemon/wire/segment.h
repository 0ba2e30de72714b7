/* SPDX-License-Identifier: MIT */
/* segment: one TCP segment, decoded, and sequence number arithmetic. */
#ifndef SYNACKD_WIRE_SEGMENT_H
#define SYNACKD_WIRE_SEGMENT_H

#include "base/clock.h"
#include "wire/addr.h"
#include "wire/ip_extras.h"
#include "wire/lent.h"

/* RFC 9293 3.1. */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
	TCP_AE = 0x100, /* RFC 9768, formerly NS; in a segment, the lowest bit of `reserved` */
};

#define TOS_ECN 0x03 /* the ECN field of the TOS, or traffic class, octet: RFC 3168 5 */

/* The limit of a data offset of 15, in octets. */
#define SEGMENT_OPT_MAX 40

enum checksum_lie {
	CHECKSUM_TRUE = 0,
	CHECKSUM_BAD,  /* the correct value inverted; 1 instead of 0, because ~0 equals 0 */
	CHECKSUM_ZERO, /* the field is 0 */
	CHECKSUM_FIXED /* the field is lie.checksum_value */
};

/* False values for fields that are otherwise computed. */
struct segment_lie {
	uint8_t checksum;  /* enum checksum_lie */
	bool has_doff;     /* `doff` replaces the correct data offset, in 32-bit words */
	bool has_ip_len;   /* `ip_len` replaces the IPv4 total or IPv6 payload length, in octets */
	bool ip_len_adds;  /* `ip_len` is added to the correct length, modulo 2^16 */
	bool has_ip_cksum; /* `ip_cksum` replaces the IPv4 header checksum */
	bool has_cut;      /* only the first `cut` octets from the TCP header on are sent */
	uint8_t doff;
	uint16_t checksum_value;
	uint16_t ip_len;
	uint16_t ip_cksum;
	uint16_t cut;
};

/* One TCP segment with the fields of its IP header. Numbers are in host byte order. Options are
 * kept in wire format, so that illegal ones can be represented. */
struct segment {
	struct addr src;
	struct addr dst;
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;     /* the field, even without TCP_ACK */
	uint8_t flags;    /* enum tcp_flag, without AE */
	uint8_t reserved; /* the four bits after the data offset; AE is the lowest */
	uint16_t window;  /* the field, unscaled */
	uint16_t urgent;
	uint8_t opt_len;
	uint8_t opt[SEGMENT_OPT_MAX];

	uint32_t len;            /* octets of payload */
	const uint8_t *payload;  /* borrowed from the frame, or from the maker of the segment */
	const struct lent *lent; /* may contain the payload; or NULL */

	uint8_t ttl;                    /* or hop limit */
	uint8_t tos;                    /* DSCP and ECN; the IPv6 traffic class */
	bool df;                        /* IPv4 only */
	uint16_t ip_id;                 /* IPv4 only */
	uint32_t flow;                  /* IPv6 flow label */
	const struct ip_extras *extras; /* NULL: a plain IP header; borrowed */
	struct segment_lie lie;

	/* Only in a received segment: */
	nstime when;  /* time stamp of its frame */
	bool offload; /* larger than the MTU, or its checksum was left to the hardware */
};

/* All flags, including AE. */
static inline uint16_t segment_flags(const struct segment *s)
{
	return (uint16_t)(s->flags | (s->reserved & 1) << 8);
}

static inline void segment_set_flags(struct segment *s, uint16_t flags)
{
	s->flags = (uint8_t)flags;
	s->reserved = (uint8_t)((s->reserved & ~1) | !!(flags & TCP_AE));
}

/* SEG.LEN of RFC 9293: octets of payload, plus one each for SYN and FIN. */
static inline uint32_t segment_seq_len(const struct segment *s)
{
	return s->len + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN);
}

/* Sequence arithmetic, RFC 9293 3.4. */
static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_leq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

#endif
