/* SPDX-License-Identifier: MIT */
/* Many held segments: the work for one more, and their release. */
#include "addresses.h"
#include "alone.h"
#include "unit.h"
#include "work.h"

#include "engine/receive.h"
#include "wire/packet_encode.h"

#define FEW   4000
#define BEGIN (1000 * NS_PER_S)

static const struct link_ops ops = {.kind = "test", .flush = flush_nothing};
static struct link the_link = {.ops = &ops, .fd = -1, .mtu = 1500, .live = true};
static struct responder r;
static struct config *config;

/* Sends SYNs with the same ports, all from one client or each from another. They arrived `lag`
 * before the responder's clock. */
static void send_syns(unsigned count, bool one_client, nstime lag)
{
	for (unsigned i = 0; i < count; i++) {
		struct segment syn = {.src = addr_of("2001:db8::2"),
				      .dst = addr_of("2001:db8::1"),
				      .sport = 4000,
				      .dport = 80,
				      .seq = i * 70000,
				      .flags = TCP_SYN,
				      .window = 65535,
				      .ttl = 64};
		uint8_t packet[100];
		struct frame f = {.packet = packet, .when = BEGIN + i, .lag = lag};

		if (!one_client)
			memcpy(syn.src.b + 8, &i, sizeof(i));
		f.len = packet_encode(&syn, packet, sizeof(packet));
		responder_frame(&r, &the_link, &f);
	}
}

static void begin(struct ruleset *rules)
{
	static const struct responder_limits limits = {.half_open_max = 100000,
						       .connections_max = 100000,
						       .time_wait_max = 100000,
						       .delayed_max = 100000};

	alone_begin(&r, &the_link,
		    &(struct alone){.limits = &limits,
				    .seed = 1,
				    .begin = BEGIN,
				    .address = "2001:db8::1",
				    .port_from = 80,
				    .port_to = 80,
				    .rules = rules});
}

static uint64_t work_of(unsigned count, bool one_client)
{
	struct ruleset *rules = shipped_rules(config, "synack-delay=1h", "echo", NULL);

	begin(rules);
	work_done = 0;
	send_syns(count, one_client, 0);
	ck_assert_uint_eq(r.deferred, count);
	send_syns(count, one_client, 0); /* retransmissions are absorbed */
	ck_assert_uint_eq(r.deferred, count);
	responder_clear(&r);
	ck_assert_uint_eq(r.deferred, 0);
	responder_release(&r);
	ruleset_put(rules);
	return work_done;
}

START_TEST(the_work_grows_linearly)
{
	config = shipped_config();
	for (int one_client = 0; one_client < 2; one_client++) {
		uint64_t few = work_of(FEW, one_client);
		uint64_t many = work_of(WORK_TIMES * FEW, one_client);

		ck_assert_uint_gt(few, FEW);
		ck_assert_msg(WORK_IN_PROPORTION(few, many),
			      "%llu basic blocks for %u, %llu for %u", (unsigned long long)few, FEW,
			      (unsigned long long)many, WORK_TIMES * FEW);
	}
	config_free(config);
}
END_TEST

/* The release of a held segment, and a delayed answer. */
START_TEST(a_delay_begins_at_the_arrival)
{
	static const char *const delays[] = {"synack-delay=3s", "synack-both=3s"};

	config = shipped_config();
	for (unsigned i = 0; i < COUNT_OF(delays); i++) {
		for (nstime lag = 0; lag < 3 * NS_PER_MS; lag += NS_PER_MS) {
			struct ruleset *rules = shipped_rules(config, delays[i], "echo", NULL);

			begin(rules);
			send_syns(1, true, lag);
			ck_assert_int_eq(timer_tree_next(&r.deferred_timers),
					 BEGIN - lag + 3 * NS_PER_S);
			ck_assert_int_eq(r.now, BEGIN);
			responder_release(&r);
			ruleset_put(rules);
		}
	}
	config_free(config);
}
END_TEST

UNIT_MAIN("held", the_work_grows_linearly, a_delay_begins_at_the_arrival)
