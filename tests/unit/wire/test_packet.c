/* SPDX-License-Identifier: MIT */
/* Packets as octets and in the notation. The checksums were computed by other programs. */
#include "unit.h"

#include "wire/notation.h"
#include "wire/notation_format.h"
#include "wire/notation_parse.h"
#include "wire/notation_resolve.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <string.h>

/* From a capture in Microsoft KB 172983. */
static const uint8_t syn_nt[] = {
	0x45, 0x00, 0x00, 0x2c, 0x0d, 0x01, 0x40, 0x00, 0x80, 0x06, 0xe1, 0x4b, 0x83, 0x6b, 0x02,
	0xd6, 0x83, 0x6b, 0x02, 0xd3, 0x04, 0x0d, 0x00, 0x8b, 0x00, 0x7d, 0x74, 0x7e, 0x00, 0x00,
	0x00, 0x00, 0x60, 0x02, 0x20, 0x00, 0xf2, 0x13, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4,
};

/* From a web server on the Internet. */
static const uint8_t synack_web[] = {
	0x45, 0x00, 0x00, 0x34, 0x00, 0x00, 0x40, 0x00, 0x6e, 0x06, 0xff, 0x31, 0xac,
	0xfd, 0x76, 0x5e, 0x0a, 0x31, 0xe0, 0x05, 0x01, 0xbb, 0xf8, 0xed, 0xf2, 0x08,
	0x33, 0x13, 0xe3, 0x27, 0xce, 0xb8, 0x80, 0x12, 0xff, 0xff, 0x90, 0xcc, 0x00,
	0x00, 0x02, 0x04, 0x04, 0xb0, 0x01, 0x01, 0x04, 0x02, 0x01, 0x03, 0x03, 0x08,
};

static const uint8_t odd_length4[] = {
	0x45, 0x03, 0x00, 0x2d, 0xbe, 0xef, 0x00, 0x00, 0x40, 0x06, 0xcf, 0x9c, 0xc0, 0x00, 0x02,
	0x01, 0xc6, 0x33, 0x64, 0x07, 0x01, 0xbb, 0xc3, 0x50, 0xff, 0xff, 0xff, 0xfe, 0x00, 0x00,
	0x00, 0x02, 0x50, 0x39, 0x01, 0xf4, 0x93, 0xf2, 0x00, 0x03, 0x48, 0x69, 0x21, 0x0a, 0xff,
};

static const uint8_t syn6[] = {
	0x60, 0x0a, 0xbc, 0xde, 0x00, 0x28, 0x06, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xc0, 0x00,
	0x00, 0x50, 0x00, 0x00, 0x03, 0xe8, 0x00, 0x00, 0x00, 0x00, 0xa0, 0xc2, 0xfd, 0x20,
	0xc1, 0xd2, 0x00, 0x00, 0x02, 0x04, 0x05, 0xa0, 0x04, 0x02, 0x08, 0x0a, 0x12, 0x34,
	0x56, 0x78, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07,
};

static const uint8_t sack6[] = {
	0x60, 0x20, 0x00, 0x00, 0x00, 0x23, 0x06, 0xff, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00,
	0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x50, 0xc0, 0x00, 0x00,
	0x00, 0x07, 0xd0, 0x00, 0x00, 0x03, 0xe9, 0x81, 0x18, 0x02, 0x00, 0x5f, 0xd2, 0x00, 0x00,
	0x01, 0x01, 0x05, 0x0a, 0x00, 0x00, 0x13, 0x88, 0x00, 0x00, 0x17, 0x70, 0x61, 0x62, 0x63,
};

/* S 1000:1000(0) win 64800 [ttl 64] after hop-by-hop options, destination options, and a routing
 * header without segments left */
static const uint8_t extended6[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x3c, 0x00, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x3c, 0x00, 0x01, 0x04, 0x00,
	0x00, 0x00, 0x00, 0x2b, 0x00, 0x01, 0x04, 0x00, 0x00, 0x00, 0x00, 0x06, 0x02, 0x04, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x02, 0xc0, 0x00, 0x00, 0x50, 0x00, 0x00, 0x03, 0xe8, 0x00, 0x00,
	0x00, 0x00, 0x50, 0x02, 0xfd, 0x20, 0x93, 0x0d, 0x00, 0x00,
};

