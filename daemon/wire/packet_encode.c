/* SPDX-License-Identifier: MIT */
#include "wire/packet_encode.h"

#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/ip_numbers.h"

#include <assert.h>

static bool has(const struct segment *s, enum ip_extra part)
{
	return s->extras->parts & part;
}

/* Returns the length of IPv4 options, padded, or of IPv6 extension headers. Requires extras. */
static size_t extra_header_len(const struct segment *s)
{
	if (addr_is_v4(&s->src))
		return has(s, EXTRA_OPTIONS) ? (s->extras->options_len + 3u) & ~3u : 0;
	return has(s, EXTRA_EXTENSIONS) ? s->extras->extensions_len : 0;
}

static size_t ip_header_len(const struct segment *s)
{
	size_t plain = addr_is_v4(&s->src) ? IPV4_HEADER : IPV6_HEADER;

	return s->extras ? plain + extra_header_len(s) : plain;
}

static size_t tcp_header_len(const struct segment *s)
{
	return TCP_HEADER + ((s->opt_len + 3u) & ~3u);
}

/* Fragmented packets have no trailer. */
static size_t trailer_len(const struct segment *s)
{
	if (!s->extras || !has(s, EXTRA_TRAILER) || has(s, EXTRA_FRAGMENTS))
		return 0;
	return s->extras->trailer_len;
}

size_t packet_size(const struct segment *s)
{
	return ip_header_len(s) + tcp_header_len(s) + s->len + trailer_len(s);
}

static uint16_t length_lied(const struct segment_lie *lie, size_t truth)
{
	if (!lie->has_ip_len)
		return (uint16_t)truth;
	return (uint16_t)(lie->ip_len_adds ? truth + lie->ip_len : lie->ip_len);
}

static void ipv4_options_encode(const struct segment *s, size_t len, uint8_t *out)
{
	memset(out, IP_OPTION_EOL, len);
	memcpy(out, s->extras->options, s->extras->options_len);
}

/* Returns the sum of the addresses. */
static uint64_t ipv4_encode(const struct segment *s, size_t header, size_t total, uint8_t *out)
{
	uint16_t len = length_lied(&s->lie, total), checksum;
	uint64_t sum, addresses;

	put_u32(out, (0x40u | (uint32_t)header / 4) << 24 | (uint32_t)s->tos << 16 | len);
	put_u32(out + 4, (uint32_t)s->ip_id << 16 | (s->df ? IPV4_DF : 0));
	put_u32(out + 8, (uint32_t)s->ttl << 24 | PROTOCOL_TCP << 16);
	memcpy(out + 12, s->src.b + 12, 4);
	memcpy(out + 16, s->dst.b + 12, 4);
	addresses = checksum_words(out + 12, 2);
	sum = checksum_words(out, 3) + addresses;
	if (header > IPV4_HEADER) {
		ipv4_options_encode(s, header - IPV4_HEADER, out + IPV4_HEADER);
		sum = checksum_add(sum, out + IPV4_HEADER, header - IPV4_HEADER);
	}
	/* Correct for the length as written, so a false length does not falsify the checksum. */
	checksum = s->lie.has_ip_cksum ? s->lie.ip_cksum : checksum_fold(sum);
	put_u16(out + 10, checksum);
	return addresses;
}

/* Returns the sum of the addresses. */
static uint64_t ipv6_encode(const struct segment *s, size_t header, size_t total, uint8_t *out)
{
	put_u32(out, 6u << 28 | (uint32_t)s->tos << 20 | (s->flow & 0xfffff));
	put_u16(out + 4, length_lied(&s->lie, total - IPV6_HEADER));
	out[6] = header > IPV6_HEADER ? s->extras->first : PROTOCOL_TCP;
	out[7] = s->ttl;
	memcpy(out + 8, s->src.b, sizeof(s->src.b));
	memcpy(out + 24, s->dst.b, sizeof(s->dst.b));
	if (header > IPV6_HEADER)
		memcpy(out + IPV6_HEADER, s->extras->extensions, s->extras->extensions_len);
	return checksum_words(out + 8, 8);
}

static uint16_t checksum_lied(const struct segment_lie *lie, uint16_t truth)
{
	switch ((enum checksum_lie)lie->checksum) {
	case CHECKSUM_TRUE: break;
	/* In one's complement 0 and 0xffff are equal, so inverting 0 would give a correct
	 * checksum. */
	case CHECKSUM_BAD: return truth ? (uint16_t)~truth : 1;
	case CHECKSUM_ZERO: return 0;
	case CHECKSUM_FIXED: return lie->checksum_value;
	}
	return truth;
}

/* `len` is the number of octets of header, options and payload that are sent. `addresses` is the
 * sum of the addresses, for the pseudo-header. */
static void tcp_encode(const struct segment *s, size_t header_len, size_t len, uint64_t addresses,
		       uint8_t *out)
{
	uint32_t offset = s->lie.has_doff ? s->lie.doff : (uint32_t)header_len / 4;
	uint64_t pseudo = addresses + htonl(PROTOCOL_TCP) + htonl((uint32_t)len), sum;
	uint16_t checksum;

	put_u32(out, (uint32_t)s->sport << 16 | s->dport);
	put_u32(out + 4, s->seq);
	put_u32(out + 8, s->ack);
	put_u32(out + 12,
		offset << 28 | (s->reserved & 0x0fu) << 24 | (uint32_t)s->flags << 16 | s->window);
	put_u32(out + 16, s->urgent);
	if (s->len >= SEGMENT_OPT_MAX) /* a constant length needs no call; the payload follows */
		memcpy(out + TCP_HEADER, s->opt, SEGMENT_OPT_MAX);
	else
		memcpy(out + TCP_HEADER, s->opt, s->opt_len);
	for (size_t pad = TCP_HEADER + s->opt_len; pad < header_len; pad++)
		out[pad] = 0;
	if (s->len)
		memcpy(out + header_len, s->payload, s->len);

	if (s->lent && len == header_len + s->len && lent_has(s->lent, s->payload, s->len))
		sum = pseudo + checksum_words(out, header_len / 4) +
		      lent_sum(s->lent, s->payload, s->len);
	else
		sum = checksum_add(pseudo, out, len);
	checksum = checksum_fold(sum);
	put_u16(out + 16, checksum_lied(&s->lie, checksum));
}

size_t packet_encode(const struct segment *s, uint8_t *out, size_t size)
{
	bool v4 = addr_is_v4(&s->src);
	size_t ip_len = ip_header_len(s), header_len = tcp_header_len(s);
	size_t total = ip_len + header_len + s->len, len = header_len + s->len;
	size_t trailer = trailer_len(s);
	uint64_t addresses;

	assert(s->opt_len <= SEGMENT_OPT_MAX);
	if (s->len > IP_LENGTH_MAX || total - (v4 ? 0 : IPV6_HEADER) > IP_LENGTH_MAX)
		return 0;
	if (total + trailer > size || addr_is_v4(&s->dst) != v4)
		return 0;
	if (s->lie.has_cut && s->lie.cut < len)
		len = s->lie.cut;
	addresses = v4 ? ipv4_encode(s, ip_len, ip_len + len, out)
		       : ipv6_encode(s, ip_len, ip_len + len, out);
	tcp_encode(s, header_len, len, addresses, out + ip_len);
	if (trailer)
		memcpy(out + ip_len + len, s->extras->trailer, trailer);
	return ip_len + len + trailer;
}
