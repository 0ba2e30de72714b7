/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "wire/icmp.h"

#include <string.h>

/* 192.0.2.1:49152 > 198.51.100.7:80  S 1000:1000(0) win 64800 [ttl 64, df, id 1] */
static const uint8_t syn4[] = {
	0x45, 0x00, 0x00, 0x28, 0x00, 0x01, 0x40, 0x00, 0x40, 0x06, 0x4e, 0x93, 0xc0, 0x00,
	0x02, 0x01, 0xc6, 0x33, 0x64, 0x07, 0xc0, 0x00, 0x00, 0x50, 0x00, 0x00, 0x03, 0xe8,
	0x00, 0x00, 0x00, 0x00, 0x50, 0x02, 0xfd, 0x20, 0x02, 0x4d, 0x00, 0x00,
};

/* 2001:db8::1.49152 > 2001:db8:0:7::2.80  S 1000:1000(0) win 64800 [ttl 64] */
static const uint8_t syn6[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x14, 0x06, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xc0, 0x00, 0x00, 0x50, 0x00,
	0x00, 0x03, 0xe8, 0x00, 0x00, 0x00, 0x00, 0x50, 0x02, 0xfd, 0x20, 0x93, 0x0d, 0x00, 0x00,
};

/* fragmentation needed, MTU 1400, hop limit 63 */
static const uint8_t too_big4[] = {
	0x45, 0xc0, 0x00, 0x44, 0x00, 0x00, 0x40, 0x00, 0x3f, 0x01, 0x4e, 0xbd, 0xc6, 0x33,
	0x64, 0x07, 0xc0, 0x00, 0x02, 0x01, 0x03, 0x04, 0xe3, 0xda, 0x00, 0x00, 0x05, 0x78,
};

/* port unreachable, hop limit 62 */
static const uint8_t port6[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x44, 0x3a, 0x3e, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x01, 0x01, 0x04, 0x3c, 0xc7, 0x00, 0x00, 0x00, 0x00,
};

static struct icmp message(const char *src, const char *dst, const char *name, uint8_t ttl,
			   const uint8_t *quote, size_t quote_len)
{
	struct icmp m = {.ttl = ttl, .quote = quote, .quote_len = (uint16_t)quote_len};

	ck_assert(addr_parse(src, &m.src) && addr_parse(dst, &m.dst));
	ck_assert(icmp_by_name(name, addr_is_v4(&m.src), &m.type, &m.code));
	return m;
}

START_TEST(an_ipv4_error_is_encoded)
{
	struct icmp m = message("198.51.100.7", "192.0.2.1", "too-big", 63, syn4, sizeof(syn4));
	uint8_t out[sizeof(too_big4) + sizeof(syn4)];

	m.rest = 1400;
	ck_assert_uint_eq(icmp_encode(&m, out, sizeof(out)), sizeof(out));
	ck_assert_mem_eq(out, too_big4, sizeof(too_big4));
	ck_assert_mem_eq(out + sizeof(too_big4), syn4, sizeof(syn4));
	for (size_t size = 0; size < sizeof(out); size++)
		ck_assert_uint_eq(icmp_encode(&m, out, size), 0);
}
END_TEST

START_TEST(an_ipv6_error_is_encoded)
{
	struct icmp m = message("2001:db8:0:7::2", "2001:db8::1", "port-unreachable", 62, syn6,
				sizeof(syn6));
	uint8_t out[sizeof(port6) + sizeof(syn6)];

	ck_assert_uint_eq(icmp_encode(&m, out, sizeof(out)), sizeof(out));
	ck_assert_mem_eq(out, port6, sizeof(port6));
	ck_assert_mem_eq(out + sizeof(port6), syn6, sizeof(syn6));
}
END_TEST

START_TEST(a_long_quote_is_truncated)
{
	static uint8_t quote[2000], out[3000];
	struct icmp m =
		message("198.51.100.7", "192.0.2.1", "time-exceeded", 63, quote, sizeof(quote));

	ck_assert_uint_eq(icmp_encode(&m, out, sizeof(out)), 576);
	m = message("2001:db8::2", "2001:db8::1", "time-exceeded", 63, quote, sizeof(quote));
	ck_assert_uint_eq(icmp_encode(&m, out, sizeof(out)), 1280);
	m.dst = (struct addr){.b = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}};
	ck_assert_uint_eq(icmp_encode(&m, out, sizeof(out)), 0);
}
END_TEST

START_TEST(names_have_the_numbers_of_each_family)
{
	static const struct {
		const char *name;
		int v4_type, v4_code, v6_type, v6_code;
	} cases[] = {
		{"port-unreachable", 3, 3, 1, 4},
		{"net-unreachable", 3, 0, 1, 0},
		{"host-unreachable", 3, 1, 1, 3},
		{"protocol-unreachable", 3, 2, 4, 1},
		{"admin-prohibited", 3, 13, 1, 1},
		{"time-exceeded", 11, 0, 3, 0},
		{"parameter-problem", 12, 0, 4, 0},
		{"source-quench", 4, 0, -1, -1},
		{"too-big", 3, 4, 2, 0},
	};
	size_t count = COUNT_OF(cases);

	for (size_t i = 0; i < count; i++) {
		uint8_t type, code;

		ck_assert_str_eq(icmp_name_at(i), cases[i].name);
		ck_assert(icmp_by_name(cases[i].name, true, &type, &code));
		ck_assert_int_eq(type, cases[i].v4_type);
		ck_assert_int_eq(code, cases[i].v4_code);
		ck_assert_str_eq(icmp_name(true, type, code), cases[i].name);
		ck_assert(icmp_by_name(cases[i].name, false, &type, &code) ==
			  (cases[i].v6_type >= 0));
		if (cases[i].v6_type < 0)
			continue;
		ck_assert_int_eq(type, cases[i].v6_type);
		ck_assert_int_eq(code, cases[i].v6_code);
		ck_assert_str_eq(icmp_name(false, type, code), cases[i].name);
	}
	ck_assert_ptr_null(icmp_name_at(count));
	ck_assert_ptr_null(icmp_name(true, 8, 0));
	ck_assert_ptr_null(icmp_name(false, 255, 255));
}
END_TEST

