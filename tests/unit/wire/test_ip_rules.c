/* SPDX-License-Identifier: MIT */
/* Packets that the IP layer of a host discards, and the errors that their source receives. */
#include "unit.h"

#include "wire/cursor.h"
#include "wire/ip_rules.h"
#include "wire/packet_decode.h"

#include <stdio.h>
#include <string.h>

#define TCP  "c000005000000001000000005002ffff00000000" /* 20 octets */
#define PART "c000005000000001000000005002ffff"         /* 16 */
#define ECHO "8000000000000000"
#define MORE "0001" /* offset 0 and the flag M of a fragment header */

struct packet {
	uint8_t b[256];
	size_t len;
};

static void add(struct packet *p, const char *hex)
{
	unsigned value;

	for (; *hex; hex += 2) {
		ck_assert_int_eq(sscanf(hex, "%2x", &value), 1);
		p->b[p->len++] = (uint8_t)value;
	}
}

/* Returns a packet to one address, or to a group. */
static struct packet ipv6(uint8_t next, const char *hex, bool to_group)
{
	struct packet p = {.len = 40};

	p.b[0] = 0x60;
	p.b[6] = next;
	p.b[7] = 64;
	memcpy(p.b + 8, "\x20\x01\x0d\xb8", 4);
	p.b[23] = 7;
	memcpy(p.b + 24, to_group ? "\xff\x02" : "\x20\x01", 2);
	p.b[39] = 1;
	add(&p, hex);
	put_u16(p.b + 4, (uint16_t)(p.len - 40));
	return p;
}

static struct packet ipv4(const char *options)
{
	struct packet p = {.len = 20};

	add(&p, options);
	ck_assert_uint_eq(p.len % 4, 0);
	p.b[0] = (uint8_t)(0x40 | p.len / 4);
	p.b[9] = 6;
	memcpy(p.b + 12, "\xc0\0\2\7\xc0\0\2\1", 8);
	add(&p, TCP);
	put_u16(p.b + 2, (uint16_t)p.len);
	return p;
}

/* Checks a copy of exactly its size, for sanitizers to detect reads past the end. */
static enum wire_result check(const struct packet *p, struct ip_problem *problem)
{
	uint8_t *exact = malloc(p->len);
	enum wire_result result;

	memcpy(exact, p->b, p->len);
	result = ip_check(exact, p->len, problem);
	free(exact);
	return result;
}

#define UNTOLD (-1)

