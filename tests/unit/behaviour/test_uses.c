/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/container.h"
#include "behaviour/uses.h"
#include "tcp/settings.h"
#include "trace/label.h"

#include <string.h>

/* A key without a row would leave no mark. use_shows() accepts only known keys. */
START_TEST(every_key_has_a_row)
{
	for (size_t i = 0; i < tcp_settings_keys_count; i++)
		ck_assert_msg(use_shows(tcp_settings_keys[i].name) >= 0,
			      "%s: missing in behaviour/uses.c", tcp_settings_keys[i].name);
	ck_assert_int_eq(use_shows("service"), SHOWS_DATA);
	ck_assert_int_eq(use_shows("close"), SHOWS_FIN);
	ck_assert_int_eq(use_shows("elephant"), -1);
}
END_TEST

START_TEST(the_later_behaviour_sets_the_key)
{
	struct uses all = {0};

	uses_add(&all, "one", "window");
	uses_add(&all, "one", "ttl");
	uses_add(&all, "other", "window");
	ck_assert_uint_eq(all.count, 2);
	ck_assert_str_eq(label_name(all.use[0].label), "other: window");
	ck_assert_str_eq(label_name(all.use[1].label), "one: ttl");
	uses_free(&all);
	ck_assert_uint_eq(all.count, 0);
}
END_TEST

/* Returns true if the item is marked by a `use` of the key. */
static bool is_marked_with(const char *key, const struct segment *seg, bool is_icmp,
			   struct use_context ctx)
{
	struct uses all = {0};
	struct plan plan = {0};
	bool marked;

	uses_add(&all, "x", key);
	plan_add(&plan); /* an item before the first that is marked */
	plan_add(&plan)->seg = *seg;
	plan.item[1].is_icmp = is_icmp;
	uses_mark(&all, &ctx, &plan, 1);
	ck_assert_uint_eq(plan.item[0].causes.uses, 0);
	marked = plan.item[1].causes.uses == 1;
	ck_assert(marked || !plan.item[1].causes.uses);
	ck_assert(!marked || plan.item[1].causes.use[0] == all.use[0].label);
	plan_free(&plan);
	uses_free(&all);
	return marked;
}

/* The same, for a segment planned at SND.MAX 100. */
static bool is_marked(const char *key, const struct segment *seg, bool is_icmp, bool connection)
{
	return is_marked_with(
		key, seg, is_icmp,
		(struct use_context){.connection = connection, .has_sent = true, .snd_max = 100});
}

/* A SYN-ACK answers an offer: a client that offers nothing cannot observe the setting. */
START_TEST(answers_require_an_offer)
{
	static const uint8_t cookie[] = {34, 6, 1, 2, 3, 4, 1, 1};
	static const struct segment plain = {.flags = TCP_SYN | TCP_ACK},
				    agrees = {.flags = TCP_SYN | TCP_ACK | TCP_ECE};
	struct use_context none = {.connection = true}, ecn = none, fast_open = none, octets = none;
	struct segment grants = plain;

	memcpy(grants.opt, cookie, sizeof(cookie));
	grants.opt_len = sizeof(cookie);
	ecn.syn.flags = TCP_SYN | TCP_ECE | TCP_CWR;
	fast_open.syn.options = HAS_FAST_OPEN;
	octets.syn_octets = true;
	ck_assert(!is_marked_with("ecn", &plain, false, none));
	ck_assert(!is_marked_with("ecn", &plain, false, fast_open));
	ck_assert(is_marked_with("ecn", &agrees, false, none));
	ck_assert(is_marked_with("ecn", &plain, false, ecn));
	for (size_t i = 0; i < 3; i++) {
		const char *key =
			(const char *[]){"fast_open", "fast_open_max", "fast_open_cookie"}[i];

		ck_assert(!is_marked_with(key, &plain, false, none));
		ck_assert(!is_marked_with(key, &plain, false, ecn));
		ck_assert(is_marked_with(key, &grants, false, none));
		ck_assert(is_marked_with(key, &plain, false, fast_open));
		ck_assert(is_marked_with(key, &plain, false, octets));
	}
}
END_TEST

START_TEST(a_window_action_ends_the_mark)
{
	static const struct segment ack = {.flags = TCP_ACK};
	struct use_context ctx = {.connection = true};

	ck_assert(is_marked_with("window", &ack, false, ctx));
	ctx.window_moved = true;
	ck_assert(!is_marked_with("window", &ack, false, ctx));
	ck_assert(is_marked_with("ttl", &ack, false, ctx));
}
END_TEST

START_TEST(segments_that_show_a_setting_are_marked)
{
	static const struct segment syn_ack = {.seq = 100, .flags = TCP_SYN | TCP_ACK},
				    ack = {.seq = 100, .flags = TCP_ACK},
				    data = {.seq = 100, .flags = TCP_ACK, .len = 5},
				    again = {.seq = 90, .flags = TCP_ACK, .len = 5},
				    fin = {.seq = 100, .flags = TCP_FIN | TCP_ACK},
				    rst = {.seq = 100, .flags = TCP_RST};
	static const struct {
		const char *key;
		bool syn_ack, ack, data, again, fin, rst;
	} expected[] = {
		{"options", true, false, false, false, false, false},
		{"isn", true, false, false, false, false, false},
		{"window", true, true, true, true, true, false},
		{"ttl", true, true, true, true, true, true},
		{"pace", false, false, true, true, false, false},
		{"rto_min", false, false, false, true, false, false},
		{"fin_ack", false, true, false, false, true, false},
		{"time_wait", false, false, false, false, false, false},
		{"closed", false, false, false, false, false, false},
	};

	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		const char *key = expected[i].key;

		ck_assert(is_marked(key, &syn_ack, false, true) == expected[i].syn_ack);
		ck_assert(is_marked(key, &ack, false, true) == expected[i].ack);
		ck_assert(is_marked(key, &data, false, true) == expected[i].data);
		ck_assert(is_marked(key, &again, false, true) == expected[i].again);
		ck_assert(is_marked(key, &fin, false, true) == expected[i].fin);
		ck_assert(is_marked(key, &rst, false, true) == expected[i].rst);
		ck_assert(!is_marked(key, &ack, true, true));
	}
	ck_assert(is_marked("closed", &rst, false, false));
	ck_assert(is_marked("closed", &rst, true, false));
}
END_TEST

UNIT_MAIN("uses", every_key_has_a_row, the_later_behaviour_sets_the_key,
	  segments_that_show_a_setting_are_marked, answers_require_an_offer,
	  a_window_action_ends_the_mark)
