/* SPDX-License-Identifier: MIT */
/* Who is listened to, and answered. */
#include "one_client.h"

#include "wire/ip_extras.h"
#include "wire/packet.h"
#include "wire/reassembly.h"

static const struct fragmenting halves = {.size = 16};

static void arrives(const uint8_t *packet, size_t len)
{
	const struct frame frame = {.packet = packet, .len = len, .when = ++now};

	responder_frame(&responder, &the_link, &frame);
}

/* The first or the second fragment of a SYN. */
static void sends_half(const struct addr *from, uint16_t id, unsigned half)
{
	const struct segment syn = {.src = *from,
				    .dst = client.to,
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

/* Who is no client is not listened to, so cannot push out what is of one. */
START_TEST(fragments_of_strangers_take_no_room)
{
	struct addr stranger;

	client_begin("discard", "");
	prefix_parse("192.0.2.0/24", &responder.endpoints->client[0].network);
	addr_parse("203.0.113.9", &stranger);
	sends_half(&client.address, 1, 0);
	for (uint16_t id = 1; id <= REASSEMBLY_PACKETS; id++)
		sends_half(&stranger, id, 0);
	ck_assert_uint_eq(client.flags, 0);
	sends_half(&client.address, 1, 1);
	ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
	client.seq++;
	sends(TCP_ACK, "");
	ck_assert_uint_eq(responder.counter[COUNT_CONNECTIONS], 1);
	client_end();
}
END_TEST

/* A reload leaves it out; it has not shown that it is there at all. */
START_TEST(who_is_no_client_any_more_is_not_answered_again)
{
	for (int stays = 0; stays < 2; stays++) {
		client_begin("discard", "");
		sends(TCP_SYN, "");
		ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
		if (!stays)
			prefix_parse("203.0.113.0/24", &responder.endpoints->client[0].network);
		client.flags = 0;
		responder_advance(&responder, now + 5 * NS_PER_S);
		ck_assert_uint_eq(client.flags, stays ? TCP_SYN | TCP_ACK : 0);
		ck_assert(stays == !responder.counter[COUNT_REFUSED]);
		client_end();
	}
}
END_TEST

UNIT_MAIN("received", fragments_of_strangers_take_no_room,
	  who_is_no_client_any_more_is_not_answered_again)
