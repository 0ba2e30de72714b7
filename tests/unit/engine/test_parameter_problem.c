/* SPDX-License-Identifier: MIT */
/* Packets that violate the rules of IP: they never reach TCP, and virtual addresses send an ICMP
 * error. */
#include "addresses.h"
#include "alone.h"
#include "one_client.h"

#include "engine/receive.h"
#include "wire/fragment.h"
#include "wire/icmp.h"
#include "wire/ip_extras.h"
#include "wire/ip_rules.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <string.h>

#define VIRTUAL  "2001:db8::1"
#define OWNED    "2001:db8::2"
#define CLIENT   "2001:db8:1::7"
#define STRANGER "2001:db8:2::7"

/* The ICMP errors that were sent. */
static struct {
	unsigned count;
	size_t len; /* of the last one */
	uint8_t packet[2000];
} problem;

static void tell(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		 nstime when)
{
	if (packet[0] >> 4 == 4 ? packet[9] != 1 : packet[6] != 58) {
		deliver(l, to, packet, len, when);
		return;
	}
	problem.count++;
	problem.len = len;
	ck_assert_uint_le(len, sizeof(problem.packet));
	memcpy(problem.packet, packet, len);
}

static const struct link_ops ops = {.kind = "test", .send = tell, .flush = flush_nothing};

static void begin(uint32_t amplification)
{
	static char *const address[] = {VIRTUAL, OWNED, "192.0.2.1", "192.0.2.2"};
	struct allowed clients[2] = {{.amplification = amplification}};
	struct endpoint e[4];

	client_begin("discard", "");
	the_link.ops = &ops;
	the_link.live = true;
	memset(&problem, 0, sizeof(problem));
	for (unsigned i = 0; i < 4; i++)
		e[i] = endpoint_at(address[i], i + 1, i % 2);
	clients[0].network = prefix_of("2001:db8:1::/48");
	clients[1].network = prefix_of("192.0.2.0/24");
	responder_use(&responder, endpoint_index_build(e, 4, clients, 2));
}

static void finish(void)
{
	client_end();
}

static size_t syn(uint8_t packet[512], const char *from, const char *to, const char *headers)
{
	static uint16_t port = CLIENT_PORT; /* another port in each call */
	struct ip_extras extras = {0};
	struct segment s = syn_from(from, port++, to);
	char *error;

	s.extras = &extras;
	ck_assert(addr_is_v4(&s.src) ? ip_options_parse(headers, &extras, &error)
				     : ip_extensions_parse(headers, &extras, &error));
	return packet_encode(&s, packet, 512);
}

static void arrives(const uint8_t *packet, size_t len, bool owned)
{
	const struct frame f = {.packet = packet, .len = len, .when = the_time, .owned = owned};

	responder_frame(&responder, &the_link, &f);
}

static void expect_answer(const char *from, const char *to, bool owned)
{
	uint64_t before = responder.counter[COUNT_SEGMENTS_OUT];
	uint8_t packet[512];

	the_time += NS_PER_MS;
	arrives(packet, syn(packet, from, to, ""), owned);
	ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], before + 1);
}

/* Checks that the last Parameter Problem has this code and pointer, and quotes this packet. */
static void expect_told(uint8_t code, uint32_t pointer, const uint8_t *about, size_t len)
{
	const struct addr from = addr_of(VIRTUAL), to = addr_of(CLIENT);
	struct icmp m;

	ck_assert(icmp_decode(problem.packet, problem.len, true, &m));
	ck_assert(addr_equal(&m.src, &from) && addr_equal(&m.dst, &to));
	ck_assert_uint_eq(m.type, 4);
	ck_assert_uint_eq(m.code, code);
	ck_assert_uint_eq(m.rest, pointer);
	ck_assert_uint_eq(m.quote_len, len);
	ck_assert_mem_eq(m.quote, about, len);
}

static const struct {
	const char *headers;
	enum wire_result why;
	int code; /* -1: no error is sent */
	uint32_t pointer;
} refused[] = {
	{"hop 5e020000", WIRE_IPV6_OPTION, -1, 0},
	{"hop 9e020000", WIRE_IPV6_OPTION, 2, 42},
	{"dest de020000", WIRE_IPV6_OPTION, 2, 42},
	{"hop,dest de020000", WIRE_IPV6_OPTION, 2, 50},
	{"routing 0001", WIRE_ROUTING_HEADER, 0, 42},
	{"hop,routing fd07", WIRE_ROUTING_HEADER, 0, 50},
	{"kind 253", WIRE_NEXT_HEADER, 1, 6},
	{"hop,kind 253", WIRE_NEXT_HEADER, 1, 40},
	{"dest,hop", WIRE_NEXT_HEADER, 1, 40},
};