#define PARTS4 (PART_TTL | PART_TOS | PART_DF | PART_ID | PART_RESERVED | PART_PAYLOAD)
#define PARTS6 (PART_TTL | PART_TOS | PART_FLOW | PART_RESERVED | PART_PAYLOAD)

static const struct golden {
	const char *text;
	const char *src, *dst;
	uint16_t sport, dport;
	const uint8_t *bytes;
	size_t len;
	uint16_t parts;
} goldens[] = {
	{"S 8221822:8221822(0) win 8192 <mss 1460> [ttl 128, tos 0, df, id 3329, reserved 0]",
	 "131.107.2.214", "131.107.2.211", 1037, 139, syn_nt, sizeof(syn_nt), PARTS4},
	{"S. 4060623635:4060623635(0) ack 3811036856 win 65535 "
	 "<mss 1200,nop,nop,sackOK,nop,wscale 8> [ttl 110, tos 0, df, id 0, reserved 0]",
	 "172.253.118.94", "10.49.224.5", 443, 63725, synack_web, sizeof(synack_web), PARTS4},
	{"FPU. 4294967294:3(5) ack 2 win 500 urg 3 "
	 "[ttl 64, tos 3, nodf, id 48879, reserved 0] \"Hi!\\n\\xff\"",
	 "192.0.2.1", "198.51.100.7", 443, 50000, odd_length4, sizeof(odd_length4), PARTS4},
	{"SEW 1000:1000(0) win 64800 <mss 1440,sackOK,TS val 305419896 ecr 0,nop,wscale 7> "
	 "[ttl 64, tos 0, flow 703710, reserved 0]",
	 "2001:db8::1", "2001:db8:0:7::2", 49152, 80, syn6, sizeof(syn6), PARTS6},
	{"PAE. 2000:2003(3) ack 1001 win 512 <nop,nop,sack 5000:6000> "
	 "[ttl 255, tos 2, flow 0, reserved 1] \"abc\"",
	 "2001:db8:0:7::2", "2001:db8::1", 80, 49152, sack6, sizeof(sack6), PARTS6},
};

#define GOLDENS ((int)COUNT_OF(goldens))

/* Returns the segment of the notation. Its payload is in *n. */
static struct segment golden_segment(const struct golden *g, struct notation *n)
{
	struct segment s = {.sport = g->sport, .dport = g->dport};
	char *error;

	ck_assert_msg(notation_parse(g->text, n, &error), "%s: %s", g->text, error);
	notation_resolve(n, NULL, &s);
	ck_assert(addr_parse(g->src, &s.src) && addr_parse(g->dst, &s.dst));
	return s;
}

START_TEST(octets_decode_to_the_notation)
{
	for (int i = 0; i < GOLDENS; i++) {
		const struct golden *g = &goldens[i];
		struct text text = {0};
		char buf[ADDR_TEXT_MAX];
		struct segment s;

		memset(&s, 0xa5, sizeof(s));
		ck_assert_int_eq(packet_decode(g->bytes, g->len, true, &s), WIRE_OK);
		segment_format(&s, 0, 0, g->parts, &text);
		ck_assert_str_eq(text_str(&text), g->text);
		ck_assert_str_eq(addr_format(&s.src, buf), g->src);
		ck_assert_str_eq(addr_format(&s.dst, buf), g->dst);
		ck_assert_uint_eq(s.sport, g->sport);
		ck_assert_uint_eq(s.dport, g->dport);
		ck_assert(s.when == 0 && !s.offload);
		ck_assert(s.lie.checksum == CHECKSUM_TRUE && !s.lie.has_doff);
		ck_assert(!s.lie.has_ip_len && !s.lie.has_ip_cksum);
		ck_assert(addr_is_v4(&s.src) ? s.flow == 0 : s.ip_id == 0 && !s.df);
		ck_assert_ptr_eq(s.payload, g->bytes + g->len - s.len);
		text_free(&text);
	}
}
END_TEST

