/* SPDX-License-Identifier: MIT */
#include "wire/reassembly.h"

#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/ip_numbers.h"

#include <stdlib.h>

#define UNIT       8 /* octets; the unit of fragment offsets */
#define HEADER_MAX 128
#define UNITS_MAX  (IP_LENGTH_MAX / UNIT + 1)

/* The fields that identify a packet. Compared with memcmp(), so it has no padding. */
struct packet_key {
	struct addr src, dst;
	uint32_t id;
	uint32_t protocol; /* of IPv4; or KEY_IPV6: the id alone identifies the packet */
};

#define KEY_IPV6 256

struct fragment {
	struct packet_key key;
	const uint8_t *header; /* the headers that each fragment starts with */
	unsigned header_len;
	unsigned next_at; /* IPv6: offset of the Next Header field that has the value 44 */
	uint8_t next;     /* IPv6: the Next Header value after reassembly */
	uint8_t ecn;
	bool more;
	uint32_t offset;
	const uint8_t *data;
	uint32_t len;
};

struct reassembly_packet {
	struct packet_key key;
	nstime since;
	bool spoilt;
	bool ce;             /* a fragment has ECN CE, so the packet has it: RFC 3168 5.3 */
	uint32_t total;      /* octets after the header; 0 until the last fragment arrives */
	uint32_t reach;      /* end of the received fragment with the highest offset */
	uint32_t units;      /* number of units received */
	unsigned header_len; /* 0 until the first fragment arrives */
	unsigned next_at;
	uint8_t next;
	uint8_t header[HEADER_MAX];
	uint8_t there[UNITS_MAX / 8 + 1]; /* one bit per unit: received */
	uint8_t start[UNITS_MAX / 8 + 1]; /* one bit per unit: a fragment started there */
	uint8_t data[];                   /* IP_LENGTH_MAX octets */
};

static bool read_ipv4(struct cursor *c, struct fragment *f)
{
	const uint8_t *header = c->at;
	uint16_t total, fragment;

	if (c->left < IPV4_HEADER)
		return false;
	f->header_len = (cursor_u8(c) & 0x0f) * 4u;
	f->ecn = cursor_u8(c) & 3;
	total = cursor_u16(c);
	f->key.id = cursor_u16(c);
	fragment = cursor_u16(c);
	cursor_u8(c);
	f->key.protocol = cursor_u8(c);
	cursor_u16(c);
	addr_from_v4(&f->key.src, cursor_take(c, 4));
	addr_from_v4(&f->key.dst, cursor_take(c, 4));
	if (f->header_len < IPV4_HEADER || total < f->header_len ||
	    total - IPV4_HEADER > (int)(c->left))
		return false;
	f->header = header;
	f->data = header + f->header_len;
	f->len = total - f->header_len;
	f->offset = (fragment & 0x1fffu) * UNIT;
	f->more = fragment & IPV4_MF;
	return true;
}

/* Skips the extension headers before the fragment header; `c` is after the IPv6 header. */
static bool find_fragment(struct cursor *c, uint8_t next, const uint8_t *header, struct fragment *f)
{
	const uint8_t *ext;

	f->next_at = 6;
	while (next != PROTOCOL_FRAGMENT) {
		if (next != PROTOCOL_HOP_BY_HOP && next != PROTOCOL_ROUTING &&
		    next != PROTOCOL_DESTINATION)
			return false;
		ext = cursor_take(c, 8);
		if (!ext || !cursor_take(c, ext[1] * 8))
			return false;
		f->next_at = (unsigned)(ext - header);
		next = ext[0];
	}
	f->header_len = (unsigned)(c->at - header);
	return f->header_len <= HEADER_MAX;
}

