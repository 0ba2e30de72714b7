/* SPDX-License-Identifier: MIT */
/* Rules and lies that change the data of a segment, and that cut or split it. */
#include "definitions.h"

#include "behaviour/match.h"
#include "behaviour/set.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <string.h>

static struct plan plan;

static struct segment segment_of(uint8_t flags, uint32_t seq, const char *text)
{
	return (struct segment){.flags = flags,
				.seq = seq,
				.len = (uint32_t)strlen(text),
				.payload = (const uint8_t *)text};
}

static void is_segment(const struct segment *seg, uint8_t flags, uint32_t seq, const char *text)
{
	ck_assert_uint_eq(seg->flags, flags);
	ck_assert_uint_eq(seg->seq, seq);
	ck_assert_uint_eq(seg->len, strlen(text));
	ck_assert_mem_eq(seg->payload, text, seg->len);
}

START_TEST(flags_and_octets_of_a_segment)
{
	static const struct {
		const char *set;
		uint8_t flags;
		uint32_t seq;
		const char *octets;
	} cases[] = {
		{"flags = \"R\"", TCP_RST, 100, "abcdefg"},
		{"flags = \"+U\"", TCP_ACK | TCP_PSH | TCP_FIN | TCP_URG, 100, "abcdefg"},
		{"flags = \"-P\"", TCP_ACK | TCP_FIN, 100, "abcdefg"},
		{"flags = \"-PF+EU-.\"", TCP_ECE | TCP_URG, 100, "abcdefg"},
		{"flags = \"-\"", 0, 100, "abcdefg"},
		{"keep = 3", TCP_ACK, 100, "abc"},
		{"keep = 7", TCP_ACK | TCP_PSH | TCP_FIN, 100, "abcdefg"},
		{"keep = 9", TCP_ACK | TCP_PSH | TCP_FIN, 100, "abcdefg"},
		{"keep = \"50%\"", TCP_ACK, 100, "abcd"},
		{"keep = 0", TCP_ACK, 100, ""},
		{"skip = 3", TCP_ACK | TCP_PSH | TCP_FIN, 103, "defg"},
		{"skip = \"50%\"", TCP_ACK | TCP_PSH | TCP_FIN, 104, "efg"},
		{"skip = 0", TCP_ACK | TCP_PSH | TCP_FIN, 100, "abcdefg"},
		{"keep = 5; skip = 2", TCP_ACK, 102, "cde"},
		{"fill = \"xyz\"", TCP_ACK | TCP_PSH | TCP_FIN, 100, "xyzxyzx"},
		{"payload = \"1234\"; skip = 1; fill = \"0\"", TCP_ACK | TCP_PSH | TCP_FIN, 101,
		 "000"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct segment seg = segment_of(TCP_ACK | TCP_PSH | TCP_FIN, 100, "abcdefg");
		const struct expr_values values = {0};
		struct ruleset *rs;
		char rule[128];

		snprintf(rule, sizeof(rule), "{ on = \"send any\"; set = { %s; }; }", cases[i].set);
		rs = one_rule(rule);
		rule_set_apply(&rs->rule->set, &values, &plan, &seg);
		is_segment(&seg, cases[i].flags, cases[i].seq, cases[i].octets);
		ruleset_put(rs);
		plan_clear(&plan);
	}
}
END_TEST

START_TEST(a_cut_segment_is_a_short_packet)
{
	static const uint8_t v4[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};
	struct segment seg = segment_of(TCP_SYN, 100, "abc"), back;
	uint8_t packet[100];

	addr_from_v4(&seg.src, v4[0]);
	addr_from_v4(&seg.dst, v4[1]);
	seg.opt_len = 4;
	memcpy(seg.opt, "\x02\x04\x05\xb4", 4);
	seg.lie.has_cut = true;
	seg.lie.cut = 12;
	memset(packet, 0xee, sizeof(packet));
	ck_assert_uint_eq(packet_encode(&seg, packet, sizeof(packet)), 32);
	ck_assert_uint_eq(packet[3], 32); /* the IP length agrees */
	ck_assert_int_eq(packet_decode(packet, 32, true, &back), WIRE_TCP_SHORT);
	/* The checksum field is present and correct. */
	seg.lie.cut = 25;
	seg.lie.has_doff = true;
	seg.lie.doff = 6;
	ck_assert_uint_eq(packet_encode(&seg, packet, sizeof(packet)), 45);
	ck_assert_int_eq(packet_decode(packet, 45, true, &back), WIRE_OK);
	is_segment(&back, TCP_SYN, 100, "a");
	/* A cut beyond the end has no effect. */
	seg.lie.cut = 28;
	ck_assert_uint_eq(packet_encode(&seg, packet, sizeof(packet)), 47);
	for (int i = 0; i < 2; i++) {
		seg.src.b[0] = seg.dst.b[0] = 0xfd;
		seg.src.b[15] = seg.dst.b[15] = 1;
	}
	seg.lie.cut = 0;
	ck_assert_uint_eq(packet_encode(&seg, packet, sizeof(packet)), 40);
	ck_assert_uint_eq(packet[5], 0);
}
END_TEST

/* Checks that the items of the plan from `first` on have these data, and consecutive sequence
 * numbers. */
static void are_pieces(unsigned first, const char *const *texts, unsigned count)
{
	uint32_t seq = plan.item[first].seg.seq;

	for (unsigned i = 0; i < count; i++) {
		const struct segment *seg = &plan.item[first + i].seg;

		is_segment(seg, seg->flags, seq, texts[i]);
		seq += segment_seq_len(seg);
	}
}

START_TEST(a_segment_in_pieces)
{
	static const char *const threes[] = {"abc", "def", "g"}, *const two[] = {"abcd", "efg"};
	const uint8_t first = TCP_SYN | TCP_ACK | TCP_CWR, last = TCP_ACK | TCP_PSH | TCP_FIN;
	const struct rule_split by_three = {.octets = 3, .spacing = 10}, halves = {.pieces = 2},
				none = {0}, large = {.octets = 7};

	plan_add(&plan)->seg = segment_of(first | last, UINT32_MAX - 2, "abcdefg");
	plan.item[0].delay = 5;
	plan_add(&plan)->seg = segment_of(TCP_ACK, 100, "behind");
	ck_assert_uint_eq(shape_split(&plan, 0, &none, 9), 0);
	ck_assert_uint_eq(shape_split(&plan, 0, &large, 9), 0);
	ck_assert_uint_eq(plan.item[0].met, 0);
	ck_assert_uint_eq(shape_split(&plan, 0, &by_three, 9), 2);
	ck_assert_uint_eq(plan.count, 4);
	are_pieces(0, threes, 3);
	ck_assert_uint_eq(plan.item[0].seg.flags, first);
	ck_assert_uint_eq(plan.item[1].seg.flags, TCP_ACK);
	ck_assert_uint_eq(plan.item[2].seg.flags, last);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(plan.item[i].delay, 5 + 10 * i);
		ck_assert_uint_eq(plan.item[i].met, 9);
	}
	is_segment(&plan.item[3].seg, TCP_ACK, 100, "behind");
	ck_assert_uint_eq(plan.item[3].met, 0);
	plan_clear(&plan);
	plan_add(&plan)->seg = segment_of(TCP_ACK, 0, "abcdefg");
	ck_assert_uint_eq(shape_split(&plan, 0, &halves, 1), 1);
	are_pieces(0, two, 2);
	plan_clear(&plan);
}
END_TEST

