/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"

#include "base/random.h"
#include "wire/checksum.h"
#include "wire/cursor.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"
#include "wire/reassembly.h"

#include <string.h>

#define PAYLOAD 3000

#define SIZE (PAYLOAD + 20) /* after the IP header */
#define HALF 1600

static uint8_t payload[PAYLOAD];
static struct reassembly r;
static struct rng rng;
static uint8_t packet[4000]; /* the whole packet */
static size_t size;

static struct segment a_segment(bool v4)
{
	struct segment s = {.sport = 40000,
			    .dport = 80,
			    .seq = 1,
			    .ack = 2,
			    .flags = TCP_ACK | TCP_PSH,
			    .window = 1000,
			    .payload = payload,
			    .ttl = 64,
			    .tos = 2};

	s.src = addr_of(v4 ? "192.0.2.7" : "2001:db8::7");
	s.dst = addr_of(v4 ? "192.0.2.1" : "2001:db8::1");
	return s;
}

static void make_packet(bool v4, uint32_t len)
{
	struct segment s = a_segment(v4);

	s.len = len;
	size = packet_encode(&s, packet, sizeof(packet));
}

/* Begins with an empty reassembly and a packet with this number of payload octets. */
static void begin_with(bool v4, uint32_t len)
{
	reassembly_free(&r);
	rng_seed(&rng, 7);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)rng_next(&rng);
	make_packet(v4, len);
}

static void begin(bool v4)
{
	begin_with(v4, PAYLOAD);
}

struct piece {
	uint8_t bytes[4000];
	size_t len;
};

static void mend_checksum(struct piece *p)
{
	put_u16(p->bytes + 10, 0);
	put_u16(p->bytes + 10, checksum_fold(checksum_add(0, p->bytes, 20)));
}

/* Returns the octets [from, from + len) after the IP header as a fragment. Does not use the code
 * under test. */
static struct piece cut(size_t from, size_t len, uint32_t id)
{
	bool v4 = packet[0] >> 4 == 4, last = from + len == size - (v4 ? 20u : 40u);
	size_t header = v4 ? 20 : 48;
	struct piece p = {.len = header + len};

	memcpy(p.bytes, packet, v4 ? 20 : 40);
	memcpy(p.bytes + header, packet + (v4 ? 20 : 40) + from, len);
	if (v4) {
		put_u16(p.bytes + 2, (uint16_t)p.len);
		put_u16(p.bytes + 4, (uint16_t)id);
		put_u16(p.bytes + 6, (uint16_t)(from / 8 | (last ? 0 : 0x2000)));
		mend_checksum(&p);
		return p;
	}
	put_u16(p.bytes + 4, (uint16_t)(p.len - 40));
	p.bytes[6] = 44;
	p.bytes[40] = 6;
	put_u16(p.bytes + 42, (uint16_t)(from | !last));
	put_u32(p.bytes + 44, id);
	return p;
}

static const uint8_t *put(const struct piece *p, nstime now, size_t *len)
{
	struct segment s;

	ck_assert_int_eq(packet_decode(p->bytes, p->len, true, &s), WIRE_FRAGMENT);
	return reassembly_put(&r, p->bytes, p->len, now, len);
}

/* Checks that this piece does not complete the packet. */
static void waits(const struct piece *p, nstime now)
{
	size_t len;

	ck_assert_ptr_null(put(p, now, &len));
}

/* Checks that this piece completes the packet. Returns the segment, whose payload is in the
 * reassembly. */
static struct segment completes(const struct piece *p, nstime now)
{
	struct segment s;
	size_t len;
	const uint8_t *whole = put(p, now, &len);

	ck_assert_ptr_nonnull(whole);
	ck_assert_int_eq(packet_decode(whole, len, true, &s), WIRE_OK);
	ck_assert_mem_eq(s.payload, payload, s.len);
	return s;
}

static void comes(size_t from, size_t len)
{
	const struct piece p = cut(from, len, 1);

	waits(&p, 0);
}