START_TEST(virtual_addresses_send_errors)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		bool tells = refused[i].code >= 0;
		uint8_t packet[512];
		size_t len;

		begin(0);
		len = syn(packet, CLIENT, VIRTUAL, refused[i].headers);
		arrives(packet, len, false);
		ck_assert_msg(problem.count == tells, "%s", refused[i].headers);
		if (tells)
			expect_told((uint8_t)refused[i].code, refused[i].pointer, packet, len);
		ck_assert_uint_eq(responder.wire[refused[i].why], 1);
		ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], 0);
		ck_assert_uint_eq(responder.counter[COUNT_HALF_OPEN], 0);
		expect_answer(CLIENT, VIRTUAL, false);
		finish();
	}
}
END_TEST

/* No error is sent for an address of the kernel, to a stranger, or to an unanswerable address. */
START_TEST(other_addresses_send_no_errors)
{
	static const struct {
		const char *from, *to;
		bool owned;
		enum responder_counter why; /* counted in addition to that of the decoder */
	} cases[] = {
		{CLIENT, OWNED, true, COUNT_COUNT},
		{CLIENT, "2001:db8::99", false, COUNT_COUNT},
		{STRANGER, VIRTUAL, false, COUNT_CLIENT_REFUSED},
		{"ff02::1", VIRTUAL, false, COUNT_UNANSWERABLE},
		{"::", VIRTUAL, false, COUNT_UNANSWERABLE},
		{"::1", VIRTUAL, false, COUNT_LOOPBACK},
		{VIRTUAL, VIRTUAL, false, COUNT_OWN_SOURCE},
		{CLIENT, "ff02::1", false, COUNT_COUNT},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (size_t k = 0; k < COUNT_OF(refused); k++) {
			uint8_t packet[512];

			begin(0);
			arrives(packet, syn(packet, cases[i].from, cases[i].to, refused[k].headers),
				cases[i].owned);
			ck_assert_uint_eq(problem.count, 0);
			ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], 0);
			if (cases[i].why != COUNT_COUNT)
				ck_assert_uint_eq(responder.counter[cases[i].why],
						  refused[k].code >= 0);
			finish();
		}
	}
	begin(0);
	expect_answer(CLIENT, OWNED, true);
	finish();
}
END_TEST

/* RFC 4443 2.4 (f): a burst of ten, then ten per second. */
START_TEST(errors_are_rate_limited)
{
	uint8_t packet[512];
	size_t len;

	begin(0);
	len = syn(packet, CLIENT, VIRTUAL, "dest de020000");
	for (unsigned i = 0; i < 30; i++)
		arrives(packet, len, false);
	ck_assert_uint_eq(problem.count, 10);
	ck_assert_uint_eq(responder.counter[COUNT_ICMP_LIMITED], 20);
	for (unsigned i = 0; i < 1000; i++) {
		the_time += NS_PER_S / 100;
		arrives(packet, len, false);
	}
	ck_assert_uint_ge(problem.count, 109);
	ck_assert_uint_le(problem.count, 111);
	the_time += 60 * NS_PER_S;
	problem.count = 0;
	for (unsigned i = 0; i < 30; i++)
		arrives(packet, len, false);
	ck_assert_uint_eq(problem.count, 10);
	finish();
}
END_TEST

/* The client's bound applies: each error is longer than the packet that it quotes. */
START_TEST(errors_are_within_the_clients_bound)
{
	for (uint32_t bound = 1; bound <= 3; bound++) {
		uint8_t packet[512];
		size_t len;

		begin(bound);
		len = syn(packet, CLIENT, VIRTUAL, "dest de020000");
		arrives(packet, len, false);
		ck_assert_uint_eq(problem.count, bound > 1);
		ck_assert_uint_eq(responder.counter[COUNT_OVER_BUDGET], bound == 1);
		ck_assert_uint_le(amplification_octets(problem.len),
				  bound * amplification_octets(len));
		finish();
	}
}
END_TEST

/* Receives the packet in fragments of this size, in order. */
static void arrives_in_fragments(const uint8_t *packet, size_t len, uint16_t size)
{
	const struct fragmenting how = {.size = size};
	unsigned pieces = packet_fragments(packet, len, &how);

	ck_assert_uint_gt(pieces, 1);
	for (unsigned i = 0; i < pieces; i++) {
		uint8_t piece[512];

		arrives(piece, packet_fragment(packet, len, &how, i, piece, sizeof(piece)), false);
	}
}

