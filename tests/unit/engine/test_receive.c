/* SPDX-License-Identifier: MIT */
/* The sources and destinations that the responder accepts. */
#include "addresses.h"
#include "one_client.h"

#include "engine/advance.h"
#include "engine/receive.h"
#include "wire/fragment.h"
#include "wire/icmp.h"
#include "wire/ip_extras.h"
#include "wire/packet_encode.h"
#include "wire/reassembly.h"

#include <string.h>

static const struct fragmenting halves = {.size = 16}, with_header = {.size = 24};

static void arrives(const uint8_t *packet, size_t len)
{
	const struct frame frame = {.packet = packet, .len = len, .when = ++the_time};

	responder_frame(&responder, &the_link, &frame);
}

/* Sends the first or the second fragment of a SYN. */
static void sends_half(const struct addr *from, const struct addr *to, uint16_t id, unsigned half)
{
	const struct segment syn = {.src = *from,
				    .dst = *to,
				    .sport = CLIENT_PORT,
				    .dport = SERVER_PORT,
				    .seq = client.seq,
				    .flags = TCP_SYN,
				    .window = 65535,
				    .ttl = 64,
				    .ip_id = id};
	uint8_t packet[100], piece[100];
	size_t len = packet_encode(&syn, packet, sizeof(packet));

	len = packet_fragment(packet, len, &halves, half, piece, sizeof(piece));
	ck_assert_uint_gt(len, 0);
	arrives(piece, len);
}

/* Fragments from strangers, and to other addresses, do not displace fragments in the reassembly. */
START_TEST(other_fragments_displace_none)
{
	struct addr stranger, other;

	client_begin("discard", "");
	use_clients("192.0.2.0/24");
	addr_parse("203.0.113.9", &stranger);
	addr_parse("198.51.100.9", &other);
	sends_half(&client.address, &client.to, 1, 0);
	for (uint16_t id = 1; id <= REASSEMBLY_PACKETS; id++) {
		sends_half(&stranger, &client.to, id, 0);
		sends_half(&client.address, &other, id, 0);
	}
	ck_assert_uint_eq(responder.counter[COUNT_CLIENT_REFUSED], REASSEMBLY_PACKETS);
	ck_assert_uint_eq(responder.counter[COUNT_NOT_OURS], REASSEMBLY_PACKETS);
	ck_assert_uint_eq(client.flags, 0);
	sends_half(&client.address, &client.to, 1, 1);
	ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
	client.seq++;
	sends(TCP_ACK, "");
	ck_assert_uint_eq(responder.counter[COUNT_CONNECTIONS], 1);
	client_end();
}
END_TEST

/* A reload removes the client while its connection is half open. */
START_TEST(a_removed_client_is_not_answered)
{
	for (int stays = 0; stays < 2; stays++) {
		client_begin("discard", "");
		sends(TCP_SYN, "");
		ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
		if (!stays)
			use_clients("203.0.113.0/24");
		client.flags = 0;
		responder_advance(&responder, the_time + 5 * NS_PER_S);
		ck_assert_uint_eq(client.flags, stays ? TCP_SYN | TCP_ACK : 0);
		ck_assert(stays == !responder.counter[COUNT_REFUSED]);
		client_end();
	}
}
END_TEST

/* --- addresses that are invalid in packets ---------------------------------------------------- */

#define VIRTUAL_V4 "198.51.100.1"
#define VIRTUAL_V6 "2001:db8::1"
#define OWNED_V4   "198.51.100.2"
#define OWNED_V6   "2001:db8::2"

/* Link addresses of the received packets. */
static struct path back;

/* Defines endpoints at virtual and owned addresses, and on loopback. All addresses are clients. */
static void addresses_begin(bool live, bool loopback)
{
	static char *const address[] = {VIRTUAL_V4, VIRTUAL_V6,  OWNED_V4,
					OWNED_V6,   "127.0.0.1", "::1"};
	struct allowed all[2] = {0};
	struct endpoint e[6];

	client_begin("discard", "");
	the_link.live = live;
	the_link.loopback = loopback;
	for (unsigned i = 0; i < 6; i++)
		e[i] = endpoint_at(address[i], i + 1, i >= 2);
	all[0].network = prefix_of("0.0.0.0/0");
	all[1].network = prefix_of("::/0");
	responder_use(&responder, endpoint_index_build(e, 6, all, 2));
}

