/* SPDX-License-Identifier: MIT */
#include "wire/ip_rules.h"

#include "base/container.h"
#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/icmp.h"
#include "wire/ip_numbers.h"
#include "wire/packet_decode.h"

#define ICMPV6_HEADER   8
#define ICMPV6_REDIRECT 137
#define NO_NEXT_HEADER  59
#define ALERT_LENGTH    4 /* RFC 2113 2.1 */

/* Codes of a Parameter Problem: the first is of RFC 792, all are of RFC 4443 3.4 and RFC 7112 5. */
enum problem_code {
	PROBLEM_FIELD = 0,
	PROBLEM_NEXT_HEADER = 1,
	PROBLEM_OPTION = 2,
	PROBLEM_FIRST_FRAGMENT = 3,
};

static enum wire_result problem_at(struct ip_problem *p, enum problem_code code, size_t pointer,
				   enum wire_result why)
{
	*p = (struct ip_problem){.due = true, .code = (uint8_t)code, .pointer = (uint32_t)pointer};
	return why;
}

/* --- IPv4 ------------------------------------------------------------------------------------- */

/* An option with a pointer to its free space, counted from 1. RFC 791 3.1: each may appear only
 * once, and only one of the source routes (RFC 1122 3.2.1.8 c). */
struct pointer_option {
	uint8_t kind;
	uint8_t least; /* minimum of the pointer */
	uint8_t group; /* a bit; a packet may have one option of each group */
};

#define GROUP_SOURCE_ROUTE 1

static const struct pointer_option pointer_option[] = {
	{IP_OPTION_LOOSE_ROUTE, 4, GROUP_SOURCE_ROUTE},
	{IP_OPTION_STRICT_ROUTE, 4, GROUP_SOURCE_ROUTE},
	{IP_OPTION_RECORD_ROUTE, 4, 2},
	{IP_OPTION_TIMESTAMP, 5, 4},
};

#define OVERFLOW_MAX       15 /* maximum of the overflow counter */
#define TIMESTAMP_ADDRESS  1  /* flags: an address precedes each timestamp */
#define TIMESTAMP_ASKED_OF 3

/* RFC 791 3.1: it is an error if the free space is too small for the entry of this host, or if
 * the overflow counter of a full timestamp option is at its maximum. */
static enum wire_result check_room(const uint8_t *packet, size_t at, struct ip_problem *p)
{
	size_t len = packet[at + 1], pointer = packet[at + 2], entry = 4;

	if (packet[at] == IP_OPTION_TIMESTAMP) {
		uint8_t flag = packet[at + 3] & 0x0f;

		if (pointer > len && packet[at + 3] >> 4 == OVERFLOW_MAX)
			return problem_at(p, PROBLEM_FIELD, at + 3, WIRE_IP_OPTION);
		if (flag == TIMESTAMP_ADDRESS || flag == TIMESTAMP_ASKED_OF)
			entry = 8;
	}
	if (pointer <= len && pointer + entry - 1 > len)
		return problem_at(p, PROBLEM_FIELD, at + 2, WIRE_IP_OPTION);
	return WIRE_OK;
}

/* `seen` has the groups of the preceding options. */
static enum wire_result check_pointer(const struct pointer_option *o, const uint8_t *packet,
				      size_t at, unsigned *seen, struct ip_problem *p)
{
	size_t len = packet[at + 1];

	if (*seen & o->group)
		return problem_at(p, PROBLEM_FIELD, at, WIRE_IP_OPTION);
	*seen |= o->group;
	if (len < o->least - 1u)
		return problem_at(p, PROBLEM_FIELD, at + 1, WIRE_IP_OPTION);
	if (packet[at + 2] < o->least)
		return problem_at(p, PROBLEM_FIELD, at + 2, WIRE_IP_OPTION);
	if (o->group != GROUP_SOURCE_ROUTE)
		return check_room(packet, at, p);
	/* The route is complete if the pointer is past its end. */
	return packet[at + 2] <= len ? WIRE_SOURCE_ROUTE : WIRE_OK;
}

/* The option is complete. */
static enum wire_result check_v4_option(const uint8_t *packet, size_t at, unsigned *seen,
					struct ip_problem *p)
{
	for (unsigned i = 0; i < COUNT_OF(pointer_option); i++)
		if (pointer_option[i].kind == packet[at])
			return check_pointer(&pointer_option[i], packet, at, seen, p);
	if (packet[at] == IP_OPTION_ALERT && packet[at + 1] < ALERT_LENGTH)
		return problem_at(p, PROBLEM_FIELD, at + 1, WIRE_IP_OPTION);
	return WIRE_OK;
}

