/* SPDX-License-Identifier: MIT */
#include "wire/packet_decode.h"

#include "wire/checksum.h"
#include "wire/ip_numbers.h"

const char *wire_result_name(enum wire_result r)
{
	static const char *const names[WIRE_RESULT_COUNT] = {
		[WIRE_OK] = "ok",
		[WIRE_NOT_TCP] = "not-tcp",
		[WIRE_ICMP] = "icmp",
		[WIRE_TRUNCATED] = "truncated",
		[WIRE_IP_HEADER] = "ip-header",
		[WIRE_IP_CHECKSUM] = "ip-checksum",
		[WIRE_FRAGMENT] = "fragment",
		[WIRE_TCP_SHORT] = "tcp-short",
		[WIRE_TCP_OFFSET] = "tcp-offset",
		[WIRE_TCP_CHECKSUM] = "tcp-checksum",
		[WIRE_IP_OPTION] = "ip-option",
		[WIRE_SOURCE_ROUTE] = "source-route",
		[WIRE_IPV6_OPTION] = "ipv6-option",
		[WIRE_ROUTING_HEADER] = "routing-header",
		[WIRE_NEXT_HEADER] = "next-header",
		[WIRE_FIRST_FRAGMENT] = "first-fragment",
		[WIRE_FRAGMENT_SIZE] = "fragment-size",
	};

	return names[r];
}

/* Limits `c` to the IP length. A truncated packet is accepted unless it must be `whole`. */
static bool bound(struct cursor *c, size_t len, bool whole)
{
	if (len > c->left)
		return !whole;
	c->left = len;
	return true;
}

/* The IP decoders consume the IP header and limit `c` to the IP length. */
static enum wire_result ipv4_decode(struct cursor *c, bool verify, bool whole, struct segment *out)
{
	const uint8_t *header = cursor_take(c, IPV4_HEADER);
	struct cursor h = cursor_of(header, IPV4_HEADER);
	uint16_t total, fragment;
	uint8_t header_len, protocol;

	if (!header)
		return WIRE_TRUNCATED;
	header_len = (cursor_u8(&h) & 0x0f) * 4;
	out->tos = cursor_u8(&h);
	total = cursor_u16(&h);
	out->ip_id = cursor_u16(&h);
	fragment = cursor_u16(&h);
	out->ttl = cursor_u8(&h);
	protocol = cursor_u8(&h);
	cursor_u16(&h); /* the checksum, verified below */
	addr_from_v4(&out->src, cursor_take(&h, 4));
	addr_from_v4(&out->dst, cursor_take(&h, 4));
	out->df = fragment & IPV4_DF;
	out->flow = 0;

	if (header_len < IPV4_HEADER || header_len > total)
		return WIRE_IP_HEADER;
	if (!bound(c, total - IPV4_HEADER, whole))
		return WIRE_TRUNCATED;
	cursor_take(c, header_len - IPV4_HEADER);
	if (protocol != PROTOCOL_TCP && protocol != PROTOCOL_ICMP)
		return WIRE_NOT_TCP;
	if (verify && checksum_fold(checksum_add(0, header, header_len)) != 0)
		return WIRE_IP_CHECKSUM;
	if (fragment & (IPV4_MF | IPV4_FRAGMENT))
		return WIRE_FRAGMENT;
	return protocol == PROTOCOL_TCP ? WIRE_OK : WIRE_ICMP;
}

/* Skips extension headers, RFC 8200 4. */
static enum wire_result ipv6_chain(struct cursor *c, uint8_t next)
{
	const uint8_t *ext;

	for (;; next = ext[0]) {
		switch (next) {
		case PROTOCOL_TCP: return WIRE_OK;
		case PROTOCOL_ICMPV6: return WIRE_ICMP;
		case PROTOCOL_FRAGMENT: return WIRE_FRAGMENT;
		case PROTOCOL_HOP_BY_HOP:
		case PROTOCOL_ROUTING:
		case PROTOCOL_DESTINATION: break;
		default: return WIRE_NOT_TCP;
		}
		ext = cursor_take(c, 8);
		if (!ext || !cursor_take(c, ext[1] * 8))
			return WIRE_IP_HEADER;
	}
}

