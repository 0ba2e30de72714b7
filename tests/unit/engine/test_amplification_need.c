/* SPDX-License-Identifier: MIT */
/* The bound that a behaviour needs, by measurement: it suffices for all segments to a client that
 * never answers, and a bound of one less does not. */
#include "addresses.h"
#include "alone.h"
#include "unit.h"

#include "engine/advance.h"
#include "engine/amplification_need.h"
#include "engine/receive.h"
#include "wire/packet_encode.h"

#define BEGIN (5000 * NS_PER_S)

static struct config *config;

static struct ruleset *compile(const char *text)
{
	if (!config)
		config = shipped_config();
	return shipped_rules(config, text, "discard", NULL);
}

static void leave(void)
{
	config_free(config);
	config = NULL;
}

/* Discards packets: the test counts refusals. */
static void swallow(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		    nstime when)
{
	(void)l;
	(void)to;
	(void)packet;
	(void)len;
	(void)when;
}

static const struct link_ops ops = {.kind = "test", .send = swallow, .flush = flush_nothing};

/* Returns the number of packets that a bound refuses if a SYN with the shortest options is
 * retransmitted. */
static uint64_t refused(struct ruleset *rules, bool v4, uint32_t bound)
{
	static struct responder r;
	static struct link link = {.ops = &ops, .fd = -1, .mtu = 1500, .live = true};
	const struct responder_limits limits = {.half_open_max = 16,
						.connections_max = 16,
						.time_wait_max = 16,
						.delayed_max = 100000};
	const char *server = v4 ? "198.51.100.9" : "2001:db8:5::9";
	struct segment syn = {.src = addr_of(v4 ? "198.51.100.7" : "2001:db8:5::7"),
			      .dst = addr_of(server),
			      .sport = 2000,
			      .dport = 443,
			      .seq = 77,
			      .flags = TCP_SYN,
			      .window = 5840,
			      .ttl = 60,
			      .opt_len = 4,
			      .opt = {2, 4, 2, 24}};
	uint8_t packet[128];
	struct frame f = {.packet = packet, .len = packet_encode(&syn, packet, sizeof(packet))};
	uint64_t count;

	alone_begin(&r, &link,
		    &(struct alone){.limits = &limits,
				    .seed = 3,
				    .begin = BEGIN,
				    .address = server,
				    .port_from = 1,
				    .port_to = 65535,
				    .rules = rules,
				    .amplification = bound});
	for (nstime after = 0; after <= 63 * NS_PER_S; after = 2 * after + NS_PER_S) {
		f.when = BEGIN + after;
		responder_frame(&r, &link, &f);
	}
	responder_advance(&r, BEGIN + 127 * NS_PER_S);
	count = r.counter[COUNT_OVER_BUDGET];
	responder_release(&r);
	return count;
}

START_TEST(the_bound_suffices_for_every_behaviour)
{
	ruleset_put(compile("accept"));
	for (unsigned i = 0; i < 2 * config->catalogue.count; i++) {
		const struct behaviour *b = &config->catalogue.behaviour[i / 2];
		struct ruleset *rules = compile(b->name);
		uint32_t need = amplification_need(rules, i % 2);

		ck_assert_msg(!refused(rules, i % 2, need), "%s: %u", b->name, need);
		/* The shipped behaviours need no large bound. */
		ck_assert_msg(need <= 4, "%s: %u", b->name, need);
		ruleset_put(rules);
	}
	leave();
}
END_TEST

START_TEST(a_smaller_bound_does_not_suffice)
{
	static const char *const some[] = {"split-ack-syn",     "sim-open", "synack-dup",
					   "opt-full",          "dup-all",  "synack-dup=40",
					   "ip-frag=8+opt-full"};

	for (size_t i = 0; i < COUNT_OF(some); i++) {
		struct ruleset *rules = compile(some[i]);
		uint32_t need = amplification_need(rules, true);

		ck_assert_msg(need > 3, "%s: %u", some[i], need);
		ck_assert_msg(refused(rules, true, need - 1), "%s: %u", some[i], need);
		ruleset_put(rules);
	}
	leave();
}
END_TEST

static uint32_t need(const char *text, bool v4)
{
	struct ruleset *rules = compile(text);
	uint32_t n = amplification_need(rules, v4);

	ruleset_put(rules);
	return n;
}

START_TEST(the_bound_depends_on_parameters_and_joined_behaviours)
{
	/* 51 SYN-ACKs of the length of the SYN. Retransmissions of the SYN permit further ones. */
	ck_assert_uint_ge(need("synack-dup=50", true), 51);
	ck_assert_uint_lt(need("synack-dup=50", true), 110);
	ck_assert_uint_gt(need("ip-frag=8+opt-full", true), need("ip-frag=8", true));
	/* A black hole sends nothing, but the result is at least 1. */
	ck_assert_uint_eq(need("synack-never", true), 1);
	ck_assert_uint_eq(need("synack-never+synack-dup=50", false), 1);
	leave();
}
END_TEST

START_TEST(a_ruleset_in_use_is_unchanged)
{
	struct ruleset *rules = compile("synack-dup");

	ruleset_name(rules, 7, "seven");
	ruleset_begin(rules, 123 * NS_PER_S);
	ck_assert_uint_eq(amplification_need(rules, true), 4);
	ck_assert_uint_eq(rules->endpoint, 7);
	ck_assert_int_eq(rules->begun, 123 * NS_PER_S);
	ck_assert_uint_eq(rules->references, 1);
	ruleset_put(rules);
	leave();
}
END_TEST

START_TEST(a_choice_needs_the_maximum)
{
	uint32_t most = need("synack-dup=30", true);

	ck_assert_uint_gt(most, 30);
	ck_assert_uint_eq(need("flaky(behaviours=\"accept, synack-dup=30, synack-never\")", true),
			  most);
	leave();
}
END_TEST

START_TEST(a_set_isn_is_known)
{
	struct ruleset *rules = compile("isn-edge"), *plain = compile("accept");

	ck_assert(rules->tcp.iss_given);
	ck_assert(!plain->tcp.iss_given);
	ruleset_put(rules);
	ruleset_put(plain);
	leave();
}
END_TEST

UNIT_MAIN("amplification_need", the_bound_suffices_for_every_behaviour,
	  a_smaller_bound_does_not_suffice, the_bound_depends_on_parameters_and_joined_behaviours,
	  a_ruleset_in_use_is_unchanged, a_choice_needs_the_maximum, a_set_isn_is_known)