static enum wire_result check_v4(const uint8_t *packet, size_t header, struct ip_problem *p)
{
	enum wire_result result = WIRE_OK;
	unsigned seen = 0;
	size_t len;

	for (size_t at = IPV4_HEADER; at < header && result == WIRE_OK; at += len) {
		uint8_t kind = packet[at];

		len = 1;
		if (kind == IP_OPTION_EOL)
			break;
		if (kind == IP_OPTION_NOP)
			continue;
		if (header - at < 2 || packet[at + 1] < 2 || packet[at + 1] > header - at)
			return problem_at(p, PROBLEM_FIELD, at, WIRE_IP_OPTION);
		len = packet[at + 1];
		result = check_v4_option(packet, at, &seen, p);
	}
	return result;
}

/* RFC 1122 3.2.2: no ICMP error is sent about an ICMP error or a fragment other than the first. */
static bool is_icmp_error_or_part(const uint8_t *packet, size_t len, size_t header)
{
	if (((packet[6] << 8 | packet[7]) & IPV4_FRAGMENT) != 0)
		return true;
	return packet[9] == PROTOCOL_ICMP && header < len && icmp_is_error(true, packet[header]);
}

/* --- IPv6 ------------------------------------------------------------------------------------- */

/* An iteration over the headers of a packet. All positions are octets from its start. */
struct chain {
	const uint8_t *packet;
	size_t end;     /* of the packet */
	size_t next_at; /* position of the Next Header field for the header at `at` */
	uint8_t next;   /* and its value */
	size_t at;
};

static struct chain chain_of(const uint8_t *packet, size_t len)
{
	size_t end = IPV6_HEADER + (size_t)(packet[4] << 8 | packet[5]);

	return (struct chain){.packet = packet,
			      .end = end < len ? end : len,
			      .next_at = 6,
			      .next = packet[6],
			      .at = IPV6_HEADER};
}

static bool is_extension(uint8_t next)
{
	return next == PROTOCOL_HOP_BY_HOP || next == PROTOCOL_ROUTING ||
	       next == PROTOCOL_DESTINATION || next == PROTOCOL_FRAGMENT;
}

/* Returns the length in octets of the extension header at c->at, or 0 if it is truncated. */
static size_t extension_len(const struct chain *c)
{
	size_t left = c->end - c->at, len = FRAGMENT_HEADER;

	if (left < 8)
		return 0;
	if (c->next != PROTOCOL_FRAGMENT)
		len += 8u * c->packet[c->at + 1];
	return len <= left ? len : 0;
}

static void step(struct chain *c, size_t len)
{
	c->next_at = c->at;
	c->next = c->packet[c->at];
	c->at += len;
}

/* RFC 8200 4.2: the two highest bits of an unknown option type select the action. */
static enum wire_result check_option(const struct chain *c, size_t at, struct ip_problem *p)
{
	bool to_group = c->packet[24] == 0xff;

	switch (c->packet[at] >> 6) {
	case 0: return WIRE_OK;
	case 1: return WIRE_IPV6_OPTION;
	case 3:
		if (to_group)
			return WIRE_IPV6_OPTION;
		/* fallthrough */
	default: return problem_at(p, PROBLEM_OPTION, at, WIRE_IPV6_OPTION);
	}
}

static enum wire_result check_options(const struct chain *c, size_t len, struct ip_problem *p)
{
	size_t end = c->at + len, one;

	for (size_t at = c->at + 2; at < end; at += one) {
		enum wire_result result;

		one = 1;
		if (c->packet[at] == IPV6_OPTION_PAD1)
			continue;
		if (end - at < 2 || end - at < 2u + c->packet[at + 1])
			return WIRE_IPV6_OPTION;
		one = 2u + c->packet[at + 1];
		if (c->packet[at] == IPV6_OPTION_PADN)
			continue;
		result = check_option(c, at, p);
		if (result != WIRE_OK)
			return result;
	}
	return WIRE_OK;
}

/* RFC 8200 4.4; no routing type is supported. */
static enum wire_result check_routing(const struct chain *c, struct ip_problem *p)
{
	if (c->packet[c->at + 3] == 0)
		return WIRE_OK;
	return problem_at(p, PROBLEM_FIELD, c->at + 2, WIRE_ROUTING_HEADER);
}

/* Checks that a first fragment contains all headers. `c` is after the fragment header. */
static enum wire_result check_first(struct chain c, struct ip_problem *p)
{
	size_t len;

