/* SPDX-License-Identifier: MIT */
#include "wire/ip_rules.h"

#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/icmp.h"
#include "wire/ip_private.h"

#define FRAGMENT_HEADER 8
#define ICMPV6_HEADER   8
#define ICMPV6_REDIRECT 137
#define NO_NEXT_HEADER  59

/* Codes of a Parameter Problem: RFC 792 has the first one, RFC 4443 3.4 and RFC 7112 5 all. */
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

/* The address list of a source route is used up when the pointer is behind its end. */
static enum wire_result check_route(const uint8_t *packet, size_t at, struct ip_problem *p)
{
	size_t len = packet[at + 1];

	if (len < 3)
		return problem_at(p, PROBLEM_FIELD, at + 1, WIRE_IP_OPTION);
	return packet[at + 2] <= len ? WIRE_SOURCE_ROUTE : WIRE_OK;
}

static enum wire_result check_v4(const uint8_t *packet, size_t header, struct ip_problem *p)
{
	enum wire_result result = WIRE_OK;
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
		if (kind == IP_OPTION_LOOSE_ROUTE || kind == IP_OPTION_STRICT_ROUTE)
			result = check_route(packet, at, p);
	}
	return result;
}

/* RFC 1122 3.2.2: no error is sent about one, nor about a fragment other than the first. */
static bool is_icmp_error_or_part(const uint8_t *packet, size_t len, size_t header)
{
	if (((packet[6] << 8 | packet[7]) & IPV4_FRAGMENT) != 0)
		return true;
	return packet[9] == PROTOCOL_ICMP && header < len && icmp_is_error(true, packet[header]);
}

/* --- IPv6 ------------------------------------------------------------------------------------- */

/* A walk along the headers of a packet. Places are octets from its start. */
struct chain {
	const uint8_t *packet;
	size_t end;     /* of the packet */
	size_t next_at; /* where the kind of the header at `at` stands, */
	uint8_t next;   /* and that kind */
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

/* The octets of the header at hand, which is an extension; 0: it is not all there. */
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

/* RFC 8200 4.2: the two highest bits of a kind that is not known say what to do. */
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

/* RFC 8200 4.4; no type of routing is known here. */
static enum wire_result check_routing(const struct chain *c, struct ip_problem *p)
{
	if (c->packet[c->at + 3] == 0)
		return WIRE_OK;
	return problem_at(p, PROBLEM_FIELD, c->at + 2, WIRE_ROUTING_HEADER);
}

/* Has the first fragment all headers? `c` is behind the fragment header. */
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
	/* One that is the whole packet is judged as that. */
	return !offset && more ? check_first(c, p) : WIRE_OK;
}

static enum wire_result check_extension(const struct chain *c, size_t len, struct ip_problem *p)
{
	switch (c->next) {
	case PROTOCOL_HOP_BY_HOP:
		if (c->at != IPV6_HEADER) /* RFC 8200 4.1: it stands in front, or is unknown */
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

/* RFC 4443 2.4 (e): no error is sent about one, nor about a redirect. */
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
