/* SPDX-License-Identifier: MIT */
#include "neighbours.h"
#include "unit.h"

/* RFC 826, RFC 5227. */
START_TEST(arp)
{
	struct frame_bytes f = octets_of(ARP_REQUEST);

	become("10.9.0.0/24");
	f.len += 18; /* padding of a short frame */
	ck_assert_int_eq(receive(&f), NEIGHBOUR_ANSWERED);
	/* Unicast, from a station that has asked before. */
	ck_assert_int_eq(readdressed(ARP_REQUEST, 0, "025709000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901ff"), NEIGHBOUR_ANSWERED);
	/* For another address; from a sender that claims the address it asks for, or another one of
	 * ours. */
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a090033"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a090200"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, OWN_V4), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a090107"), NEIGHBOUR_REFUSED);
	/* The sender is no client, or a group. */
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a090302"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "ffffffff"), NEIGHBOUR_REFUSED);
	/* Hardware type, protocol type, their lengths, the operation. */
	ck_assert_int_eq(changed(ARP_REQUEST, 0, "0006"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 2, "86dd"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 4, "0806"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 5, "10"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 6, "0002"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 6, "0000"), NEIGHBOUR_STRAY);
	/* A probe has no sender address, so it is never refused. */
	become("192.0.2.1");
	ck_assert_int_eq(receive(&f), NEIGHBOUR_REFUSED);
	expect_answer(
		"ffffffffffff02090000000208060001080006040001020900000002000000000000000000000a0900"
		"32",
		"02090000000202570900000108060001080006040002"
		"025709000001" OWN_V4 "02090000000200000000");
}
END_TEST

UNIT_MAIN("arp", arp)