	for (; is_extension(c.next); step(&c, len)) {
		len = extension_len(&c);
		if (!len)
			return problem_at(p, PROBLEM_FIRST_FRAGMENT, 0, WIRE_FIRST_FRAGMENT);
	}
	len = c.next == PROTOCOL_TCP ? TCP_HEADER : c.next == PROTOCOL_ICMPV6 ? ICMPV6_HEADER : 0;
	if (c.end - c.at < len)
		return problem_at(p, PROBLEM_FIRST_FRAGMENT, 0, WIRE_FIRST_FRAGMENT);
	return WIRE_OK;
}

/* RFC 8200 4.5. */
static enum wire_result check_fragment(struct chain c, struct ip_problem *p)
{
	size_t field = (size_t)(c.packet[c.at + 2] << 8 | c.packet[c.at + 3]);
	size_t offset = field & ~(size_t)7, fragment_at = c.at, len;
	bool more = field & 1;

	step(&c, FRAGMENT_HEADER);
	len = c.end - c.at;
	if (more && len % 8)
		return problem_at(p, PROBLEM_FIELD, 4, WIRE_FRAGMENT_SIZE);
	if (fragment_at - IPV6_HEADER + offset + len > IP_LENGTH_MAX)
		return problem_at(p, PROBLEM_FIELD, fragment_at + 2, WIRE_FRAGMENT_SIZE);
	/* RFC 8200 4.1: Hop-by-Hop options must follow the IPv6 header directly. Reassembly
	 * would move them there. */
	if (!offset && c.next == PROTOCOL_HOP_BY_HOP)
		return problem_at(p, PROBLEM_NEXT_HEADER, fragment_at, WIRE_NEXT_HEADER);
	/* An atomic fragment is checked as a packet, after reassembly. */
	return !offset && more ? check_first(c, p) : WIRE_OK;
}

static enum wire_result check_extension(const struct chain *c, size_t len, struct ip_problem *p)
{
	switch (c->next) {
	case PROTOCOL_HOP_BY_HOP:
		if (c->at != IPV6_HEADER) /* RFC 8200 4.1: elsewhere it counts as unknown */
			return problem_at(p, PROBLEM_NEXT_HEADER, c->next_at, WIRE_NEXT_HEADER);
		return check_options(c, len, p);
	case PROTOCOL_DESTINATION: return check_options(c, len, p);
	case PROTOCOL_ROUTING: return check_routing(c, p);
	default: return WIRE_OK;
	}
}

static enum wire_result check_v6(struct chain c, struct ip_problem *p)
{
	enum wire_result result;
	size_t len;

	for (; is_extension(c.next); step(&c, len)) {
		len = extension_len(&c);
		if (!len)
			return WIRE_IP_HEADER;
		if (c.next == PROTOCOL_FRAGMENT)
			return check_fragment(c, p);
		result = check_extension(&c, len, p);
		if (result != WIRE_OK)
			return result;
	}
	if (c.next == PROTOCOL_TCP || c.next == PROTOCOL_ICMPV6)
		return WIRE_OK;
	if (c.next == NO_NEXT_HEADER)
		return WIRE_NOT_TCP;
	return problem_at(p, PROBLEM_NEXT_HEADER, c.next_at, WIRE_NEXT_HEADER);
}

/* RFC 4443 2.4 (e): no ICMPv6 error is sent about an ICMPv6 error or a redirect. */
static bool is_icmpv6_error(struct chain c)
{
	size_t len;
	uint8_t type;

	for (; is_extension(c.next); step(&c, len)) {
		len = extension_len(&c);
		if (!len || (c.next == PROTOCOL_FRAGMENT &&
			     (c.packet[c.at + 2] || c.packet[c.at + 3] & 0xf8)))
			return false;
	}
	if (c.next != PROTOCOL_ICMPV6 || c.at == c.end)
		return false;
	type = c.packet[c.at];
	return icmp_is_error(false, type) || type == ICMPV6_REDIRECT;
}

enum wire_result ip_check(const uint8_t *packet, size_t len, struct ip_problem *problem)
{
	enum wire_result result = WIRE_OK;
	struct chain c;

	*problem = (struct ip_problem){0};
	if (len >= IPV4_HEADER && packet[0] >> 4 == 4) {
		size_t header = (packet[0] & 0x0f) * 4u;

		if (header <= len)
			result = check_v4(packet, header, problem);
		if (problem->due && is_icmp_error_or_part(packet, len, header))
			problem->due = false;
	} else if (len >= IPV6_HEADER && packet[0] >> 4 == 6) {
		c = chain_of(packet, len);
		result = check_v6(c, problem);
		if (problem->due && is_icmpv6_error(c))
			problem->due = false;
	}
	return result;
}