START_TEST(the_notation_encodes_to_the_octets)
{
	for (int i = 0; i < GOLDENS; i++) {
		const struct golden *g = &goldens[i];
		struct notation n;
		struct segment s = golden_segment(g, &n);
		uint8_t out[128];

		memset(out, 0xa5, sizeof(out));
		ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), g->len);
		ck_assert_mem_eq(out, g->bytes, g->len);
		ck_assert_uint_eq(out[g->len], 0xa5);
		ck_assert_uint_ge(packet_size(&s), g->len);
		for (size_t size = 0; size < g->len; size++)
			ck_assert_uint_eq(packet_encode(&s, out, size), 0);
		notation_free(&n);
	}
}
END_TEST

/* Decodes a copy of exactly its size, for sanitizers to detect reads past the end. */
static enum wire_result decode(const uint8_t *bytes, size_t len, bool verify)
{
	uint8_t *copy = malloc(len ? len : 1);
	volatile uint8_t last;
	struct segment s;
	enum wire_result r;

	memcpy(copy, bytes, len);
	r = packet_decode(len ? copy : NULL, len, verify, &s);
	if (r == WIRE_OK && s.len)
		last = s.payload[s.len - 1];
	(void)last;
	free(copy);
	return r;
}

START_TEST(truncated_frames)
{
	for (int i = 0; i < GOLDENS; i++) {
		for (size_t len = 0; len < goldens[i].len; len++) {
			ck_assert_int_eq(decode(goldens[i].bytes, len, true), WIRE_TRUNCATED);
			ck_assert_int_eq(decode(goldens[i].bytes, len, false), WIRE_TRUNCATED);
		}
	}
	for (size_t len = 0; len < sizeof(extended6); len++)
		ck_assert_int_eq(decode(extended6, len, true), WIRE_TRUNCATED);
}
END_TEST

/* The IP length agrees with the truncated packet. */
START_TEST(a_short_ipv4_packet_names_the_missing_part)
{
	uint8_t p[sizeof(synack_web)];

	for (size_t len = 20; len <= sizeof(p); len++) {
		enum wire_result expected = len < 40   ? WIRE_TCP_SHORT
					    : len < 52 ? WIRE_TCP_OFFSET
						       : WIRE_OK;

		memcpy(p, synack_web, sizeof(p));
		p[3] = (uint8_t)len;
		ck_assert_int_eq(decode(p, len, false), expected);
	}
	for (uint8_t len = 0; len < 20; len++) {
		p[3] = len;
		ck_assert_int_eq(decode(p, sizeof(p), false), WIRE_IP_HEADER);
	}
}
END_TEST

START_TEST(a_short_ipv6_packet_names_the_missing_part)
{
	uint8_t p[sizeof(extended6)];

	for (size_t len = 0; len <= sizeof(p) - 40; len++) {
		enum wire_result expected = len < 40   ? WIRE_IP_HEADER
					    : len < 60 ? WIRE_TCP_SHORT
						       : WIRE_OK;

		memcpy(p, extended6, sizeof(p));
		p[5] = (uint8_t)len;
		ck_assert_int_eq(decode(p, len + 40, false), expected);
	}
}
END_TEST

/* ::ffff:127.0.0.1 in an IPv6 header must not match a client 127.0.0.0/8. */
START_TEST(mapped_addresses_are_rejected)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 127, 0, 0, 1};
	uint8_t p[sizeof(syn6)];

	for (size_t at = 8; at <= 24; at += 16) {
		memcpy(p, syn6, sizeof(p));
		memcpy(p + at, mapped, sizeof(mapped));
		ck_assert_int_eq(decode(p, sizeof(p), false), WIRE_IP_HEADER);
	}
}
END_TEST

START_TEST(ipv6_extensions_are_skipped)
{
	uint8_t p[sizeof(extended6)];
	struct segment s;

	ck_assert_int_eq(packet_decode(extended6, sizeof(extended6), true, &s), WIRE_OK);
	ck_assert_uint_eq(s.sport, 49152);
	ck_assert_uint_eq(s.seq, 1000);
	ck_assert_uint_eq(s.window, 64800);
	ck_assert_uint_eq(s.len, 0);
	/* Also the routing header of a packet of ours that an ICMP error quotes, with segments
	 * left. */
	memcpy(p, extended6, sizeof(p));
	p[59] = 1;
	ck_assert_int_eq(packet_decode_start(p, sizeof(p) - 12, &s), WIRE_OK);
	ck_assert_uint_eq(s.sport, 49152);
	ck_assert_uint_eq(s.seq, 1000);
}
END_TEST

