/* SPDX-License-Identifier: MIT */
/* Frames to neighbours, and the expected answers. */
#include "addresses.h"
#include "neighbours.h"
#include "unit.h"

#include <string.h>

START_TEST(answers_are_right_to_the_octet)
{
	become("10.9.0.0/24");
	expect_answer(ARP_REQUEST, ARP_REPLY);
	expect_answer(SOLICITATION, ADVERTISEMENT);
	expect_answer(UNICAST_SOLICITATION, UNICAST_ADVERTISEMENT);
	expect_answer(DETECTION, DEFENCE);
	expect_answer(ECHO_REQUEST, ECHO_REPLY);
	expect_answer(ECHO_REQUEST_V6, ECHO_REPLY_V6);
}
END_TEST

START_TEST(the_tag_is_kept)
{
	become("10.9.0.0/24");
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct frame_bytes f = octets_of(questions[i]), plain, got;

		ck_assert_int_eq(receive_tagged(&f, 0, &plain), NEIGHBOUR_ANSWERED);
		/* The tag is removed from the frame by the kernel, or still in it. */
		ck_assert_int_eq(receive_tagged(&f, 0x6005, &got), NEIGHBOUR_ANSWERED);
		ck_assert_uint_eq(got.len, plain.len + 4);
		ck_assert_mem_eq(got.b, plain.b, 12);
		ck_assert_mem_eq(got.b + 12, "\x81\0\x60\5", 4);
		ck_assert_mem_eq(got.b + 16, plain.b + 12, plain.len - 12);
		memmove(f.b + 16, f.b + 12, f.len - 12);
		memcpy(f.b + 12, "\x81\0\x60\5", 4);
		f.len += 4;
		ck_assert_int_eq(receive_tagged(&f, 0, &got), NEIGHBOUR_ANSWERED);
		ck_assert_mem_eq(got.b + 12, "\x81\0\x60\5", 4);
		ck_assert_uint_eq(got.len, plain.len + 4);
	}
}
END_TEST

