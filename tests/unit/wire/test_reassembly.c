/* SPDX-License-Identifier: MIT */
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"
#include "wire/reassembly.h"

#include "base/random.h"
#include "base/text.h"
#include "unit.h"
#include "wire/checksum.h"
#include "wire/cursor.h"

#include <string.h>

#define PAYLOAD 3000

static uint8_t payload[PAYLOAD];
static struct reassembly r;
static struct rng rng;

static void begin(void)
{
	reassembly_free(&r);
	rng_seed(&rng, 7);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)rng_next(&rng);
}

static struct segment a_segment(bool v4)
{
	struct segment s = {.sport = 40000,
			    .dport = 80,
			    .seq = 1,
			    .ack = 2,
			    .flags = TCP_ACK | TCP_PSH,
			    .window = 1000,
			    .payload = payload,
			    .len = PAYLOAD,
			    .ttl = 64,
			    .tos = 2};

	ck_assert(addr_parse(v4 ? "192.0.2.7" : "2001:db8::7", &s.src));
	ck_assert(addr_parse(v4 ? "192.0.2.1" : "2001:db8::1", &s.dst));
	return s;
}

struct piece {
	uint8_t bytes[4000];
	size_t len;
};

/* Octets [from, from + len) behind the IP header, as a fragment; written here byte by byte, not by
 * what is under test. */
static struct piece cut(const uint8_t *packet, size_t size, size_t from, size_t len, uint32_t id)
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
		put_u16(p.bytes + 10, 0);
		put_u16(p.bytes + 10, checksum_fold(checksum_add(0, p.bytes, 20)));
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

static void assert_whole(const uint8_t *whole, size_t len)
{
	struct segment s;

	ck_assert_ptr_nonnull(whole);
	ck_assert_int_eq(packet_decode(whole, len, true, &s), WIRE_OK);
	ck_assert_uint_eq(s.len, PAYLOAD);
	ck_assert_mem_eq(s.payload, payload, PAYLOAD);
}

START_TEST(pieces_in_any_order_make_the_packet)
{
	static const size_t at[4] = {0, 8, 1008, 2008}, end[4] = {8, 1008, 2008, PAYLOAD + 20};

	begin();
	for (unsigned order = 0; order < 48; order++) {
		struct segment s = a_segment(order % 2);
		uint8_t packet[4000];
		size_t size = packet_encode(&s, packet, sizeof(packet)), len = 0;
		unsigned left = 15;

		while (left) {
			unsigned i = (unsigned)rng_below(&rng, 4);
			struct piece p;
			const uint8_t *whole;

			p = cut(packet, size, at[i], end[i] - at[i], 100 + order);
			left &= ~(1u << i); /* a piece that is there already may come again */
			whole = put(&p, 0, &len);
			if (left)
				ck_assert_ptr_null(whole);
			else
				assert_whole(whole, len);
		}
	}
	ck_assert_uint_eq(r.completed, 48);
	ck_assert_uint_eq(r.given_up, 0);
	reassembly_free(&r);
}
END_TEST

START_TEST(a_piece_that_contradicts_spoils_its_packet)
{
	for (unsigned v4 = 0; v4 < 2; v4++) {
		struct segment s = a_segment(v4);
		uint8_t packet[4000];
		struct piece p;
		size_t size, len;

		begin();
		size = packet_encode(&s, packet, sizeof(packet));
		p = cut(packet, size, 0, 1600, 1);
		ck_assert_ptr_null(put(&p, 0, &len));
		p = cut(packet, size, 800, 800, 1);
		p.bytes[p.len - 1] ^= 1;
		ck_assert_ptr_null(put(&p, 0, &len));
		p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
		ck_assert_ptr_null(put(&p, 0, &len));
		ck_assert_uint_eq(r.completed, 0);
	}
	reassembly_free(&r);
}
END_TEST

/* RFC 5722 4: over IPv6 whatever overlaps spoils its packet, though the octets are the same; also
 * what comes later. What came just so before does not, RFC 8200 4.5. */