/* A valid packet with one changed octet, and the first error found. */
static const struct {
	const uint8_t *bytes;
	size_t len;
	size_t at;
	uint8_t to;
	enum wire_result verified, unverified;
} changes[] = {
	{syn_nt, sizeof(syn_nt), 0, 0x55, WIRE_NOT_TCP, WIRE_NOT_TCP},
	{syn_nt, sizeof(syn_nt), 0, 0x44, WIRE_IP_HEADER, WIRE_IP_HEADER},
	{syn_nt, sizeof(syn_nt), 0, 0x40, WIRE_IP_HEADER, WIRE_IP_HEADER},
	{syn_nt, sizeof(syn_nt), 0, 0x4c, WIRE_IP_HEADER, WIRE_IP_HEADER},
	{syn_nt, sizeof(syn_nt), 3, 0x2d, WIRE_TRUNCATED, WIRE_TRUNCATED},
	{syn_nt, sizeof(syn_nt), 2, 0x01, WIRE_TRUNCATED, WIRE_TRUNCATED},
	{syn_nt, sizeof(syn_nt), 6, 0x60, WIRE_IP_CHECKSUM, WIRE_FRAGMENT},
	{syn_nt, sizeof(syn_nt), 7, 0x01, WIRE_IP_CHECKSUM, WIRE_FRAGMENT},
	{syn_nt, sizeof(syn_nt), 8, 0x7f, WIRE_IP_CHECKSUM, WIRE_OK},
	{syn_nt, sizeof(syn_nt), 9, 17, WIRE_NOT_TCP, WIRE_NOT_TCP},
	{syn_nt, sizeof(syn_nt), 9, 1, WIRE_IP_CHECKSUM, WIRE_ICMP},
	{syn_nt, sizeof(syn_nt), 32, 0x40, WIRE_TCP_OFFSET, WIRE_TCP_OFFSET},
	{syn_nt, sizeof(syn_nt), 32, 0x70, WIRE_TCP_OFFSET, WIRE_TCP_OFFSET},
	{syn_nt, sizeof(syn_nt), 43, 0xb5, WIRE_TCP_CHECKSUM, WIRE_OK},
	{syn_nt, sizeof(syn_nt), 36, 0xf3, WIRE_TCP_CHECKSUM, WIRE_OK},
	{odd_length4, sizeof(odd_length4), 44, 0xfe, WIRE_TCP_CHECKSUM, WIRE_OK},
	{syn6, sizeof(syn6), 5, 0x29, WIRE_TRUNCATED, WIRE_TRUNCATED},
	{syn6, sizeof(syn6), 6, 58, WIRE_ICMP, WIRE_ICMP},
	{syn6, sizeof(syn6), 6, 17, WIRE_NOT_TCP, WIRE_NOT_TCP},
	{syn6, sizeof(syn6), 6, 44, WIRE_FRAGMENT, WIRE_FRAGMENT},
	{syn6, sizeof(syn6), 6, 59, WIRE_NOT_TCP, WIRE_NOT_TCP},
	{syn6, sizeof(syn6), 23, 0x02, WIRE_TCP_CHECKSUM, WIRE_OK},
	{extended6, sizeof(extended6), 40, 44, WIRE_FRAGMENT, WIRE_FRAGMENT},
	{extended6, sizeof(extended6), 41, 0xff, WIRE_IP_HEADER, WIRE_IP_HEADER},
	{extended6, sizeof(extended6), 57, 0x07, WIRE_IP_HEADER, WIRE_IP_HEADER},
	{extended6, sizeof(extended6), 59, 0x01, WIRE_OK, WIRE_OK},
	{extended6, sizeof(extended6), 56, 58, WIRE_ICMP, WIRE_ICMP},
};

START_TEST(each_kind_of_bad_packet_has_its_result)
{
	bool seen[WIRE_RESULT_COUNT] = {0};

	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		uint8_t p[128];

		memcpy(p, changes[i].bytes, changes[i].len);
		p[changes[i].at] = changes[i].to;
		ck_assert_msg(decode(p, changes[i].len, true) == changes[i].verified, "%zu", i);
		ck_assert_msg(decode(p, changes[i].len, false) == changes[i].unverified, "%zu", i);
		seen[changes[i].verified] = seen[changes[i].unverified] = true;
	}
	seen[WIRE_TCP_SHORT] = true; /* a_short_ipv4_packet_names_the_missing_part */
	for (int r = 0; r <= WIRE_TCP_CHECKSUM; r++) /* ip_check() returns the others */
		ck_assert_msg(seen[r], "%s", wire_result_name((enum wire_result)r));
}
END_TEST