START_TEST(link_addresses)
{
	become("10.9.0.0/24");
	for (size_t i = 0; i < QUESTIONS; i++) {
		/* Sent by the responder, sent by a group, to another station, of another type. */
		ck_assert_int_eq(readdressed(questions[i], 6, "025709000001"), NEIGHBOUR_STRAY);
		ck_assert_int_eq(readdressed(questions[i], 6, "ffffffffffff"), NEIGHBOUR_STRAY);
		ck_assert_int_eq(readdressed(questions[i], 0, "020900000001"), NEIGHBOUR_STRAY);
		ck_assert_int_eq(readdressed(questions[i], 12, "0801"), NEIGHBOUR_STRAY);
	}
	ck_assert_int_eq(changed(ARP_REQUEST, 8, "025709000001"), NEIGHBOUR_STRAY);
	/* A unicast IP packet in a broadcast frame, and a group in a unicast frame. */
	ck_assert_int_eq(readdressed(ECHO_REQUEST, 0, "ffffffffffff"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(ECHO_REQUEST_V6, 0, "333300000001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(SOLICITATION, 0, "025709000001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(UNICAST_SOLICITATION, 0, "3333ff000050"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(SEGMENT_V4, 0, "ffffffffffff"), NEIGHBOUR_STRAY);
}
END_TEST

START_TEST(echoes)
{
	struct frame_bytes f = octets_of(ECHO_REQUEST), reply;

	become("10.9.0.0/24");
	/* IPv4 options (here four NOPs) are not copied to the answer. */
	memmove(f.b + 38, f.b + 34, f.len - 34);
	memcpy(f.b + 34, "\1\1\1\1", 4);
	f.b[14] = 0x46;
	f.b[17] = (uint8_t)(f.b[17] + 4);
	f.len += 4;
	mend(&f);
	ck_assert_int_eq(receive_tagged(&f, 0, &reply), NEIGHBOUR_ANSWERED);
	ck_assert_uint_eq(reply.len, f.len - 4);
	/* A packet with an invalid option is passed to the responder, which counts it. */
	memcpy(f.b + 34, "\7\0\4\0", 4);
	mend(&f);
	ck_assert_int_eq(receive(&f), NEIGHBOUR_PACKET);
	/* Checksums of header and message, fragments, types, codes. */
	f = octets_of(ECHO_REQUEST);
	f.b[ETHER_HEADER + 10] ^= 1;
	ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
	f = octets_of(ECHO_REQUEST);
	f.b[ETHER_HEADER + 22] ^= 1;
	ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 6, "2000"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 6, "0001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 6, "4000"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "00"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "0d"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 21, "01"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, "81"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 41, "01"), NEIGHBOUR_STRAY);
	/* Sources: a stranger, ourselves, broadcast. Then other destinations. */
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "0a090302"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "0a090107"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "ffffffff"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 16, "0a090001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 8, "fe80"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 39, "51"), NEIGHBOUR_STRAY);
	/* At most the MTU. */
	us.mtu = 33;
	ck_assert_int_eq(changed(ECHO_REQUEST, 8, "40"), NEIGHBOUR_ANSWERED);
	us.mtu = 32;
	ck_assert_int_eq(changed(ECHO_REQUEST, 8, "40"), NEIGHBOUR_STRAY);
}
END_TEST

/* A loopback address is never a neighbour, even if the allow-list contains it. */
START_TEST(loopback_is_no_neighbour)
{
	const struct prefix all[] = {prefix_of("0.0.0.0/0"), prefix_of("::/0")};

	become("10.9.0.0/24");
	prefix_table_fill(&us.clients, all, 2);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "7f000001"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "80000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "7f000001"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "7fffffff"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "80000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 8, "00000000000000000000000000000001"),
			 NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000000000000001"),
			 NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000000000000002"),
			 NEIGHBOUR_ANSWERED);
}
END_TEST

/* A broadcast address is never a neighbour, even if a virtual network contains it. */
START_TEST(a_broadcast_address_is_no_neighbour)
{
	uint32_t of_networks[] = {0x0a0900ff, 0x0a0901ff};
	const struct broadcasts broadcasts = {.count = 2, .address = of_networks};

	become("10.9.0.0/24");
	for (int i = 0; i < 2; i++) {
		enum neighbour_result as_host = i ? NEIGHBOUR_REFUSED : NEIGHBOUR_ANSWERED;
		enum neighbour_result as_target = i ? NEIGHBOUR_STRAY : NEIGHBOUR_ANSWERED;

		us.broadcasts = i ? &broadcasts : NULL;
		ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a0900ff"), as_host);
		ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a0900fe"), NEIGHBOUR_ANSWERED);
		ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901ff"), as_target);
		ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901fe"), NEIGHBOUR_ANSWERED);
		ck_assert_int_eq(changed(ECHO_REQUEST, 12, "0a0900ff"), as_host);
		ck_assert_int_eq(changed(ECHO_REQUEST, 16, "0a0901ff"), as_target);
	}
	us.broadcasts = NULL;
}
END_TEST

/* A large echo is returned whole, unlike the quote of an error. */
START_TEST(a_large_echo)
{
	struct frame_bytes f = octets_of(ECHO_REQUEST_V6), reply;

	become("10.9.0.0/24");
	for (f.len = ETHER_HEADER + 48; f.len < ETHER_HEADER + 1500; f.len++)
		f.b[f.len] = (uint8_t)f.len;
	put_u16(f.b + ETHER_HEADER + 4, 1460);
	mend(&f);
	ck_assert_int_eq(receive_tagged(&f, 0, &reply), NEIGHBOUR_ANSWERED);
	ck_assert_uint_eq(reply.len, f.len);
	ck_assert_mem_eq(reply.b + ETHER_HEADER + 44, f.b + ETHER_HEADER + 44, 1456);
}
END_TEST

START_TEST(packets_for_the_responder)
{
	struct frame_bytes f = octets_of(SEGMENT_V4);

	become("192.0.2.1"); /* the responder checks the client */
	ck_assert_int_eq(receive(&f), NEIGHBOUR_PACKET);
	ck_assert_int_eq(changed(SEGMENT_V4, 16, "0a090001"), NEIGHBOUR_STRAY);
	prefix_table_fill(&us.own, NULL, 0);
	ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
	f = octets_of(ARP_REQUEST);
	ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
}
END_TEST

/* The responder receives all ICMP errors, and no other ICMP messages. */
START_TEST(errors_are_for_the_responder)
{
	static const char *const v4[] = {"03", "04", "05", "0b", "0c"};
	static const char *const v6[] = {"01", "02", "03", "04"};
	struct frame_bytes f = octets_of(ECHO_REQUEST);

	become("192.0.2.1");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(changed(ECHO_REQUEST, 20, v4[i]), NEIGHBOUR_PACKET);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, v6[i]), NEIGHBOUR_PACKET);
	/* Timestamp request; router advertisement. */
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "0d"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, "86"), NEIGHBOUR_STRAY);
	f.b[ETHER_HEADER + 20] = 3; /* the checksum no longer matches */
	ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
	prefix_table_fill(&us.own, NULL, 0);
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "03"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, "01"), NEIGHBOUR_STRAY);
}
END_TEST

/* Receives the IP packet of a frame, on a link without link addresses. */
static enum neighbour_result receive_bare(const char *hex, struct frame_bytes *reply)
{
	static uint8_t room[NEIGHBOUR_FRAME_MAX];
	const struct frame_bytes f = octets_of(hex + 2 * ETHER_HEADER);
	uint8_t *exact = malloc(f.len ? f.len : 1);
	enum neighbour_result result;