static const struct {
	uint8_t next;
	const char *hex; /* after the IPv6 header */
	enum wire_result result;
	int code; /* UNTOLD: no Parameter Problem is sent */
	uint32_t pointer;
} cases6[] = {
	{6, TCP, WIRE_OK, UNTOLD, 0},
	{58, ECHO, WIRE_OK, UNTOLD, 0},
	/* Options: padding, and options that may be skipped. */
	{0,
	 "3c00010400000000"
	 "0600010400000000" TCP,
	 WIRE_OK, UNTOLD, 0},
	{0, "0600000000000000" TCP, WIRE_OK, UNTOLD, 0},
	{60, "06001e02abcd0000" TCP, WIRE_OK, UNTOLD, 0},
	{0, "0600050200000100" TCP, WIRE_OK, UNTOLD, 0},
	/* The two highest bits of the kind. The pointer is the offset of the kind. */
	{0, "06005e0200000000" TCP, WIRE_IPV6_OPTION, UNTOLD, 0},
	{0, "06009e0200000000" TCP, WIRE_IPV6_OPTION, 2, 42},
	{60, "0600de0200000000" TCP, WIRE_IPV6_OPTION, 2, 42},
	{60, "060001008b010000" TCP, WIRE_IPV6_OPTION, 2, 44},
	{60, "0600008b01000000" TCP, WIRE_IPV6_OPTION, 2, 43},
	{0,
	 "3c00010400000000"
	 "06001e00c2020000" TCP,
	 WIRE_IPV6_OPTION, 2, 52},
	{60,
	 "06011e0400000000"
	 "00000000de020000" TCP,
	 WIRE_IPV6_OPTION, 2, 52},
	{60,
	 "06015e0400000000"
	 "00000000de020000" TCP,
	 WIRE_IPV6_OPTION, UNTOLD, 0},
	/* Options that exceed their header. */
	{60, "06001e0500000000" TCP, WIRE_IPV6_OPTION, UNTOLD, 0},
	{60, "060001020000001e" TCP, WIRE_IPV6_OPTION, UNTOLD, 0},
	{60, "060001ff00000000" TCP, WIRE_IPV6_OPTION, UNTOLD, 0},
	/* Unknown headers, and headers in an invalid order. */
	{253, TCP, WIRE_NEXT_HEADER, 1, 6},
	{17, TCP, WIRE_NEXT_HEADER, 1, 6},
	{0, "fd00010400000000" TCP, WIRE_NEXT_HEADER, 1, 40},
	{0,
	 "3c00010400000000"
	 "3300010400000000" TCP,
	 WIRE_NEXT_HEADER, 1, 48},
	{60,
	 "0000010400000000"
	 "0600010400000000" TCP,
	 WIRE_NEXT_HEADER, 1, 40},
	{59, "", WIRE_NOT_TCP, UNTOLD, 0},
	{60, "3b00010400000000" TCP, WIRE_NOT_TCP, UNTOLD, 0},
	/* Routing headers of any type. */
	{43, "0600000000000000" TCP, WIRE_OK, UNTOLD, 0},
	{43, "0600fd0000000000" TCP, WIRE_OK, UNTOLD, 0},
	{43, "0600000100000000" TCP, WIRE_ROUTING_HEADER, 0, 42},
	{43, "0600fd0500000000" TCP, WIRE_ROUTING_HEADER, 0, 42},
	{0,
	 "2b00010400000000"
	 "0602000100000000"
	 "20010db8000000000000000000000001" TCP,
	 WIRE_ROUTING_HEADER, 0, 50},
	/* The first violation decides. */
	{0,
	 "2b00de0000000000"
	 "0600000100000000" TCP,
	 WIRE_IPV6_OPTION, 2, 42},
	{43,
	 "3c00000100000000"
	 "0600de0000000000" TCP,
	 WIRE_ROUTING_HEADER, 0, 42},
	/* First fragments: with TCP and 24, 20 or 16 octets; with other headers before TCP. */
	{44, "0600" MORE "00000007" TCP "00000000", WIRE_OK, UNTOLD, 0},
	{44, "0600" MORE "00000007" PART, WIRE_FIRST_FRAGMENT, 3, 0},
	{44, "0600" MORE "00000007", WIRE_FIRST_FRAGMENT, 3, 0},
	{44,
	 "3c00" MORE "00000007"
	 "0600010400000000" TCP "00000000",
	 WIRE_OK, UNTOLD, 0},
	{44,
	 "3c00" MORE "00000007"
	 "0600010400000000" PART,
	 WIRE_FIRST_FRAGMENT, 3, 0},
	{44,
	 "3c00" MORE "00000007"
	 "0600010400000000",
	 WIRE_FIRST_FRAGMENT, 3, 0},
	{44,
	 "3c00" MORE "00000007"
	 "0601010400000000",
	 WIRE_FIRST_FRAGMENT, 3, 0},
	{44, "3a00" MORE "00000007" ECHO, WIRE_OK, UNTOLD, 0},
	{44, "3a00" MORE "00000007", WIRE_FIRST_FRAGMENT, 3, 0},
	/* Atomic fragments, and fragments other than the first: checked when the packet is
	   complete. */
	{44,
	 "0600"
	 "0000"
	 "00000007"
	 "c000005000000001",
	 WIRE_OK, UNTOLD, 0},
	{44,
	 "0600"
	 "0018"
	 "00000007"
	 "00",
	 WIRE_OK, UNTOLD, 0},
	{44,
	 "3c00" MORE "00000007"
	 "0600de0400000000" TCP "00000000",
	 WIRE_OK, UNTOLD, 0},
	/* But hop-by-hop options are invalid: without the fragment header they would not be first.
	 */
	{44,
	 "0000"
	 "0000"
	 "00000007"
	 "0600010400000000" TCP,
	 WIRE_NEXT_HEADER, 1, 40},
	{44,
	 "0000" MORE "00000007"
	 "0600010400000000" TCP "00000000",
	 WIRE_NEXT_HEADER, 1, 40},
	{60,
	 "2c00010400000000"
	 "0000" MORE "00000007"
	 "0600010400000000" TCP "00000000",
	 WIRE_NEXT_HEADER, 1, 48},
	{44,
	 "0000"
	 "0018"
	 "00000007"
	 "0600010400000000",
	 WIRE_OK, UNTOLD, 0},
	/* But not the headers before it. */
	{0,
	 "2c00de0400000000"
	 "0600"
	 "0018"
	 "00000007" PART,
	 WIRE_IPV6_OPTION, 2, 42},
	{43,
	 "2c00000100000000"
	 "0600"
	 "0018"
	 "00000007" PART,
	 WIRE_ROUTING_HEADER, 0, 42},
	/* Sizes of fragments. */
	{44,
	 "0600"
	 "0019"
	 "00000007"
	 "00",
	 WIRE_FRAGMENT_SIZE, 0, 4},
	{44, "0600" MORE "00000007" TCP, WIRE_FRAGMENT_SIZE, 0, 4},
	{44,
	 "0600"
	 "fff8"
	 "00000007"
	 "00000000000000",
	 WIRE_OK, UNTOLD, 0},
	{44,
	 "0600"
	 "fff8"
	 "00000007"
	 "0000000000000000",
	 WIRE_FRAGMENT_SIZE, 0, 42},
	{0,
	 "2c00010400000000"
	 "0600"
	 "fff8"
	 "00000007"
	 "00",
	 WIRE_FRAGMENT_SIZE, 0, 50},
	/* No error is sent about an ICMPv6 error, or about a redirect. */
	{60,
	 "3a00de0000000000"
	 "8000000000000000",
	 WIRE_IPV6_OPTION, 2, 42},
	{60,
	 "3a00de0000000000"
	 "0100000000000000",
	 WIRE_IPV6_OPTION, UNTOLD, 0},
	{60,
	 "3a00de0000000000"
	 "7f00000000000000",
	 WIRE_IPV6_OPTION, UNTOLD, 0},
	{60,
	 "3a00de0000000000"
	 "8900000000000000",
	 WIRE_IPV6_OPTION, UNTOLD, 0},
	{43,
	 "3a00000100000000"
	 "0400000000000000",
	 WIRE_ROUTING_HEADER, UNTOLD, 0},
	{60,
	 "2c00de0000000000"
	 "3a00" MORE "00000007"
	 "0200000000000000",
	 WIRE_IPV6_OPTION, UNTOLD, 0},
	{60,
	 "2c00de0000000000"
	 "3a00"
	 "0009"
	 "00000007"
	 "0200000000000000",
	 WIRE_IPV6_OPTION, 2, 42},
};