START_TEST(ipv6_pieces_do_not_overlap)
{
	/* After octets 0 to 1600 of 3020 came in two fragments. */
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
		struct segment s = a_segment(v4);
		const uint8_t *whole;
		uint8_t packet[4000];
		struct piece p;
		size_t size, len;

		begin();
		size = packet_encode(&s, packet, sizeof(packet));
		p = cut(packet, size, 800, 800, 1);
		ck_assert_ptr_null(put(&p, 0, &len));
		p = cut(packet, size, 0, 800, 1);
		ck_assert_ptr_null(put(&p, 0, &len));
		p = cut(packet, size, cases[i / 2].from, cases[i / 2].len, 1);
		whole = put(&p, 0, &len);
		if (cases[i / 2].from + cases[i / 2].len < PAYLOAD + 20) {
			ck_assert_ptr_null(whole);
			p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
			whole = put(&p, 0, &len);
		}
		ck_assert_msg(!!whole == joins, "%zu", cases[i / 2].from);
		ck_assert_uint_eq(r.overlapped, !joins);
		ck_assert_uint_eq(r.completed, joins);
		reassembly_free(&r);
	}
}
END_TEST

/* The same octets, but now as the end of the packet, or not as that. */
START_TEST(a_repeat_says_the_same_of_what_follows)
{
	for (unsigned last = 0; last < 2; last++) {
		struct segment s = a_segment(false);
		uint8_t packet[4000];
		struct piece p;
		size_t size, len;

		begin();
		s.len = 1580; /* 1600 octets of TCP */
		size = packet_encode(&s, packet, sizeof(packet));
		p = cut(packet, size, 800, 800, 1);
		p.bytes[43] = (uint8_t)((p.bytes[43] & ~1) | !last);
		ck_assert_ptr_null(put(&p, 0, &len));
		p.bytes[43] ^= 1;
		ck_assert_ptr_null(put(&p, 0, &len));
		ck_assert_uint_eq(r.overlapped, 1);
		p = cut(packet, size, 0, 800, 1);
		ck_assert_ptr_null(put(&p, 0, &len));
		ck_assert_uint_eq(r.overlapped, 1);
		reassembly_free(&r);
	}
}
END_TEST

START_TEST(a_hole_is_not_filled_by_what_lies_beyond_the_end)
{
	struct segment s = a_segment(true);
	uint8_t packet[4000];
	struct piece p;
	size_t size, len;

	begin();
	size = packet_encode(&s, packet, sizeof(packet));
	p = cut(packet, size, 2000, 8, 1); /* not the last one */
	ck_assert_ptr_null(put(&p, 0, &len));
	p = cut(packet, size, 0, 8, 1);
	ck_assert_ptr_null(put(&p, 0, &len));
	p = cut(packet, size, 16, 8, 1);
	put_u16(p.bytes + 6, 2); /* the last one: 24 octets, of which 8 are missing */
	put_u16(p.bytes + 10, 0);
	put_u16(p.bytes + 10, checksum_fold(checksum_add(0, p.bytes, 20)));
	ck_assert_ptr_null(put(&p, 0, &len));
	reassembly_free(&r);
}
END_TEST

START_TEST(it_does_not_wait_for_ever)
{
	struct segment s = a_segment(true);
	uint8_t packet[4000];
	struct piece one, two;
	const uint8_t *whole;
	size_t size, len;

	begin();
	size = packet_encode(&s, packet, sizeof(packet));
	one = cut(packet, size, 0, 1600, 1);
	two = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
	ck_assert_ptr_null(put(&one, 0, &len));
	ck_assert_ptr_null(put(&two, REASSEMBLY_TIME + 1, &len));
	ck_assert_uint_eq(r.given_up, 1);
	whole = put(&one, REASSEMBLY_TIME + 2, &len);
	assert_whole(whole, len);
	reassembly_free(&r);
}
END_TEST

START_TEST(packets_are_told_apart_and_the_oldest_gives_way)
{
	struct segment s = a_segment(true);
	uint8_t packet[4000];
	const uint8_t *whole;
	struct piece p;
	size_t size, len;

	begin();
	size = packet_encode(&s, packet, sizeof(packet));
	for (unsigned id = 0; id <= REASSEMBLY_PACKETS; id++) {
		p = cut(packet, size, 0, 1600, id);
		ck_assert_ptr_null(put(&p, id, &len));
	}
	ck_assert_uint_eq(r.given_up, 1);
	p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
	whole = put(&p, 100, &len);
	assert_whole(whole, len);
	p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 0);
	ck_assert_ptr_null(put(&p, 100, &len));
	reassembly_free(&r);
}
END_TEST

