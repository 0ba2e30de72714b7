/* SPDX-License-Identifier: MIT */
#include "neighbours.h"
#include "unit.h"

/* RFC 4861 7.1.1 and 7.2.3. Offsets are relative to the IPv6 header; the target is at 48. */
START_TEST(solicitations)
{
	struct frame_bytes f = octets_of(SOLICITATION);

	become("10.9.0.0/24");
	ck_assert_int_eq(changed(SOLICITATION, 7, "fe"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 41, "01"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 40, "88"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 40, "85"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 44, "ffffffff"), NEIGHBOUR_ANSWERED);
	f.b[ETHER_HEADER + 43] ^= 1; /* wrong checksum */
	ck_assert_int_eq(receive(&f), NEIGHBOUR_STRAY);
	/* Another target; a group that is not the target's; a group as the target. */
	ck_assert_int_eq(changed(SOLICITATION, 63, "51"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 39, "51"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 24, "ff01"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 48, "ff02"), NEIGHBOUR_STRAY);
	/* Options: of length 0, past the end, of an unknown kind. A probe must not have a source
	 * link-layer address. */
	ck_assert_int_eq(changed(SOLICITATION, 65, "00"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 65, "02"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 65, "ff"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 64, "0e"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000000000000000"),
			 NEIGHBOUR_STRAY);
	/* A probe must be sent to the group. */
	ck_assert_int_eq(changed(UNICAST_SOLICITATION, 8, "00000000000000000000000000000000"),
			 NEIGHBOUR_STRAY);
	/* From a stranger, from an address of ours, from a group, from a mapped address. */
	ck_assert_int_eq(changed(SOLICITATION, 8, "fd08"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, OWN_V6), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "ff02"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000ffff0a090002"),
			 NEIGHBOUR_STRAY);
	/* After another header it is no solicitation. */
	ck_assert_int_eq(changed(SOLICITATION, 6, "00"), NEIGHBOUR_STRAY);
}
END_TEST

UNIT_MAIN("ndp", solicitations)