static void addresses_end(void)
{
	memset(&back, 0, sizeof(back));
	client_end();
}

/* Kinds of packets that the responder handles. */
enum kind { PLAIN, SPOILT, FRAGMENTED, ICMP_ERROR, KINDS };

static bool is_owned(const struct addr *a)
{
	struct addr owned;

	return addr_is_loopback(a) || (addr_parse(OWNED_V4, &owned) && addr_equal(&owned, a)) ||
	       (addr_parse(OWNED_V6, &owned) && addr_equal(&owned, a));
}

static void brings(enum kind kind, const char *from, uint16_t port, const char *to)
{
	struct segment syn = syn_from(from, port, to);
	uint8_t packet[200], piece[200];
	struct frame frame = {.packet = packet, .when = ++the_time, .path = back};

	syn.ip_id = (uint16_t)the_time;
	frame.owned = is_owned(&syn.dst);
	if (kind == SPOILT)
		syn.lie.checksum = CHECKSUM_BAD;
	frame.len = packet_encode(&syn, packet, sizeof(packet));
	if (kind == ICMP_ERROR) {
		const struct icmp m = {.src = syn.src,
				       .dst = syn.dst,
				       .type = addr_is_v4(&syn.src) ? 3 : 1,
				       .ttl = 64,
				       .quote = packet,
				       .quote_len = (uint16_t)frame.len};

		frame.packet = piece;
		frame.len = icmp_encode(&m, piece, sizeof(piece));
	}
	if (kind != FRAGMENTED) {
		responder_frame(&responder, &the_link, &frame);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		struct frame part = frame;

		part.packet = piece;
		part.len =
			packet_fragment(packet, frame.len, &with_header, i, piece, sizeof(piece));
		responder_frame(&responder, &the_link, &part);
	}
}

/* Checks that each kind of packet is discarded for this reason, without a trace record or state. */
static void expect_discarded(const char *from, uint16_t port, const char *to,
			     enum responder_counter why)
{
	for (enum kind kind = 0; kind < KINDS; kind++) {
		uint64_t before[COUNT_COUNT];

		memcpy(before, responder.counter, sizeof(before));
		brings(kind, from, port, to);
		for (int i = 0; i < COUNT_COUNT; i++)
			ck_assert_msg((responder.counter[i] > before[i]) == (i == (int)why),
				      "%s > %s, kind %d: %s", from, to, kind,
				      responder_counter_name((enum responder_counter)i));
		ck_assert_uint_eq(responder.trace.added, 0);
		for (unsigned i = 0; i < REASSEMBLY_PACKETS; i++)
			ck_assert_ptr_null(responder.reassembly.packet[i]);
	}
}

static void expect_answered(const char *from, uint16_t port, const char *to)
{
	for (enum kind kind = 0; kind < ICMP_ERROR; kind++) {
		uint64_t before = responder.counter[COUNT_SEGMENTS_OUT];

		brings(kind, from, (uint16_t)(port + kind), to);
		ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], before + (kind != SPOILT));
	}
}

static const char *const server[] = {VIRTUAL_V4, OWNED_V4, VIRTUAL_V6, OWNED_V6};

START_TEST(loopback_addresses_only_on_lo_and_in_captures)
{
	static const char *const loopback[] = {"127.0.0.1", "127.9.8.7", "::1"};

	for (unsigned i = 0; i < 3; i++) {
		bool v6 = i == 2;

		addresses_begin(true, false);
		for (unsigned k = 0; k < 2; k++)
			expect_discarded(loopback[i], 40000, server[2 * v6 + k], COUNT_LOOPBACK);
		/* A loopback address is not reachable from a network, either. */
		expect_discarded(v6 ? "2001:db8::77" : "198.51.100.77", 40000,
				 v6 ? "::1" : "127.0.0.1", COUNT_LOOPBACK);
		expect_answered(v6 ? "2001:db8::77" : "198.51.100.77", 40000, server[2 * v6]);
		addresses_end();
		/* Through lo, and in a capture, it is. */
		for (unsigned live = 0; live < 2; live++) {
			addresses_begin(live, live);
			expect_answered(loopback[i], 40000, v6 ? "::1" : "127.0.0.1");
			addresses_end();
		}
	}
}
END_TEST

