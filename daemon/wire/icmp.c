/* SPDX-License-Identifier: MIT */
#include "wire/icmp.h"

#include "base/container.h"
#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/ip_numbers.h"
#include "wire/packet_decode.h"

#define ICMP_HEADER 8
#define NONE        (-1)

/* Errors of RFC 792, RFC 1812 5.2.7 and RFC 4443 3, in the pairs of RFC 7915 4.2 and 5.2. */
static const struct {
	const char *name;
	int v4_type, v4_code;
	int v6_type, v6_code;
} errors[] = {
	{"port-unreachable", 3, 3, 1, 4},
	{"net-unreachable", 3, 0, 1, 0},
	{"host-unreachable", 3, 1, 1, 3},
	{"protocol-unreachable", 3, 2, 4, 1},
	{"admin-prohibited", 3, 13, 1, 1},
	{"time-exceeded", 11, 0, 3, 0},
	{"parameter-problem", 12, 0, 4, 0},
	{"source-quench", 4, 0, NONE, NONE},
	{"too-big", 3, 4, 2, 0},
};

#define ERRORS COUNT_OF(errors)

bool icmp_by_name(const char *name, bool v4, uint8_t *type, uint8_t *code)
{
	for (size_t i = 0; i < ERRORS; i++) {
		int t = v4 ? errors[i].v4_type : errors[i].v6_type;

		if (strcmp(errors[i].name, name) != 0 || t == NONE)
			continue;
		*type = (uint8_t)t;
		*code = (uint8_t)(v4 ? errors[i].v4_code : errors[i].v6_code);
		return true;
	}
	return false;
}

const char *icmp_name(bool v4, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < ERRORS; i++) {
		if (v4 && errors[i].v4_type == type && errors[i].v4_code == code)
			return errors[i].name;
		if (!v4 && errors[i].v6_type == type && errors[i].v6_code == code)
			return errors[i].name;
	}
	return NULL;
}

const char *icmp_name_at(size_t i)
{
	return i < ERRORS ? errors[i].name : NULL;
}

bool icmp_is_error(bool v4, uint8_t type)
{
	if (!v4)
		return type < 128;
	return (type >= 3 && type <= 5) || type == 11 || type == 12;
}

static void ipv4_header(const struct icmp *m, size_t total, uint8_t *out)
{
	memset(out, 0, IPV4_HEADER);
	out[0] = 0x40 | IPV4_HEADER / 4;
	out[1] = icmp_is_error(true, m->type) ? 0xc0 : 0; /* precedence 6, RFC 1812 4.3.2.5 */
	put_u16(out + 2, (uint16_t)total);
	put_u16(out + 6, IPV4_DF); /* permits an id of 0, RFC 6864 4.1 */
	out[8] = m->ttl;
	out[9] = PROTOCOL_ICMP;
	memcpy(out + 12, m->src.b + 12, 4);
	memcpy(out + 16, m->dst.b + 12, 4);
	put_u16(out + 10, checksum_fold(checksum_add(0, out, IPV4_HEADER)));
}

static void ipv6_header(const struct icmp *m, size_t total, uint8_t *out)
{
	put_u32(out, 6u << 28);
	put_u16(out + 4, (uint16_t)(total - IPV6_HEADER));
	out[6] = PROTOCOL_ICMPV6;
	out[7] = m->ttl;
	memcpy(out + 8, m->src.b, sizeof(m->src.b));
	memcpy(out + 24, m->dst.b, sizeof(m->dst.b));
}

size_t icmp_encode(const struct icmp *m, uint8_t *out, size_t size)
{
	bool v4 = addr_is_v4(&m->src);
	size_t ip_len = v4 ? IPV4_HEADER : IPV6_HEADER;
	size_t most = icmp_is_error(v4, m->type) ? (v4 ? 576 : 1280) : IP_LENGTH_MAX;
	size_t room = most - ip_len - ICMP_HEADER;
	size_t quote_len = m->quote_len < room ? m->quote_len : room;
	size_t len = ICMP_HEADER + quote_len;
	uint8_t *message = out + ip_len;
	uint64_t sum = 0;

	if (ip_len + len > size || addr_is_v4(&m->dst) != v4)
		return 0;
	if (v4) {
		ipv4_header(m, ip_len + len, out);
	} else {
		ipv6_header(m, ip_len + len, out);
		sum = checksum_pseudo(&m->src, &m->dst, PROTOCOL_ICMPV6, (uint32_t)len);
	}
	message[0] = m->type;
	message[1] = m->code;
	put_u16(message + 2, 0);
	put_u32(message + 4, m->rest);
	if (quote_len)
		memcpy(message + ICMP_HEADER, m->quote, quote_len);
	put_u16(message + 2, checksum_fold(checksum_add(sum, message, len)));
	return ip_len + len;
}

bool icmp_decode(const uint8_t *packet, size_t len, bool verify, struct icmp *out)
{
	struct cursor c = cursor_of(packet, len), message;
	struct segment ip;
	uint64_t sum = 0;

	if (ip_decode(&c, verify, verify, &ip) != WIRE_ICMP)
		return false;
	message = c;
	*out = (struct icmp){.src = ip.src, .dst = ip.dst, .ttl = ip.ttl};
	out->type = cursor_u8(&c);
	out->code = cursor_u8(&c);
	cursor_u16(&c); /* the checksum, verified below */
	out->rest = cursor_u32(&c);
	if (c.failed)
		return false;
	out->quote = c.at;
	out->quote_len = (uint16_t)c.left;
	if (!verify)
		return true;
	if (!addr_is_v4(&ip.src))
		sum = checksum_pseudo(&ip.src, &ip.dst, PROTOCOL_ICMPV6, (uint32_t)message.left);
	return checksum_fold(checksum_add(sum, message.at, message.left)) == 0;
}

uint32_t icmp_mtu(const struct icmp *m)
{
	return addr_is_v4(&m->src) ? m->rest & 0xffff : m->rest;
}

bool icmp_about(const struct icmp *m, struct segment *out)
{
	return icmp_is_error(addr_is_v4(&m->src), m->type) &&
	       packet_decode_start(m->quote, m->quote_len, out) == WIRE_OK;
}

uint32_t icmp_about_length(const struct icmp *m, uint32_t *header)
{
	const uint8_t *ip = m->quote;

	if (ip[0] >> 4 == 6) {
		*header = IPV6_HEADER;
		return IPV6_HEADER + (uint32_t)(ip[4] << 8 | ip[5]);
	}
	*header = (ip[0] & 15u) * 4;
	return (uint32_t)(ip[2] << 8 | ip[3]);
}
