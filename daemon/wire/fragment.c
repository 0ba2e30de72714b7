/* SPDX-License-Identifier: MIT */
#include "wire/fragment.h"

#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/ip_numbers.h"

/* A packet to be fragmented. */
struct whole {
	const uint8_t *packet;
	bool v4;
	size_t header;  /* octets that each fragment starts with */
	size_t at_next; /* IPv6: offset of the last Next Header field in `header` */
	const uint8_t *body;
	size_t len;
};

/* Finds the end of the headers that each fragment repeats: the ones that routers process (RFC
 * 8200 4.5). */
static bool ipv6_header(struct whole *w, size_t len)
{
	size_t end = IPV6_HEADER, at_next = 6;
	uint8_t next = w->packet[6];

	w->header = end;
	w->at_next = at_next;
	while (next == PROTOCOL_HOP_BY_HOP || next == PROTOCOL_ROUTING ||
	       next == PROTOCOL_DESTINATION) {
		size_t ext = end;

		if (len < ext + 8)
			return false;
		end += 8 + 8u * w->packet[ext + 1];
		if (end > len)
			return false;
		if (next != PROTOCOL_DESTINATION) {
			w->header = end;
			w->at_next = ext;
		}
		next = w->packet[ext];
	}
	return true;
}

static bool look_at(struct whole *w, const uint8_t *packet, size_t len)
{
	*w = (struct whole){.packet = packet, .v4 = len && packet[0] >> 4 == 4};
	if (len < (w->v4 ? IPV4_HEADER : IPV6_HEADER))
		return false;
	if (w->v4)
		w->header = (packet[0] & 0x0f) * 4u;
	else if (!ipv6_header(w, len))
		return false;
	if (w->header < (w->v4 ? IPV4_HEADER : IPV6_HEADER) || w->header > len)
		return false;
	w->body = packet + w->header;
	w->len = len - w->header;
	return true;
}

unsigned packet_fragments(const uint8_t *packet, size_t len, const struct fragmenting *how)
{
	struct whole w;

	if (!how->size || !look_at(&w, packet, len) || w.len <= how->size)
		return 1;
	return (unsigned)((w.len + how->size - 1) / how->size);
}

/* Returns the length of the IPv4 option, in octets, or 0 if it is malformed or EOL. */
static size_t option_length(const uint8_t *option, size_t left)
{
	if (option[0] == IP_OPTION_EOL)
		return 0;
	if (option[0] == IP_OPTION_NOP)
		return 1;
	return left < 2 || option[1] < 2 || option[1] > left ? 0 : option[1];
}

/* Copies the options with the copied flag (the highest bit), RFC 791 3.1. Returns their length
 * in octets, padded to 32 bits. */
static size_t copied_options(const uint8_t *options, size_t len, uint8_t *out)
{
	size_t n = 0, one;

	for (size_t at = 0; at < len && (one = option_length(options + at, len - at)); at += one) {
		if (!(options[at] & 0x80))
			continue;
		memcpy(out + n, options + at, one);
		n += one;
	}
	while (n % 4)
		out[n++] = IP_OPTION_EOL;
	return n;
}

/* A fragment id, the same for all fragments and for an identical packet. */
static uint16_t number_of(const struct whole *w)
{
	return checksum_fold(checksum_add(0, w->body, w->len)) | 1;
}

static size_t ipv4_write(const struct whole *w, size_t from, size_t len, bool last, uint8_t *out)
{
	size_t header = w->header;
	uint16_t id;

	memcpy(out, w->packet, header);
	if (from) {
		header = IPV4_HEADER + copied_options(w->packet + IPV4_HEADER,
						      w->header - IPV4_HEADER, out + IPV4_HEADER);
		out[0] = (uint8_t)(0x40 | header / 4);
	}
	id = (uint16_t)(out[4] << 8 | out[5]);
	put_u16(out + 2, (uint16_t)(header + len));
	put_u16(out + 4, id ? id : number_of(w));
	put_u16(out + 6, (uint16_t)(from / 8 | (last ? 0 : IPV4_MF)));
	put_u16(out + 10, 0);
	put_u16(out + 10, checksum_fold(checksum_add(0, out, header)));
	return header;
}

static size_t ipv6_write(const struct whole *w, size_t from, size_t len, bool last, uint8_t *out)
{
	uint8_t *fragment = out + w->header;

	memcpy(out, w->packet, w->header);
	fragment[0] = out[w->at_next];
	fragment[1] = 0;
	put_u16(fragment + 2, (uint16_t)(from | !last));
	put_u32(fragment + 4, number_of(w) * 0x10001u);
	out[w->at_next] = PROTOCOL_FRAGMENT;
	put_u16(out + 4, (uint16_t)(w->header + FRAGMENT_HEADER - IPV6_HEADER + len));
	return w->header + FRAGMENT_HEADER;
}

size_t packet_fragment(const uint8_t *packet, size_t len, const struct fragmenting *how, unsigned n,
		       uint8_t *out, size_t size)
{
	unsigned pieces = packet_fragments(packet, len, how);
	size_t from, end, header;
	struct whole w;

	if (n >= pieces || !look_at(&w, packet, len))
		return 0;
	if (how->reversed)
		n = pieces - 1 - n;
	end = (n + 1u) * how->size;
	if (end > w.len || pieces == 1)
		end = w.len;
	from = n ? (size_t)n * how->size - how->overlap : 0;
	if (w.header + FRAGMENT_HEADER + end - from > size)
		return 0;
	header = w.v4 ? ipv4_write(&w, from, end - from, n + 1 == pieces, out)
		      : ipv6_write(&w, from, end - from, n + 1 == pieces, out);
	memcpy(out + header, w.body + from, end - from);
	for (size_t i = 0; n && i < how->overlap; i++)
		out[header + i] = (uint8_t)~out[header + i];
	return header + end - from;
}