START_TEST(extension_headers)
{
	for (size_t i = 0; i < COUNT_OF(cases6); i++) {
		struct packet p = ipv6(cases6[i].next, cases6[i].hex, false);
		struct ip_problem problem;

		ck_assert_msg(check(&p, &problem) == cases6[i].result, "%u %s: %s", cases6[i].next,
			      cases6[i].hex, wire_result_name(check(&p, &problem)));
		ck_assert_msg(problem.due == (cases6[i].code >= 0), "%s", cases6[i].hex);
		if (!problem.due)
			continue;
		ck_assert_msg(problem.code == cases6[i].code, "%s: %u", cases6[i].hex,
			      problem.code);
		ck_assert_msg(problem.pointer == cases6[i].pointer, "%s: %u", cases6[i].hex,
			      problem.pointer);
	}
}
END_TEST

/* RFC 8200 4.2, for each kind: with the bits 10 an error is sent also if the packet was sent to a
 * group, with 11 it is not. */
START_TEST(each_kind_of_option)
{
	for (unsigned kind = 2; kind < 256; kind++) {
		for (unsigned group = 0; group < 2; group++) {
			struct packet p = ipv6(60, "0600000200000000" TCP, group);
			struct ip_problem problem;
			enum wire_result want = kind < 64 ? WIRE_OK : WIRE_IPV6_OPTION;

			p.b[42] = (uint8_t)kind;
			ck_assert_int_eq(check(&p, &problem), want);
			ck_assert(problem.due == (kind >= 128 && (kind < 192 || !group)));
		}
	}
}
END_TEST

/* At any length, no read is past the end. */
START_TEST(truncated_packets)
{
	for (size_t i = 0; i < COUNT_OF(cases6); i++) {
		struct packet p = ipv6(cases6[i].next, cases6[i].hex, false);
		struct ip_problem problem;

		for (; p.len > 0; p.len--)
			check(&p, &problem);
	}
}
END_TEST