START_TEST(unanswerable_addresses)
{
	static const char *const none[] = {"0.0.0.0",         "224.0.0.1", "239.255.255.250",
					   "255.255.255.255", "::",        "ff02::1",
					   "ff05::2"};

	for (unsigned i = 0; i < 7; i++) {
		bool v6 = i >= 4;

		for (unsigned live = 0; live < 2; live++) {
			addresses_begin(live, false);
			for (unsigned k = 0; k < 2; k++)
				expect_discarded(none[i], 40000, server[2 * v6 + k],
						 COUNT_UNANSWERABLE);
			expect_discarded(v6 ? "2001:db8::77" : "198.51.100.77", 40000, none[i],
					 COUNT_UNANSWERABLE);
			addresses_end();
		}
	}
}
END_TEST

/* Broadcast addresses of this host's networks: RFC 1122 3.2.1.3, RFC 9293 MUST-57, MUST-63. */
START_TEST(broadcast_addresses)
{
	uint32_t of_networks[] = {0xc63364ff};

	for (unsigned k = 0; k < 2; k++) {
		addresses_begin(true, false);
		the_link.broadcasts = (struct broadcasts){1, of_networks};
		expect_discarded("198.51.100.255", 40000, server[k], COUNT_UNANSWERABLE);
		expect_discarded("198.51.100.77", 40000, "198.51.100.255", COUNT_UNANSWERABLE);
		expect_answered("198.51.100.254", 40000, server[k]);
		the_link.broadcasts.count = 0;
		expect_answered("198.51.100.255", 40000, server[k]);
		addresses_end();
	}
}
END_TEST

/* Frames to or from a group, with any contents: RFC 1122 3.3.6. */
START_TEST(groups_of_the_link)
{
	static const char *const group[] = {"\xff\xff\xff\xff\xff\xff", "\1\0\x5e\0\0\1",
					    "\x33\x33\0\0\0\1"};
	static const char *const host[] = {"\2\0\0\0\0\1", "\0\1\1\1\1\1", "\0\0\0\0\0\0"};

	for (unsigned i = 0; i < 3 * 4 * 2; i++) {
		const char *to = server[i / 3 % 4];
		const char *from = i / 3 % 4 < 2 ? "198.51.100.77" : "2001:db8::77";
		uint8_t *mac = i < 12 ? back.local : back.remote;

		addresses_begin(i % 2, false);
		memcpy(mac, group[i % 3], 6);
		expect_discarded(from, 40000, to, COUNT_LINK_GROUP);
		memcpy(mac, host[i % 3], 6);
		expect_answered(from, 40000, to);
		addresses_end();
	}
}
END_TEST

/* A virtual address is never a client. An owned one may be, but not with the port of an endpoint.
 */
START_TEST(own_addresses_are_not_clients)
{
	for (unsigned i = 0; i < 4; i++) {
		const char *virtual = i < 2 ? VIRTUAL_V4 : VIRTUAL_V6;
		const char *owned = i < 2 ? OWNED_V4 : OWNED_V6;

		addresses_begin(true, i % 2);
		expect_discarded(virtual, 40000, server[i], COUNT_OWN_SOURCE);
		expect_discarded(virtual, SERVER_PORT, server[i], COUNT_OWN_SOURCE);
		for (enum kind kind = 0; kind < ICMP_ERROR; kind++)
			brings(kind, owned, SERVER_PORT, server[i]);
		ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], 0);
		ck_assert_uint_eq(responder.trace.added, 0);
		expect_answered(owned, 40000, server[i]);
		addresses_end();
		/* A capture may contain both sides. */
		addresses_begin(false, false);
		expect_answered(virtual, 40000, server[i]);
		addresses_end();
	}
}
END_TEST

UNIT_MAIN("receive", other_fragments_displace_none, a_removed_client_is_not_answered,
	  loopback_addresses_only_on_lo_and_in_captures, unanswerable_addresses,
	  broadcast_addresses, groups_of_the_link, own_addresses_are_not_clients)