START_TEST(each_changed_bit_is_detected)
{
	uint8_t p[sizeof(synack_web)];

	for (size_t bit = 0; bit < sizeof(p) * 8; bit++) {
		memcpy(p, synack_web, sizeof(p));
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_ne(decode(p, sizeof(p), true), WIRE_OK);
		decode(p, sizeof(p), false);
	}
}
END_TEST

START_TEST(a_trailer_is_ignored)
{
	uint8_t p[sizeof(sack6) + 6];
	struct segment s;

	memset(p, 0x20, sizeof(p));
	memcpy(p, syn_nt, sizeof(syn_nt));
	ck_assert_int_eq(packet_decode(p, sizeof(p), true, &s), WIRE_OK);
	ck_assert_uint_eq(s.len, 0);
	memset(p, 0x20, sizeof(p));
	memcpy(p, odd_length4, sizeof(odd_length4));
	ck_assert_int_eq(packet_decode(p, sizeof(p), true, &s), WIRE_OK);
	ck_assert_uint_eq(s.len, 5);
	memset(p, 0x20, sizeof(p));
	memcpy(p, sack6, sizeof(sack6));
	ck_assert_int_eq(packet_decode(p, sizeof(p), true, &s), WIRE_OK);
	ck_assert_uint_eq(s.len, 3);
}
END_TEST

/* <raw fd00> with 2 octets of padding, after an IPv4 header with options. */
START_TEST(illegal_options_are_preserved)
{
	static const uint8_t p[] = {
		0x46, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00, 0x00, 0x40, 0x06, 0x00, 0x00,
		0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x07, 0x01, 0x01, 0x01, 0x00,
		0x01, 0xbb, 0xc3, 0x50, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
		0x60, 0x02, 0x01, 0xf4, 0x00, 0x00, 0x00, 0x00, 0xfd, 0x00, 0x00, 0x00,
	};
	struct segment s;
	uint8_t out[64];

	ck_assert_int_eq(packet_decode(p, sizeof(p), false, &s), WIRE_OK);
	ck_assert_uint_eq(s.opt_len, 4);
	ck_assert_mem_eq(s.opt, "\xfd\0\0\0", 4);
	ck_assert_uint_eq(s.len, 0);
	s.opt_len = 2;
	memset(out, 0xa5, sizeof(out));
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 44);
	ck_assert_uint_eq(out[32] >> 4, 6);
	ck_assert_mem_eq(out + 40, "\xfd\0\0\0", 4);
}
END_TEST

/* Checks that the encoded segment differs from the golden one in exactly these octets. */
static void assert_lie(const struct segment *s, const struct golden *g, size_t at,
		       const char *bytes, size_t n)
{
	uint8_t out[128], expected[128];

	memcpy(expected, g->bytes, g->len);
	memcpy(expected + at, bytes, n);
	ck_assert_uint_eq(packet_encode(s, out, sizeof(out)), g->len);
	ck_assert_mem_eq(out, expected, g->len);
}

START_TEST(each_lie_changes_only_its_field)
{
	const struct golden *g = &goldens[0];
	struct notation n;
	const struct segment truth = golden_segment(g, &n);
	struct segment s = truth;

	s.lie.checksum = CHECKSUM_BAD;
	assert_lie(&s, g, 36, "\x0d\xec", 2);
	s.lie.checksum = CHECKSUM_ZERO;
	assert_lie(&s, g, 36, "\0\0", 2);
	s.lie.checksum = CHECKSUM_FIXED;
	s.lie.checksum_value = 0x1234;
	assert_lie(&s, g, 36, "\x12\x34", 2);
	s = truth;
	s.lie.has_ip_cksum = true;
	s.lie.ip_cksum = 0x4321;
	assert_lie(&s, g, 10, "\x43\x21", 2);
	s = truth;
	s.lie.has_doff = true;
	s.lie.doff = 4; /* the TCP checksum is correct for it: 0xf213 + 0x2000 */
	assert_lie(&s, g, 32, "\x40\x02\x20\x00\x12\x14", 6);
	s = truth;
	s.lie.has_ip_len = true;
	s.lie.ip_len = 40; /* 4 less; the header checksum is correct for it */
	assert_lie(&s, g, 2, "\x00\x28\x0d\x01\x40\x00\x80\x06\xe1\x4f", 10);
	notation_free(&n);
}
END_TEST