static struct piece first_half(uint32_t id)
{
	return cut(0, HALF, id);
}

static struct piece second_half(uint32_t id)
{
	return cut(HALF, SIZE - HALF, id);
}

START_TEST(fragments_in_any_order)
{
	static const size_t at[4] = {0, 8, 1008, 2008}, end[4] = {8, 1008, 2008, SIZE};

	begin(true);
	for (unsigned order = 0; order < 48; order++) {
		unsigned left = 15;

		make_packet(order % 2, PAYLOAD);
		while (left) {
			unsigned i = (unsigned)rng_below(&rng, 4);
			struct piece p = cut(at[i], end[i] - at[i], 100 + order);

			left &= ~(1u << i); /* pieces may repeat */
			if (left)
				waits(&p, 0);
			else
				ck_assert_uint_eq(completes(&p, 0).len, PAYLOAD);
		}
	}
	ck_assert_uint_eq(r.completed, 48);
	ck_assert_uint_eq(r.given_up, 0);
	reassembly_free(&r);
}
END_TEST

START_TEST(contradicting_fragments_discard_the_packet)
{
	for (unsigned v4 = 0; v4 < 2; v4++) {
		struct piece p;

		begin(v4);
		comes(0, HALF);
		p = cut(800, 800, 1);
		p.bytes[p.len - 1] ^= 1;
		waits(&p, 0);
		comes(HALF, SIZE - HALF);
		ck_assert_uint_eq(r.completed, 0);
	}
	reassembly_free(&r);
}
END_TEST

/* RFC 5722 4: over IPv6 overlapping pieces, even with equal octets, discard the packet and its
 * later pieces. RFC 8200 4.5: an exact repetition of a piece does not. */
START_TEST(ipv6_fragments_must_not_overlap)
{
	/* Applied after octets 0 to 1600 of 3020 were received in two fragments. */
	static const struct {
		size_t from, len;
		bool repeat;
	} cases[] = {
		{0, 800, true},    {800, 800, true},  {0, 8, false},       {0, 792, false},
		{8, 792, false},   {792, 8, false},   {0, 808, false},     {0, 1600, false},
		{792, 16, false},  {800, 792, false}, {808, 792, false},   {1592, 8, false},
		{1592, 16, false}, {800, 808, false}, {1592, 1428, false}, {0, 3008, false},
	};

	for (unsigned i = 0; i < 2 * COUNT_OF(cases); i++) {
		bool v4 = i % 2, joins = v4 || cases[i / 2].repeat;
		size_t from = cases[i / 2].from, len = cases[i / 2].len;
		const uint8_t *whole;
		struct piece p;
		size_t n;

		begin(v4);
		comes(800, 800);
		comes(0, 800);
		p = cut(from, len, 1);
		whole = put(&p, 0, &n);
		if (from + len < SIZE) {
			ck_assert_ptr_null(whole);
			p = second_half(1);
			whole = put(&p, 0, &n);
		}
		ck_assert_msg(!!whole == joins, "%zu", from);
		ck_assert_uint_eq(r.overlapped, !joins);
		ck_assert_uint_eq(r.completed, joins);
		reassembly_free(&r);
	}
}
END_TEST

/* The same octets, once as the last fragment and once not. */
START_TEST(a_repetition_has_the_same_flag)
{
	for (unsigned last = 0; last < 2; last++) {
		struct piece p;

		begin_with(false, HALF - 20);
		p = cut(800, 800, 1);
		p.bytes[43] = (uint8_t)((p.bytes[43] & ~1) | !last);
		waits(&p, 0);
		p.bytes[43] ^= 1;
		waits(&p, 0);
		ck_assert_uint_eq(r.overlapped, 1);
		comes(0, 800);
		ck_assert_uint_eq(r.overlapped, 1);
		reassembly_free(&r);
	}
}
END_TEST