/* Writes an error that quotes one of the SYNs above. */
static size_t error_about(bool v4, uint8_t *out, size_t size)
{
	struct icmp m =
		v4 ? message("198.51.100.7", "192.0.2.1", "too-big", 63, syn4, sizeof(syn4))
		   : message("2001:db8:0:7::2", "2001:db8::1", "too-big", 62, syn6, sizeof(syn6));

	m.rest = 1400;
	return icmp_encode(&m, out, size);
}

static void check_about(const struct segment *about, const struct icmp *m)
{
	ck_assert(addr_equal(&about->src, &m->dst) && addr_equal(&about->dst, &m->src));
	ck_assert_uint_eq(about->sport, 49152);
	ck_assert_uint_eq(about->dport, 80);
	ck_assert_uint_eq(about->seq, 1000);
}

static void check_quoted_segment(bool v4)
{
	size_t ip = v4 ? 20 : 40;
	struct segment about;
	uint8_t packet[256];
	size_t len = error_about(v4, packet, sizeof(packet));
	struct icmp m;

	ck_assert(icmp_decode(packet, len, true, &m));
	ck_assert_str_eq(icmp_name(v4, m.type, m.code), "too-big");
	ck_assert_uint_eq(m.rest, 1400);
	ck_assert_uint_eq(m.ttl, v4 ? 63 : 62);
	ck_assert(icmp_about(&m, &about));
	check_about(&about, &m);
	ck_assert_uint_eq(about.flags, TCP_SYN);
	/* A truncated error yields the same if it contains the sequence number, and the flags if it
	 * contains them. Trace records and old routers keep only this part. */
	for (size_t cut = 0; cut < len; cut++) {
		ck_assert(!icmp_decode(packet, cut, true, &m));
		ck_assert(icmp_decode(packet, cut, false, &m) == (cut >= ip + 8));
		if (cut < ip + 8)
			continue;
		ck_assert(icmp_about(&m, &about) == (cut >= ip + 8 + ip + 8));
		if (cut < ip + 8 + ip + 8)
			continue;
		check_about(&about, &m);
		ck_assert_uint_eq(about.flags, cut >= ip + 8 + ip + 14 ? TCP_SYN : 0);
	}
}

START_TEST(an_error_names_the_quoted_segment)
{
	check_quoted_segment(true);
	check_quoted_segment(false);
}
END_TEST

static void notices_a_changed_bit(bool v4)
{
	uint8_t packet[256];
	size_t len = error_about(v4, packet, sizeof(packet));
	struct icmp m;

	for (size_t bit = 0; bit < len * 8; bit++) {
		/* Fields without a checksum: traffic class, flow label and hop limit of IPv6. */
		if (!v4 && (bit < 4 || (bit >= 8 && bit < 32) || bit / 8 == 7))
			continue;
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!icmp_decode(packet, len, true, &m), "bit %zu", bit);
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

START_TEST(each_changed_bit_of_an_error_is_detected)
{
	notices_a_changed_bit(true);
	notices_a_changed_bit(false);
}
END_TEST

/* The length in the quoted header, whatever part of the packet is quoted. */
START_TEST(the_quoted_length_is_that_of_the_header)
{
	struct icmp m = message("198.51.100.7", "192.0.2.1", "too-big", 63, syn4, 28);
	uint8_t other[sizeof(syn4)];
	uint32_t header;

	ck_assert_uint_eq(icmp_about_length(&m, &header), 40);
	ck_assert_uint_eq(header, 20);
	memcpy(other, syn4, sizeof(other));
	other[0] = 0x4f;
	other[2] = 0x05;
	other[3] = 0xdc;
	m.quote = other;
	ck_assert_uint_eq(icmp_about_length(&m, &header), 1500);
	ck_assert_uint_eq(header, 60);
	m = message("2001:db8:0:7::2", "2001:db8::1", "too-big", 62, syn6, 48);
	ck_assert_uint_eq(icmp_about_length(&m, &header), sizeof(syn6));
	ck_assert_uint_eq(header, 40);
}
END_TEST

START_TEST(only_errors_quote_segments)
{
	struct icmp m = message("198.51.100.7", "192.0.2.1", "too-big", 63, syn4, sizeof(syn4));
	uint8_t other[sizeof(syn4)];
	struct segment about;

	ck_assert(icmp_about(&m, &about));
	m.type = 8;
	ck_assert(!icmp_about(&m, &about));
	m.type = 3;
	/* UDP; a fragment other than the first. */
	memcpy(other, syn4, sizeof(other));
	m.quote = other;
	other[9] = 17;
	ck_assert(!icmp_about(&m, &about));
	other[9] = 6;
	other[7] = 1;
	ck_assert(!icmp_about(&m, &about));
	ck_assert(!icmp_decode(syn4, sizeof(syn4), true, &m));
}
END_TEST

UNIT_MAIN("icmp", an_ipv4_error_is_encoded, an_ipv6_error_is_encoded, a_long_quote_is_truncated,
	  an_error_names_the_quoted_segment, each_changed_bit_of_an_error_is_detected,
	  the_quoted_length_is_that_of_the_header, only_errors_quote_segments,
	  names_have_the_numbers_of_each_family)