static bool read_ipv6(struct cursor *c, struct fragment *f)
{
	const uint8_t *header = c->at;
	uint16_t length, offset;
	uint8_t next;

	f->ecn = (uint8_t)(cursor_u32(c) >> 20) & 3;
	length = cursor_u16(c);
	next = cursor_u8(c);
	cursor_u8(c);
	if (c->failed || c->left < 32u + length)
		return false;
	memcpy(f->key.src.b, cursor_take(c, 16), 16);
	memcpy(f->key.dst.b, cursor_take(c, 16), 16);
	c->left = length;
	if (!find_fragment(c, next, header, f))
		return false;
	f->header = header;
	f->next = cursor_u8(c);
	cursor_u8(c);
	offset = cursor_u16(c);
	f->key.id = cursor_u32(c);
	f->key.protocol = KEY_IPV6;
	f->offset = offset & ~7u;
	f->more = offset & 1;
	f->data = c->at;
	f->len = (uint32_t)c->left;
	return !c->failed;
}

/* RFC 8200 4.5: all fragments but the last have whole units, and none exceeds 65,535. */
static bool makes_sense(const struct fragment *f)
{
	return f->len && (!f->more || f->len % UNIT == 0) &&
	       f->header_len + f->offset + f->len <= IP_LENGTH_MAX;
}

static bool read_fragment(const uint8_t *packet, size_t len, struct fragment *f)
{
	struct cursor c = cursor_of(packet, len);

	*f = (struct fragment){0};
	if (!len)
		return false;
	return (packet[0] >> 4 == 4 ? read_ipv4(&c, f) : read_ipv6(&c, f)) && makes_sense(f);
}

static void end(struct reassembly *r, struct reassembly_packet **at, bool completed)
{
	r->completed += completed;
	r->given_up += !completed;
	free(*at);
	*at = NULL;
}

static struct reassembly_packet **find(struct reassembly *r, const struct packet_key *key,
				       nstime now)
{
	struct reassembly_packet **room = NULL;

	for (unsigned i = 0; i < REASSEMBLY_PACKETS; i++) {
		struct reassembly_packet **at = &r->packet[i];

		if (*at && now - (*at)->since > REASSEMBLY_TIME)
			end(r, at, false);
		if (*at && memcmp(&(*at)->key, key, sizeof(*key)) == 0)
			return at;
		if (!room || (*room && (!*at || (*at)->since < (*room)->since)))
			room = at; /* an empty slot, or else the oldest */
	}
	if (*room)
		end(r, room, false);
	*room = calloc(1, sizeof(**room) + IP_LENGTH_MAX);
	if (*room) {
		(*room)->key = *key;
		(*room)->since = now;
	}
	return *room ? room : NULL;
}

static bool has(const uint8_t *bits, unsigned unit)
{
	return bits[unit / 8] >> (unit % 8) & 1;
}

static void mark(uint8_t *bits, unsigned unit)
{
	bits[unit / 8] |= (uint8_t)(1u << (unit % 8));
}

static bool is_there(const struct reassembly_packet *p, unsigned unit)
{
	return has(p->there, unit);
}

static bool overlaps(const struct reassembly_packet *p, const struct fragment *f)
{
	for (unsigned unit = f->offset / UNIT; unit * UNIT < f->offset + f->len; unit++)
		if (is_there(p, unit))
			return true;
	return false;
}

/* Returns true if the fragment is an exact duplicate of a received one. The fragments in *p do
 * not overlap. */
static bool is_repeat(const struct reassembly_packet *p, const struct fragment *f)
{
	unsigned first = f->offset / UNIT, end = (f->offset + f->len + UNIT - 1) / UNIT;

	if (!has(p->start, first) || f->more == (p->total == f->offset + f->len))
		return false;
	for (unsigned unit = first; unit < end; unit++)
		if (!is_there(p, unit) || (unit > first && has(p->start, unit)))
			return false;
	if (f->more && is_there(p, end) && !has(p->start, end))
		return false;
	return memcmp(p->data + f->offset, f->data, f->len) == 0;
}

/* Copies the new octets of a fragment. Returns false if it conflicts with received fragments:
 * octets differ, or over IPv6 it overlaps them and is not an exact duplicate. */