START_TEST(an_ipv6_length_may_lie)
{
	const struct golden *g = &goldens[3];
	struct notation n;
	struct segment s = golden_segment(g, &n);

	s.lie.has_ip_len = true;
	s.lie.ip_len = 0xffff;
	assert_lie(&s, g, 4, "\xff\xff", 2);
	notation_free(&n);
}
END_TEST

/* syn_nt with [reserved 15]: the checksum is 0xf213 - 0x0f00. */
START_TEST(all_four_reserved_bits_are_preserved)
{
	uint8_t p[sizeof(syn_nt)];
	struct notation n;
	struct segment s = golden_segment(&goldens[0], &n), back;

	s.reserved = 15;
	assert_lie(&s, &goldens[0], 32, "\x6f\x02\x20\x00\xe3\x13", 6);
	packet_encode(&s, p, sizeof(p));
	ck_assert_int_eq(packet_decode(p, sizeof(p), true, &back), WIRE_OK);
	ck_assert_uint_eq(back.reserved, 15);
	notation_free(&n);
}
END_TEST

/* If the correct checksum is 0, its complement would be correct, too. */
START_TEST(a_bad_checksum_is_always_bad)
{
	struct notation n;
	struct segment s = golden_segment(&goldens[0], &n), back;
	uint8_t out[64];
	size_t len;

	s.urgent = 0xf213; /* makes the checksum 0 */
	len = packet_encode(&s, out, sizeof(out));
	ck_assert_mem_eq(out + 36, "\0\0", 2);
	ck_assert_int_eq(packet_decode(out, len, true, &back), WIRE_OK);
	s.lie.checksum = CHECKSUM_BAD;
	len = packet_encode(&s, out, sizeof(out));
	ck_assert_int_eq(packet_decode(out, len, true, &back), WIRE_TCP_CHECKSUM);
	notation_free(&n);
}
END_TEST

START_TEST(oversized_segments_are_not_encoded)
{
	static uint8_t payload[70000], out[80000];
	struct notation n;
	struct segment s = golden_segment(&goldens[0], &n);

	s.payload = payload;
	s.len = 65535 - 44;
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 65535);
	s.len++;
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 0);
	s.len = UINT32_MAX;
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 0);
	notation_free(&n);
	/* The IPv6 length does not include the IPv6 header. */
	s = golden_segment(&goldens[3], &n);
	s.payload = payload;
	s.len = 65535 - 40;
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 40 + 65535);
	s.len++;
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 0);
	notation_free(&n);
	s = golden_segment(&goldens[0], &n);
	ck_assert(addr_parse("::1", &s.dst));
	ck_assert_uint_eq(packet_encode(&s, out, sizeof(out)), 0);
	notation_free(&n);
}
END_TEST

START_TEST(results_have_names_for_counters)
{
	for (int r = 0; r < WIRE_RESULT_COUNT; r++)
		ck_assert_ptr_nonnull(wire_result_name((enum wire_result)r));
	ck_assert_str_eq(wire_result_name(WIRE_TCP_CHECKSUM), "tcp-checksum");
}
END_TEST

UNIT_MAIN("packet", octets_decode_to_the_notation, the_notation_encodes_to_the_octets,
	  truncated_frames, a_short_ipv4_packet_names_the_missing_part,
	  a_short_ipv6_packet_names_the_missing_part, mapped_addresses_are_rejected,
	  ipv6_extensions_are_skipped, each_kind_of_bad_packet_has_its_result,
	  each_changed_bit_is_detected, a_trailer_is_ignored, illegal_options_are_preserved,
	  each_lie_changes_only_its_field, an_ipv6_length_may_lie,
	  all_four_reserved_bits_are_preserved, a_bad_checksum_is_always_bad,
	  oversized_segments_are_not_encoded, results_have_names_for_counters)