/* The requested number of pieces, of about equal length; fewer if there are fewer octets. */
START_TEST(the_requested_number_of_pieces)
{
	static const char *const threes[] = {"ab", "c", "d"}, *const sevens[] = {"abc", "de", "fg"},
				 *const ones[] = {"a", "b"};
	const struct rule_split three = {.pieces = 3};

	plan_add(&plan)->seg = segment_of(TCP_ACK, 7, "abcd");
	ck_assert_uint_eq(shape_split(&plan, 0, &three, 1), 2);
	are_pieces(0, threes, 3);
	plan_clear(&plan);
	plan_add(&plan)->seg = segment_of(TCP_ACK, 7, "abcdefg");
	ck_assert_uint_eq(shape_split(&plan, 0, &three, 1), 2);
	are_pieces(0, sevens, 3);
	plan_clear(&plan);
	plan_add(&plan)->seg = segment_of(TCP_ACK, 7, "ab");
	ck_assert_uint_eq(shape_split(&plan, 0, &three, 1), 1);
	are_pieces(0, ones, 2);
	plan_clear(&plan);
	plan_add(&plan)->seg = segment_of(TCP_ACK, 7, "a");
	ck_assert_uint_eq(shape_split(&plan, 0, &three, 1), 0);
	plan_add(&plan)->seg = segment_of(TCP_ACK, 8, "");
	ck_assert_uint_eq(shape_split(&plan, 1, &three, 1), 0);
	ck_assert_uint_eq(plan.count, 2);
	plan_clear(&plan);
}
END_TEST

START_TEST(pieces_are_bounded)
{
	const struct rule_split octets = {.octets = 1};
	static char text[60000];

	memset(text, 'x', sizeof(text) - 1);
	plan_add(&plan)->seg = segment_of(TCP_ACK, 0, text);
	ck_assert_uint_le(shape_split(&plan, 0, &octets, 1), PIECES_MAX - 1);
	ck_assert_uint_le(plan.count, PIECES_MAX);
	ck_assert_uint_gt(plan.count, PIECES_MAX / 2);
	plan_clear(&plan);
}
END_TEST

START_TEST(segments_change_places)
{
	static const struct {
		enum rule_order order;
		const char *before, *after; /* segments in capitals are moved */
	} cases[] = {
		{ORDER_REVERSE, "xAyBzCw", "xCyBzAw"},
		{ORDER_REVERSE, "ABCD", "DCBA"},
		{ORDER_REVERSE, "A", "A"},
		{ORDER_REVERSE, "xyz", "xyz"},
		{ORDER_SWAP, "ABCDE", "BADCE"},
		{ORDER_SWAP, "AxByC", "BxAyC"},
		{ORDER_KEPT, "ABC", "ABC"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned count = (unsigned)strlen(cases[i].before);

		for (unsigned k = 0; k < count; k++) {
			struct plan_item *item = plan_add(&plan);

			item->seg.seq = (uint32_t)cases[i].before[k];
			item->order = cases[i].before[k] < 'a' ? 3 : 2;
		}
		shape_order(&plan, 0, count, cases[i].order, 3);
		for (unsigned k = 0; k < count; k++)
			ck_assert_int_eq(plan.item[k].seg.seq, cases[i].after[k]);
		plan_clear(&plan);
	}
}
END_TEST

UNIT_MAIN("shape", flags_and_octets_of_a_segment, a_cut_segment_is_a_short_packet,
	  a_segment_in_pieces, the_requested_number_of_pieces, pieces_are_bounded,
	  segments_change_places)