	memcpy(exact, f.b, f.len);
	result = neighbour_receive_packet(&us, exact, f.len, room, &reply->len);
	if (result == NEIGHBOUR_ANSWERED)
		memcpy(reply->b, room, reply->len);
	free(exact);
	return result;
}

START_TEST(packets_without_link_addresses)
{
	const struct prefix ends[] = {prefix_of("10.9.0.2"), prefix_of("fd09::2")};
	const struct prefix all[] = {prefix_of("10.9.0.0/24"), prefix_of("fd09::/64")};
	struct frame_bytes reply, expected;

	become("10.9.0.0/24");
	/* The client is the kernel's end, in a network of ours. */
	prefix_table_fill(&us.own, all, 2);
	ck_assert_int_eq(receive_bare(ECHO_REQUEST, &reply), NEIGHBOUR_REFUSED);
	prefix_table_fill(&us.kernels, ends, 2);
	ck_assert_int_eq(receive_bare(ECHO_REQUEST, &reply), NEIGHBOUR_ANSWERED);
	expected = octets_of(&ECHO_REPLY[2 * ETHER_HEADER]);
	ck_assert_uint_eq(reply.len, expected.len);
	ck_assert_mem_eq(reply.b, expected.b, expected.len);
	ck_assert_int_eq(receive_bare(ECHO_REQUEST_V6, &reply), NEIGHBOUR_ANSWERED);
	expected = octets_of(&ECHO_REPLY_V6[2 * ETHER_HEADER]);
	ck_assert_uint_eq(reply.len, expected.len);
	ck_assert_mem_eq(reply.b, expected.b, expected.len);
	ck_assert_int_eq(receive_bare(SEGMENT_V4, &reply), NEIGHBOUR_PACKET);
	/* Answers, and packets to other addresses. */
	ck_assert_int_eq(receive_bare(ECHO_REPLY, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(receive_bare(ECHO_REPLY_V6, &reply), NEIGHBOUR_STRAY);
	/* There is no neighbour discovery. */
	ck_assert_int_eq(receive_bare(SOLICITATION, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(receive_bare(UNICAST_SOLICITATION, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(receive_bare(DETECTION, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(neighbour_receive_packet(&us, expected.b, 0, reply.b, &reply.len),
			 NEIGHBOUR_STRAY);
	prefix_table_free(&us.kernels);
}
END_TEST

/* Truncates frames at any length and changes each octet: no read is past the end, and answers come
 * from our MAC and exceed the request by at most 8 octets. */
START_TEST(hostile_frames)
{
	become("10.9.0.0/24");
	for (size_t i = 0; i < QUESTIONS; i++) {
		const struct frame_bytes whole = octets_of(questions[i]);
		struct frame_bytes f, reply;

		for (size_t len = 0; len < whole.len; len++) {
			f = whole;
			f.len = len;
			ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
		}
		for (unsigned at = 0; at < whole.len * 255; at++) {
			f = whole;
			f.b[at / 255] ^= (uint8_t)(at % 255 + 1);
			if (receive_tagged(&f, 0, &reply) != NEIGHBOUR_ANSWERED)
				continue;
			ck_assert_mem_eq(reply.b + 6, us.mac, 6);
			ck_assert_uint_le(reply.len, whole.len + 8);
		}
	}
}
END_TEST

START_TEST(the_virtual_mac_differs)
{
	uint8_t mac[6], other[6];

	neighbour_mac((const uint8_t *)"\x00\x1b\x21\xaa\xbb\xcc", mac);
	ck_assert_mem_eq(mac, "\x02\x4f\x21\xaa\xbb\xcc", 6);
	/* The result differs from the interface's MAC for any first octet, and two interfaces have
	 * different results. */
	for (unsigned first = 0; first < 256; first++) {
		uint8_t own[6] = {(uint8_t)first, 9, 0, 0, 0, 1};

		neighbour_mac(own, mac);
		ck_assert_uint_eq(mac[0], 2);
		ck_assert(memcmp(mac, own, 6) != 0);
		own[5]++;
		neighbour_mac(own, other);
		ck_assert(memcmp(mac, other, 6) != 0);
		own[5]--;
		own[0] ^= 4;
		neighbour_mac(own, other);
		ck_assert(memcmp(mac, other, 6) != 0);
	}
}
END_TEST

UNIT_MAIN("neighbour", answers_are_right_to_the_octet, the_tag_is_kept, link_addresses, echoes,
	  loopback_is_no_neighbour, a_broadcast_address_is_no_neighbour, a_large_echo,
	  packets_for_the_responder, errors_are_for_the_responder, packets_without_link_addresses,
	  hostile_frames, the_virtual_mac_differs)