START_TEST(octets_beyond_the_end_fill_no_hole)
{
	struct piece p;

	begin(true);
	comes(2000, 8); /* not the last fragment */
	comes(0, 8);
	p = cut(16, 8, 1);
	put_u16(p.bytes + 6, 2); /* the last fragment: 24 octets in total, of which 8 are missing */
	mend_checksum(&p);
	waits(&p, 0);
	reassembly_free(&r);
}
END_TEST

START_TEST(incomplete_packets_expire)
{
	struct piece one, two;

	begin(true);
	one = first_half(1);
	two = second_half(1);
	waits(&one, 0);
	waits(&two, REASSEMBLY_TIME + 1);
	ck_assert_uint_eq(r.given_up, 1);
	ck_assert_uint_eq(completes(&one, REASSEMBLY_TIME + 2).len, PAYLOAD);
	reassembly_free(&r);
}
END_TEST

START_TEST(the_oldest_packet_is_replaced)
{
	struct piece p;

	begin(true);
	for (unsigned id = 0; id <= REASSEMBLY_PACKETS; id++) {
		p = first_half(id);
		waits(&p, id);
	}
	ck_assert_uint_eq(r.given_up, 1);
	p = second_half(1);
	ck_assert_uint_eq(completes(&p, 100).len, PAYLOAD);
	p = second_half(0);
	waits(&p, 100);
	reassembly_free(&r);
}
END_TEST

/* RFC 3168 5.3: if one fragment is marked, the packet is. */
START_TEST(congestion_experienced_is_preserved)
{
	for (unsigned v4 = 0; v4 < 2; v4++) {
		struct piece p;

		begin(v4);
		comes(0, HALF);
		p = second_half(1);
		p.bytes[1] |= v4 ? 3 : 3 << 4;
		if (v4)
			mend_checksum(&p);
		ck_assert_uint_eq(completes(&p, 0).tos & 3, 3);
	}
	reassembly_free(&r);
}
END_TEST

START_TEST(invalid_fragments_are_rejected)
{
	struct piece p;
	size_t len;

	begin(true);
	comes(0, HALF + 1); /* not a multiple of 8, and not the last */
	p = first_half(1);
	for (size_t n = 0; n < p.len; n++)
		ck_assert_ptr_null(reassembly_put(&r, p.bytes, n, 0, &len));
	p = second_half(1);
	put_u16(p.bytes + 6, 0x1fff); /* beyond 65535 */
	ck_assert_ptr_null(reassembly_put(&r, p.bytes, p.len, 0, &len));
	for (unsigned i = 0; i < REASSEMBLY_PACKETS; i++)
		ck_assert_ptr_null(r.packet[i]);
	reassembly_free(&r);
}
END_TEST

/* RFC 6946 4: an atomic fragment is independent of fragments with the same identification. */
START_TEST(atomic_fragments_are_independent)
{
	struct piece p, atomic;

	begin_with(false, 100);
	atomic = cut(0, 120, 1);
	begin(false);
	comes(0, HALF);
	ck_assert_uint_eq(completes(&atomic, 0).len, 100);
	p = second_half(1);
	ck_assert_uint_eq(completes(&p, 0).len, PAYLOAD);
	ck_assert_uint_eq(r.completed, 2);

	/* An atomic fragment does not displace another packet, either. */
	for (unsigned id = 0; id < REASSEMBLY_PACKETS; id++) {
		p = first_half(id);
		waits(&p, id);
	}
	ck_assert_uint_eq(completes(&atomic, 100).len, 100);
	ck_assert_uint_eq(r.given_up, 0);
	reassembly_free(&r);
}
END_TEST

UNIT_MAIN("reassembly", fragments_in_any_order, contradicting_fragments_discard_the_packet,
	  ipv6_fragments_must_not_overlap, a_repetition_has_the_same_flag,
	  octets_beyond_the_end_fill_no_hole, incomplete_packets_expire,
	  the_oldest_packet_is_replaced, congestion_experienced_is_preserved,
	  invalid_fragments_are_rejected, atomic_fragments_are_independent)