static enum wire_result ipv6_decode(struct cursor *c, bool whole, struct segment *out)
{
	const uint8_t *header = cursor_take(c, IPV6_HEADER);
	struct cursor h = cursor_of(header, IPV6_HEADER);
	uint32_t first;
	uint16_t length;
	uint8_t next;

	if (!header)
		return WIRE_TRUNCATED;
	first = cursor_u32(&h);
	out->tos = (uint8_t)(first >> 20);
	out->ip_id = 0;
	out->df = false;
	out->flow = first & 0xfffff;
	length = cursor_u16(&h);
	next = cursor_u8(&h);
	out->ttl = cursor_u8(&h);
	memcpy(out->src.b, cursor_take(&h, sizeof(out->src.b)), sizeof(out->src.b));
	memcpy(out->dst.b, cursor_take(&h, sizeof(out->dst.b)), sizeof(out->dst.b));

	if (!bound(c, length, whole))
		return WIRE_TRUNCATED;
	/* In struct addr these are IPv4 addresses, so they must not be accepted in IPv6. */
	if (addr_is_v4(&out->src) || addr_is_v4(&out->dst))
		return WIRE_IP_HEADER;
	return ipv6_chain(c, next);
}

static enum wire_result tcp_decode(struct cursor *c, bool verify, struct segment *out)
{
	size_t len = c->left;
	const uint8_t *header = cursor_take(c, TCP_HEADER);
	struct cursor h = cursor_of(header, TCP_HEADER);
	uint8_t offset;
	uint64_t sum;

	if (!header)
		return WIRE_TCP_SHORT;
	out->sport = cursor_u16(&h);
	out->dport = cursor_u16(&h);
	out->seq = cursor_u32(&h);
	out->ack = cursor_u32(&h);
	offset = cursor_u8(&h);
	out->flags = cursor_u8(&h);
	out->window = cursor_u16(&h);
	cursor_u16(&h); /* the checksum, verified below */
	out->urgent = cursor_u16(&h);

	out->reserved = offset & 0x0f;
	offset = offset >> 4;
	if (offset * 4 < TCP_HEADER || offset * 4u > len)
		return WIRE_TCP_OFFSET;
	if (verify) {
		sum = checksum_pseudo(&out->src, &out->dst, PROTOCOL_TCP, (uint32_t)len);
		if (checksum_fold(checksum_add(sum, header, len)) != 0)
			return WIRE_TCP_CHECKSUM;
	}
	out->opt_len = (uint8_t)(offset * 4 - TCP_HEADER);
	memcpy(out->opt, cursor_take(c, out->opt_len), out->opt_len);
	out->payload = c->at;
	out->lent = NULL;
	out->len = (uint32_t)c->left;
	out->extras = NULL;
	out->lie = (struct segment_lie){0};
	out->when = 0;
	out->offload = false;
	return WIRE_OK;
}

enum wire_result ip_decode(struct cursor *c, bool verify, bool whole, struct segment *out)
{
	if (!c->left)
		return WIRE_TRUNCATED;
	switch (c->at[0] >> 4) {
	case 4: return ipv4_decode(c, verify, whole, out);
	case 6: return ipv6_decode(c, whole, out);
	default: return WIRE_NOT_TCP;
	}
}

/* Sets *out field by field: zeroing the whole segment first would add a tenth to the cost. */
enum wire_result packet_decode(const uint8_t *packet, size_t len, bool verify, struct segment *out)
{
	struct cursor c = cursor_of(packet, len);
	enum wire_result r = ip_decode(&c, verify, true, out);

	return r == WIRE_OK ? tcp_decode(&c, verify, out) : r;
}

enum wire_result packet_decode_start(const uint8_t *packet, size_t len, struct segment *out)
{
	struct cursor c = cursor_of(packet, len);
	enum wire_result r = ip_decode(&c, false, false, out);

	if (r != WIRE_OK)
		return r;
	out->sport = cursor_u16(&c);
	out->dport = cursor_u16(&c);
	out->seq = cursor_u32(&c);
	if (c.failed)
		return WIRE_TCP_SHORT;
	cursor_take(&c, 5); /* acknowledgment number and data offset */
	out->flags = cursor_u8(&c);
	return WIRE_OK;
}