/* RFC 3168 5.3: congestion that one fragment met, the packet met. */
START_TEST(congestion_experienced_is_kept)
{
	for (unsigned v4 = 0; v4 < 2; v4++) {
		struct segment s = a_segment(v4), back;
		uint8_t packet[4000];
		const uint8_t *whole;
		struct piece p;
		size_t size, len;

		begin();
		size = packet_encode(&s, packet, sizeof(packet));
		p = cut(packet, size, 0, 1600, 1);
		ck_assert_ptr_null(put(&p, 0, &len));
		p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
		p.bytes[1] |= v4 ? 3 : 3 << 4;
		if (v4) {
			put_u16(p.bytes + 10, 0);
			put_u16(p.bytes + 10, checksum_fold(checksum_add(0, p.bytes, 20)));
		}
		whole = put(&p, 0, &len);
		ck_assert_ptr_nonnull(whole);
		ck_assert_int_eq(packet_decode(whole, len, true, &back), WIRE_OK);
		ck_assert_uint_eq(back.tos & 3, 3);
	}
	reassembly_free(&r);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct segment s = a_segment(true);
	uint8_t packet[4000];
	struct piece p;
	size_t size, len;

	begin();
	size = packet_encode(&s, packet, sizeof(packet));
	p = cut(packet, size, 0, 1601, 1); /* not whole units, and not the last */
	ck_assert_ptr_null(put(&p, 0, &len));
	p = cut(packet, size, 0, 1600, 1);
	for (size_t n = 0; n < p.len; n++)
		ck_assert_ptr_null(reassembly_put(&r, p.bytes, n, 0, &len));
	p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
	put_u16(p.bytes + 6, 0x1fff); /* beyond 65,535 */
	ck_assert_ptr_null(reassembly_put(&r, p.bytes, p.len, 0, &len));
	for (unsigned i = 0; i < REASSEMBLY_PACKETS; i++)
		ck_assert_ptr_null(r.packet[i]);
	reassembly_free(&r);
}
END_TEST

/* RFC 6946 4: a fragment that is the whole packet has nothing to do with others of its number. */
START_TEST(an_atomic_fragment_is_apart)
{
	struct segment s = a_segment(false), other = s;
	uint8_t packet[4000], small[1000];
	struct piece p, atomic;
	const uint8_t *whole;
	size_t size, len;

	begin();
	other.len = 100;
	size = packet_encode(&other, small, sizeof(small));
	atomic = cut(small, size, 0, size - 40, 1);
	size = packet_encode(&s, packet, sizeof(packet));
	p = cut(packet, size, 0, 1600, 1);
	ck_assert_ptr_null(put(&p, 0, &len));
	whole = put(&atomic, 0, &len);
	ck_assert_ptr_nonnull(whole);
	ck_assert_int_eq(packet_decode(whole, len, true, &other), WIRE_OK);
	ck_assert_uint_eq(other.len, 100);
	p = cut(packet, size, 1600, PAYLOAD + 20 - 1600, 1);
	whole = put(&p, 0, &len);
	assert_whole(whole, len);
	ck_assert_uint_eq(r.completed, 2);

	/* Nor does it need anybody's place. */
	for (unsigned id = 0; id < REASSEMBLY_PACKETS; id++) {
		p = cut(packet, size, 0, 1600, id);
		ck_assert_ptr_null(put(&p, id, &len));
	}
	ck_assert_ptr_nonnull(put(&atomic, 100, &len));
	ck_assert_uint_eq(r.given_up, 0);
	reassembly_free(&r);
}
END_TEST

UNIT_MAIN("reassembly", pieces_in_any_order_make_the_packet,
	  a_piece_that_contradicts_spoils_its_packet, ipv6_pieces_do_not_overlap,
	  a_repeat_says_the_same_of_what_follows, a_hole_is_not_filled_by_what_lies_beyond_the_end,
	  it_does_not_wait_for_ever, packets_are_told_apart_and_the_oldest_gives_way,
	  congestion_experienced_is_kept, nonsense_is_refused, an_atomic_fragment_is_apart)