START_TEST(ipv4_options)
{
	static const struct {
		const char *options;
		enum wire_result result;
		int pointer; /* UNTOLD: no Parameter Problem is sent */
	} cases[] = {
		{"", WIRE_OK, UNTOLD},
		{"01010101", WIRE_OK, UNTOLD},
		{"00ffffff", WIRE_OK, UNTOLD}, /* octets after the end are padding */
		{"94040000", WIRE_OK, UNTOLD},
		{"de040000", WIRE_OK, UNTOLD},
		{"0707040000000000", WIRE_OK, UNTOLD},
		/* A length of 0, of 1, beyond the header, and a missing length. */
		{"07000400", WIRE_IP_OPTION, 20},
		{"07010400", WIRE_IP_OPTION, 20},
		{"de050000", WIRE_IP_OPTION, 20},
		{"01010107", WIRE_IP_OPTION, 23},
		{"0101de03", WIRE_IP_OPTION, 22},
		{"de0207ff", WIRE_IP_OPTION, 22},
		{"de02de02", WIRE_OK, UNTOLD},
		/* Source routes, loose and strict: completed, or not. */
		{"830708c000020900", WIRE_OK, UNTOLD},
		{"890708c000020900", WIRE_OK, UNTOLD},
		{"83030400", WIRE_OK, UNTOLD},
		{"830704c000020900", WIRE_SOURCE_ROUTE, UNTOLD},
		{"890704c000020900", WIRE_SOURCE_ROUTE, UNTOLD},
		{"830b08c0000209c000020a00", WIRE_SOURCE_ROUTE, UNTOLD},
		{"830b0cc0000209c000020a00", WIRE_OK, UNTOLD},
		{"830707c000020900", WIRE_SOURCE_ROUTE, UNTOLD},
		{"830703c000020900", WIRE_IP_OPTION, 22},
		{"890700c000020900", WIRE_IP_OPTION, 22},
		{"01830704c0000209", WIRE_SOURCE_ROUTE, UNTOLD},
		{"00830704c0000209", WIRE_OK, UNTOLD},
		{"83020000", WIRE_IP_OPTION, 21},
		{"8303048903040000", WIRE_IP_OPTION, 23},
		/* Record Route: full, with room for more addresses, and for a part of one;
		   duplicate. */
		{"0707080000000000", WIRE_OK, UNTOLD},
		{"0707050000000000", WIRE_IP_OPTION, 22},
		{"070b08000000000000000000", WIRE_OK, UNTOLD},
		{"070b09000000000000000000", WIRE_IP_OPTION, 22},
		{"0707030000000000", WIRE_IP_OPTION, 22},
		{"07020000", WIRE_IP_OPTION, 21},
		{"0703040107030400", WIRE_IP_OPTION, 24},
		/* Timestamps, without addresses and with them, and with the overflow count. */
		{"4408050000000000", WIRE_OK, UNTOLD},
		{"4408060000000000", WIRE_IP_OPTION, 22},
		{"4408040000000000", WIRE_IP_OPTION, 22},
		{"44030500", WIRE_IP_OPTION, 21},
		{"440805f000000000", WIRE_OK, UNTOLD},
		{"440809e000000000", WIRE_OK, UNTOLD},
		{"01440405f0010101", WIRE_IP_OPTION, 24},
		{"440c05010000000000000000", WIRE_OK, UNTOLD},
		{"440c05030000000000000000", WIRE_OK, UNTOLD},
		{"4408050100000000", WIRE_IP_OPTION, 22},
		{"4408050300000000", WIRE_IP_OPTION, 22},
		{"4404050044040500", WIRE_IP_OPTION, 24},
		/* Router Alert; and one option of each kind. */
		{"94030000", WIRE_IP_OPTION, 21},
		{"83030407030444040500940400000000", WIRE_OK, UNTOLD},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct packet p = ipv4(cases[i].options);
		struct ip_problem problem;

		ck_assert_msg(check(&p, &problem) == cases[i].result, "%s: %s", cases[i].options,
			      wire_result_name(check(&p, &problem)));
		ck_assert(problem.due == (cases[i].pointer >= 0));
		if (problem.due) {
			ck_assert_uint_eq(problem.code, 0);
			ck_assert_uint_eq(problem.pointer, cases[i].pointer);
		}
		ck_assert(ip_is_plain(p.b) == !*cases[i].options);
	}
}
END_TEST

/* RFC 1122 3.2.2 */
START_TEST(some_packets_draw_no_ipv4_error)
{
	static const struct {
		uint8_t protocol, first; /* first octet after the header */
		uint8_t offset;          /* fragment offset, in units of 8 */
		bool due;
	} cases[] = {
		{6, 3, 0, true},   {1, 8, 0, true},  {1, 3, 0, false},
		{1, 4, 0, false},  {1, 5, 0, false}, {1, 11, 0, false},
		{1, 12, 0, false}, {6, 3, 1, false}, {1, 8, 1, false},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct packet p = ipv4("07000400");
		struct ip_problem problem;

		p.b[7] = cases[i].offset;
		p.b[9] = cases[i].protocol;
		p.b[24] = cases[i].first;
		ck_assert_int_eq(check(&p, &problem), WIRE_IP_OPTION);
		ck_assert_msg(problem.due == cases[i].due, "%zu", i);
	}
}
END_TEST

UNIT_MAIN("ip_rules", extension_headers, each_kind_of_option, truncated_packets, ipv4_options,
	  some_packets_draw_no_ipv4_error)
