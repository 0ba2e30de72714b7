/* SPDX-License-Identifier: MIT */
/* Options, extension headers, trailers and fragments: from their text to octets, and decoded and
 * reassembled again. */
#include "unit.h"

#include "base/text.h"
#include "wire/fragment.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"
#include "wire/reassembly.h"

#include <stdlib.h>
#include <string.h>

static struct text hex;

static const char *hex_of(const uint8_t *bytes, size_t n)
{
	text_clear(&hex);
	text_add(&hex, "");
	text_add_hex(&hex, bytes, n);
	return text_str(&hex);
}

static void options_are(const char *text, const char *expected)
{
	struct ip_extras e = {0};
	char *error;

	ck_assert_msg(ip_options_parse(text, &e, &error), "%s: %s", text, error);
	ck_assert_uint_eq(e.parts, EXTRA_OPTIONS);
	ck_assert_str_eq(hex_of(e.options, e.options_len), expected);
}

START_TEST(options_as_text)
{
	options_are("", "");
	options_are("nop", "01");
	options_are("nop, nop ,eol", "010100");
	options_are("rr 2", "070b040000000000000000");
	options_are("rr 0", "070304");
	options_are("ts 1", "4408050000000000");
	options_are("alert", "94040000");
	options_are("lsrr 192.0.2.1 192.0.2.2,nop", "830b04c0000201c000020201");
	options_are("ssrr 192.0.2.1", "890704c0000201");
	options_are("kind 94 0102", "5e040102");
	options_are("kind 0x5e", "5e02");
	options_are("raw 5e00", "5e00");
	options_are("kind 94 "
		    "00000000000000000000000000000000000000000000000000000000000000000000000000"
		    "00",
		    "5e2800000000000000000000000000000000000000000000000000000000000000000000000000"
		    "00");
}
END_TEST

static void headers_are(const char *text, uint8_t first, const char *expected)
{
	struct ip_extras e = {0};
	char *error;

	ck_assert_msg(ip_extensions_parse(text, &e, &error), "%s: %s", text, error);
	ck_assert_uint_eq(e.parts, EXTRA_EXTENSIONS);
	ck_assert_uint_eq(e.first, first);
	ck_assert_str_eq(hex_of(e.extensions, e.extensions_len), expected);
}

START_TEST(headers_as_text)
{
	headers_are("", 6, "");
	headers_are("hop", 0, "0600010400000000");
	headers_are("hop 05020000", 0, "0600050200000100");
	headers_are("dest 1e0100", 60, "06001e0100010100");
	headers_are("dest 1e020000", 60, "06001e0200000100");
	headers_are("dest 1e03000000", 60, "06001e0300000000"); /* Pad1 */
	headers_are("dest 1e04000000ff", 60, "06001e04000000ff");
	headers_are("dest 1e05000000ff00", 60, "06011e05000000ff0001050000000000");
	headers_are("fragment", 44, "0600000000000000");
	headers_are("kind 253 aabb", 253, "0600aabb00000000");
	headers_are("hop,dest,routing 0400", 0,
		    "3c00010400000000"
		    "2b00010400000000"
		    "0600040000000000");
}
END_TEST

