/* SPDX-License-Identifier: MIT */
#include "neighbours.h"
#include "unit.h"

/* RFC 826, RFC 5227. */
START_TEST(arp)
{
	struct frame_bytes f = octets_of(ARP_REQUEST);

	become("10.9.0.0/24");
	f.len += 18; /* the padding of a short frame */
	ck_assert_int_eq(receive(&f), NEIGHBOUR_ANSWERED);
	/* To us alone, from one who has asked before. */
	ck_assert_int_eq(readdressed(ARP_REQUEST, 0, "025709000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901ff"), NEIGHBOUR_ANSWERED);
	/* For another address; the sender claims the one it asks for, or another one of ours. */
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a090033"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a090200"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, OWN_V4), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a090107"), NEIGHBOUR_REFUSED);
	/* No client, a group. */
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a090302"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "ffffffff"), NEIGHBOUR_REFUSED);
	/* Hardware, protocol, their sizes, the operation. */
	ck_assert_int_eq(changed(ARP_REQUEST, 0, "0006"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 2, "86dd"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 4, "0806"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 5, "10"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 6, "0002"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 6, "0000"), NEIGHBOUR_STRAY);
	/* A probe has no address to be refused for. */
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