static bool add_data(struct reassembly_packet *p, const struct fragment *f)
{
	uint32_t last = f->offset + f->len;

	if (f->key.protocol == KEY_IPV6 && overlaps(p, f))
		return is_repeat(p, f);
	if (!f->more && p->total && p->total != last)
		return false;
	if (!f->more)
		p->total = last;
	if (last > p->reach)
		p->reach = last;
	if (p->total && p->reach > p->total)
		return false;
	for (uint32_t at = f->offset; at < last; at += UNIT) {
		uint32_t n = last - at < UNIT ? last - at : UNIT, unit = at / UNIT;
		const uint8_t *data = f->data + (at - f->offset);

		if (is_there(p, unit)) {
			if (memcmp(p->data + at, data, n) != 0)
				return false;
			continue;
		}
		memcpy(p->data + at, data, n);
		mark(p->there, unit);
		p->units++;
	}
	mark(p->start, f->offset / UNIT);
	return true;
}

static bool add(struct reassembly *r, struct reassembly_packet *p, const struct fragment *f)
{
	if (p->spoilt)
		return false;
	p->spoilt = !add_data(p, f);
	r->overlapped += p->spoilt;
	if (p->spoilt)
		return false;
	p->ce = p->ce || f->ecn == 3;
	if (f->offset == 0) {
		memcpy(p->header, f->header, f->header_len);
		p->header_len = f->header_len;
		p->next_at = f->next_at;
		p->next = f->next;
	}
	return p->total && p->header_len && p->units == (p->total + UNIT - 1) / UNIT;
}

/* Returns the complete packet as a single fragment. */
static struct fragment gathered(const struct reassembly_packet *p)
{
	return (struct fragment){
		.key = p->key,
		.header = p->header,
		.header_len = p->header_len,
		.next_at = p->next_at,
		.next = p->next,
		.ecn = p->ce ? 3 : 0,
		.data = p->data,
		.len = p->total,
	};
}

/* Writes the packet as if it had not been fragmented. Returns its length in octets. */
static size_t write_whole(const struct fragment *f, uint8_t *out)
{
	size_t len = f->header_len + f->len;
	bool ce = f->ecn == 3;

	memcpy(out, f->header, f->header_len);
	memcpy(out + f->header_len, f->data, f->len);
	if (f->key.protocol == KEY_IPV6) {
		put_u16(out + 4, (uint16_t)(len - IPV6_HEADER));
		out[f->next_at] = f->next;
		out[1] |= ce ? 3 << 4 : 0;
		return len;
	}
	out[1] |= ce ? 3 : 0;
	put_u16(out + 2, (uint16_t)len);
	put_u16(out + 6, 0);
	put_u16(out + 10, 0);
	put_u16(out + 10, checksum_fold(checksum_add(0, out, f->header_len)));
	return len;
}

/* RFC 6946 4: an atomic fragment is processed independently of other fragments. */
static bool is_atomic(const struct fragment *f)
{
	return f->offset == 0 && !f->more;
}

static const uint8_t *make_whole(struct reassembly *r, const struct fragment *all, size_t *len)
{
	if (!r->whole)
		r->whole = malloc(IP_LENGTH_MAX);
	if (!r->whole || all->header_len + all->len > IP_LENGTH_MAX)
		return NULL;
	*len = write_whole(all, r->whole);
	return r->whole;
}

const uint8_t *reassembly_put(struct reassembly *r, const uint8_t *fragment, size_t len, nstime now,
			      size_t *whole_len)
{
	struct reassembly_packet **at;
	const uint8_t *whole;
	struct fragment f;

	if (!read_fragment(fragment, len, &f))
		return NULL;
	if (is_atomic(&f)) {
		whole = make_whole(r, &f, whole_len);
		r->completed += whole != NULL;
		return whole;
	}
	at = find(r, &f.key, now);
	if (!at || !add(r, *at, &f))
		return NULL;
	f = gathered(*at);
	whole = make_whole(r, &f, whole_len);
	end(r, at, whole);
	return whole;
}

void reassembly_free(struct reassembly *r)
{
	for (unsigned i = 0; i < REASSEMBLY_PACKETS; i++)
		free(r->packet[i]);
	free(r->whole);
	*r = (struct reassembly){0};
}