START_TEST(errors_are_explained)
{
	static const struct {
		bool headers;
		const char *text, *error;
	} cases[] = {
		{false, "npo",
		 "column 1: expected an IP option (nop, eol, rr, ts, lsrr, ssrr, alert, kind, "
		 "raw), "
		 "got 'npo'; did you mean 'nop'?"},
		{false, "nop nop", "column 5: expected , or the end"},
		{false, "nop,",
		 "column 5: expected an IP option (nop, eol, rr, ts, lsrr, ssrr, "
		 "alert, kind, raw)"},
		{false, "rr 11", "column 4: expected a number from 0 to 10"},
		{false, "rr 10", "column 1: expected at most 40 octets in all"},
		{false, "lsrr", "column 5: expected an IPv4 address"},
		{false, "lsrr ::1", "column 6: expected an IPv4 address"},
		{false, "kind 256", "column 6: expected a number from 0 to 255"},
		{false, "raw 0", "column 5: expected an even number of hexadecimal digits"},
		{true, "hopp",
		 "column 1: expected an IPv6 extension header (hop, dest, routing, "
		 "fragment, kind), got 'hopp'; did you mean 'hop'?"},
		{true, "kind x", "column 6: expected a number or a name"},
		{true, "hop 0", "column 5: expected an even number of hexadecimal digits"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct ip_extras e = {0};
		char *error = NULL;

		ck_assert(!(cases[i].headers ? ip_extensions_parse
					     : ip_options_parse)(cases[i].text, &e, &error));
		if (strcmp(cases[i].text, "kind x") != 0)
			ck_assert_str_eq(error, cases[i].error);
		free(error);
	}
}
END_TEST

/* Returns a SYN-ACK with 20 octets of options and 37 octets of payload. */
static struct segment segment_of(bool v4, const struct ip_extras *extras)
{
	struct segment s = {
		.sport = 80,
		.dport = 1234,
		.seq = 0x01020304,
		.ack = 0x05060708,
		.flags = TCP_SYN | TCP_ACK,
		.window = 9,
		.opt_len = 20,
		.ttl = 64,
		.df = true,
		.len = 37,
		.payload = (const uint8_t *)"thirty-seven octets of a payload ....",
		.extras = extras,
	};

	ck_assert(addr_parse(v4 ? "192.0.2.1" : "2001:db8::1", &s.src));
	ck_assert(addr_parse(v4 ? "192.0.2.2" : "2001:db8::2", &s.dst));
	memset(s.opt, 1, s.opt_len);
	return s;
}

static void decodes_to(const uint8_t *packet, size_t len, const struct segment *s)
{
	struct segment back;

	ck_assert_int_eq(packet_decode(packet, len, true, &back), WIRE_OK);
	ck_assert_ptr_null(back.extras);
	ck_assert_uint_eq(back.seq, s->seq);
	ck_assert_uint_eq(back.len, s->len);
	ck_assert_mem_eq(back.payload, s->payload, s->len);
}

START_TEST(extras_are_encoded)
{
	struct ip_extras e = {.trailer_len = 3, .trailer = "xyz"};
	struct segment plain, s;
	uint8_t packet[512];
	char *error;
	size_t len;

	ck_assert(ip_options_parse("nop,rr 1", &e, &error));
	ck_assert(ip_extensions_parse("hop,dest", &e, &error));
	e.parts |= EXTRA_TRAILER;
	for (int v4 = 0; v4 < 2; v4++) {
		size_t more = (v4 ? 8 : 16) + 3;

		plain = segment_of(v4, NULL);
		s = segment_of(v4, &e);
		len = packet_encode(&s, packet, sizeof(packet));
		ck_assert_uint_eq(len, packet_size(&s));
		ck_assert_uint_eq(len, packet_size(&plain) + more);
		ck_assert_uint_eq(packet_encode(&s, packet, len - 1), 0);
		ck_assert_uint_eq(packet_encode(&s, packet, len), len);
		ck_assert_mem_eq(packet + len - 3, "xyz", 3);
		decodes_to(packet, len, &s);
		if (v4) {
			ck_assert_uint_eq(packet[0], 0x47);
			ck_assert_str_eq(hex_of(packet + 20, 8), "0107070400000000");
			ck_assert_uint_eq(packet[2] << 8 | packet[3], len - 3);
		} else {
			ck_assert_uint_eq(packet[6], 0);
			ck_assert_uint_eq(packet[4] << 8 | packet[5], len - 3 - 40);
		}
	}
}
END_TEST

START_TEST(a_length_may_lie)
{
	uint8_t packet[512];

	for (int v4 = 0; v4 < 2; v4++) {
		struct segment s = segment_of(v4, NULL);
		const uint8_t *field = packet + (v4 ? 2 : 4);
		size_t len;

		s.lie = (struct segment_lie){
			.has_ip_len = true, .ip_len_adds = true, .ip_len = 100};
		len = packet_encode(&s, packet, sizeof(packet));
		ck_assert_uint_eq(field[0] << 8 | field[1], len - (v4 ? 0 : 40) + 100);
		s.lie.ip_len = (uint16_t)-1;
		packet_encode(&s, packet, sizeof(packet));
		ck_assert_uint_eq(field[0] << 8 | field[1], len - (v4 ? 0 : 40) - 1);
	}
}
END_TEST

/* Sends the fragments of the segment to a reassembly. Returns true if it completes the packet. */
static bool comes_through(const struct segment *s, const struct fragmenting *how, unsigned *pieces)
{
	struct reassembly r = {0};
	const uint8_t *whole = NULL;
	uint8_t packet[2048], piece[2048];
	size_t len = packet_encode(s, packet, sizeof(packet)), whole_len = 0;

	*pieces = packet_fragments(packet, len, how);
	for (unsigned i = 0; i < *pieces; i++) {
		size_t n = packet_fragment(packet, len, how, i, piece, sizeof(piece));
		struct segment seg;

		ck_assert_uint_gt(n, 0);
		ck_assert_uint_eq(packet_fragment(packet, len, how, i, piece, n - 1), 0);
		packet_fragment(packet, len, how, i, piece, n);
		if (*pieces == 1)
			break;
		ck_assert(!whole);
		ck_assert_int_eq(packet_decode(piece, n, true, &seg), WIRE_FRAGMENT);
		whole = reassembly_put(&r, piece, n, NS_PER_S, &whole_len);
	}
	ck_assert_uint_eq(packet_fragment(packet, len, how, *pieces, piece, sizeof(piece)), 0);
	if (whole)
		decodes_to(whole, whole_len, s);
	reassembly_free(&r);
	return whole;
}

START_TEST(fragments_are_reassembled)
{
	struct ip_extras e = {0};
	char *error;

	ck_assert(ip_options_parse("alert,nop", &e, &error));
	ck_assert(ip_extensions_parse("hop,dest", &e, &error));
	for (int v4 = 0; v4 < 2; v4++) {
		for (int extras = 0; extras < 2; extras++) {
			struct segment s = segment_of(v4, extras ? &e : NULL);
			/* IPv6: the part after the hop-by-hop options is fragmented, including
			 * other headers. */
			unsigned body = 77 + (!v4 && extras ? 8 : 0), pieces;

			ck_assert(comes_through(&s, &(struct fragmenting){.size = 8}, &pieces));
			ck_assert_uint_eq(pieces, (body + 7) / 8);
			ck_assert(comes_through(
				&s, &(struct fragmenting){.size = 40, .reversed = true}, &pieces));
			ck_assert_uint_eq(pieces, (body + 39) / 40);
			comes_through(&s, &(struct fragmenting){.size = 88}, &pieces);
			ck_assert_uint_eq(pieces, 1);
			comes_through(&s, &(struct fragmenting){0}, &pieces);
			ck_assert_uint_eq(pieces, 1);
		}
	}
}
END_TEST

START_TEST(overlapping_fragments_are_not_reassembled)
{
	for (int v4 = 0; v4 < 2; v4++) {
		struct segment s = segment_of(v4, NULL);
		unsigned pieces;

		ck_assert(!comes_through(&s, &(struct fragmenting){.size = 40, .overlap = 8},
					 &pieces));
		ck_assert_uint_eq(pieces, 2);
	}
}
END_TEST

START_TEST(overlapping_octets_are_inverted)
{
	const struct fragmenting how = {.size = 40, .overlap = 8};
	struct segment s = segment_of(true, NULL);
	uint8_t packet[256], piece[256];
	size_t len = packet_encode(&s, packet, sizeof(packet));

	ck_assert_uint_eq(packet_fragment(packet, len, &how, 1, piece, sizeof(piece)),
			  20 + 77 - 32);
	ck_assert_uint_eq((piece[6] << 8 | piece[7]) & 0x1fff, 32 / 8);
	for (size_t i = 0; i < 8; i++)
		ck_assert_uint_eq(piece[20 + i], (uint8_t)~packet[20 + 32 + i]);
	ck_assert_mem_eq(piece + 28, packet + 60, 37);
}
END_TEST

/* RFC 791 3.1: options whose highest bit is set are copied to each fragment. */
START_TEST(some_options_are_copied_to_each_fragment)
{
	struct ip_extras e = {0};
	struct segment s = segment_of(true, &e);
	uint8_t packet[256], piece[256];
	char *error;
	size_t len;

	ck_assert(ip_options_parse("rr 1,nop,alert,kind 222 ff", &e, &error));
	len = packet_encode(&s, packet, sizeof(packet));
	packet_fragment(packet, len, &(struct fragmenting){.size = 8}, 0, piece, sizeof(piece));
	ck_assert_uint_eq(piece[0], 0x49);
	ck_assert_mem_eq(piece + 20, packet + 20, 16);
	packet_fragment(packet, len, &(struct fragmenting){.size = 8}, 1, piece, sizeof(piece));
	ck_assert_uint_eq(piece[0], 0x47);
	ck_assert_str_eq(hex_of(piece + 20, 8), "94040000de03ff00");
}
END_TEST

START_TEST(random_packets_are_fragmented)
{
	const struct fragmenting how = {.size = 8};
	uint8_t packet[128], piece[2048];

	for (unsigned seed = 0; seed < 20000; seed++) {
		size_t len = seed % sizeof(packet);
		unsigned pieces;

		for (size_t i = 0; i < len; i++)
			packet[i] = (uint8_t)((seed + 1) * 2654435761u >> (8 + i % 16));
		if (len)
			packet[0] = (uint8_t)((seed & 1 ? 0x60 : 0x40) | (packet[0] & 0x0f));
		if (len > 6 && packet[0] >> 4 == 6)
			packet[6] = (uint8_t)(seed % 3 ? 0 : 43);
		pieces = packet_fragments(packet, len, &how);
		for (unsigned i = 0; i < pieces; i++)
			packet_fragment(packet, len, &how, i, piece, sizeof(piece));
	}
}
END_TEST

START_TEST(later_extras_are_joined_to_the_first)
{
	struct ip_extras one = {0}, other = {.parts = EXTRA_FRAGMENTS, .fragments.size = 24};
	char *error;

	ck_assert(ip_options_parse("nop", &one, &error));
	ck_assert(ip_extensions_parse("dest", &other, &error));
	ip_extras_join(&one, &other);
	ck_assert_uint_eq(one.parts, EXTRA_OPTIONS | EXTRA_EXTENSIONS | EXTRA_FRAGMENTS);
	ck_assert_uint_eq(one.options_len, 1);
	ck_assert_uint_eq(one.options[0], 1);
	ck_assert_uint_eq(one.extensions_len, 8);
	ck_assert_uint_eq(one.fragments.size, 24);
	ck_assert(ip_options_parse("alert", &other, &error));
	ip_extras_join(&one, &other);
	ck_assert_uint_eq(one.options_len, 4);
	text_free(&hex);
}
END_TEST

UNIT_MAIN("ip_extras", options_as_text, headers_as_text, errors_are_explained, extras_are_encoded,
	  a_length_may_lie, fragments_are_reassembled, overlapping_fragments_are_not_reassembled,
	  overlapping_octets_are_inverted, some_options_are_copied_to_each_fragment,
	  random_packets_are_fragmented, later_extras_are_joined_to_the_first)