/* A header after the fragment header is checked when the packet is complete. */
START_TEST(a_packet_in_fragments)
{
	uint8_t packet[512];
	size_t len;

	begin(0);
	len = syn(packet, CLIENT, VIRTUAL, "dest de020000");
	arrives_in_fragments(packet, len, 32);
	ck_assert_uint_eq(problem.count, 1);
	expect_told(2, 42, packet, len);
	ck_assert_uint_eq(responder.counter[COUNT_REASSEMBLED], 1);
	ck_assert_uint_eq(responder.wire[WIRE_IPV6_OPTION], 1);
	ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], 0);
	the_time += NS_PER_S;
	len = syn(packet, CLIENT, VIRTUAL, "dest 1e020000");
	arrives_in_fragments(packet, len, 32);
	ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], 1);
	finish();
}
END_TEST

/* RFC 7112 5: over IPv6 the first fragment must contain the whole TCP header; over IPv4 it need
 * not. */
START_TEST(a_first_fragment_without_tcp)
{
	uint8_t packet[512];

	for (uint16_t size = 8; size <= 24; size += 8) {
		begin(0);
		arrives_in_fragments(packet, syn(packet, CLIENT, VIRTUAL, ""), size);
		ck_assert_uint_eq(problem.count, size < 20);
		ck_assert_uint_eq(responder.wire[WIRE_FIRST_FRAGMENT], size < 20);
		ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], size >= 20);
		arrives_in_fragments(packet, syn(packet, "192.0.2.7", "192.0.2.1", ""), size);
		ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], 1 + (size >= 20));
		finish();
	}
}
END_TEST

START_TEST(overlapping_fragments)
{
	const struct fragmenting how = {.size = 24};
	uint8_t packet[512], first[512], second[512];
	size_t len, first_len, second_len;

	for (unsigned repeat = 0; repeat < 2; repeat++) {
		begin(0);
		len = syn(packet, CLIENT, VIRTUAL, "");
		first_len = packet_fragment(packet, len, &how, 0, first, sizeof(first));
		second_len = packet_fragment(packet, len, &how, 1, second, sizeof(second));
		arrives(first, first_len, false);
		if (!repeat) {
			/* A fragment of only its last 8 octets. */
			memmove(first + 48, first + 64, 8);
			first_len -= 16;
			first[5] = 16;
			first[43] = 16 | 1;
		}
		arrives(first, first_len, false);
		arrives(second, second_len, false);
		ck_assert_uint_eq(responder.counter[COUNT_OVERLAPS], !repeat);
		ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], repeat);
		ck_assert_uint_eq(problem.count, 0);
		expect_answer(CLIENT, VIRTUAL, false);
		finish();
	}
}
END_TEST

START_TEST(ipv4_options)
{
	static const struct {
		const char *options;
		enum wire_result why; /* WIRE_OK: it draws a SYN-ACK */
		int pointer;          /* -1: no error is sent */
	} cases[] = {
		{"rr 2,ts 2,nop", WIRE_OK, -1},
		{"kind 222 0000", WIRE_OK, -1},
		{"lsrr 192.0.2.9", WIRE_SOURCE_ROUTE, -1},
		{"ssrr 192.0.2.9 192.0.2.10", WIRE_SOURCE_ROUTE, -1},
		{"raw 830708c0000209", WIRE_OK, -1},
		{"raw 07000400", WIRE_IP_OPTION, 20},
		{"raw de090000", WIRE_IP_OPTION, 20},
	};

	for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
		bool answered = cases[i / 2].why == WIRE_OK;
		bool tells = cases[i / 2].pointer >= 0 && i % 2 == 0;
		const char *to = i % 2 ? "192.0.2.2" : "192.0.2.1";
		uint8_t packet[512];
		struct icmp m;
		size_t len;

		begin(0);
		len = syn(packet, "192.0.2.7", to, cases[i / 2].options);
		arrives(packet, len, i % 2);
		ck_assert_msg(responder.counter[COUNT_SEGMENTS_OUT] == answered, "%s",
			      cases[i / 2].options);
		ck_assert_uint_eq(responder.wire[cases[i / 2].why], 1);
		ck_assert_uint_eq(problem.count, tells);
		if (tells) {
			ck_assert(icmp_decode(problem.packet, problem.len, true, &m));
			ck_assert_uint_eq(m.type, 12);
			ck_assert_uint_eq(m.code, 0);
			ck_assert_uint_eq(m.rest, (uint32_t)cases[i / 2].pointer << 24);
			ck_assert_uint_eq(m.quote_len, len);
			ck_assert_mem_eq(m.quote, packet, len);
		}
		expect_answer("192.0.2.8", to, i % 2);
		finish();
	}
}
END_TEST

UNIT_MAIN("parameter_problem", virtual_addresses_send_errors, other_addresses_send_no_errors,
	  errors_are_rate_limited, errors_are_within_the_clients_bound, a_packet_in_fragments,
	  a_first_fragment_without_tcp, overlapping_fragments, ipv4_options)
