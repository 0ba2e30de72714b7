/* SPDX-License-Identifier: MIT */
/* Rules that multiply the segments of other rules: the size of a plan is bounded, and the responder
 * continues. */
#include "one_client.h"

#include "engine/advance.h"
#include "tcp/plan.h"

#include <stdlib.h>

static unsigned sent;

static void count(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		  nstime when)
{
	sent++;
	deliver(l, to, packet, len, when);
}

static void flush_nothing(struct link *l)
{
	(void)l;
}

static const struct link_ops counting = {.kind = "test", .send = count, .flush = flush_nothing};

START_TEST(the_size_of_a_plan_is_bounded)
{
	const unsigned duplicates = 1000, repeats = duplicates + 1;

	client_begin("echo", "behaviour = \"storm\";");
	the_link.ops = &counting;
	sent = 0;
	sends(TCP_SYN, "");
	responder_advance(&responder, the_time);
	/* Each retransmission draws one answer, which no rule made, and copies up to the bound. */
	ck_assert_uint_le(sent, PLAN_ADDED_MAX + repeats);
	ck_assert_uint_gt(sent, PLAN_ADDED_MAX);
	ck_assert_uint_eq(responder.counter[COUNT_RULES_CUT],
			  (uint64_t)repeats * duplicates - PLAN_ADDED_MAX);
	sends(TCP_ACK, "");
	sends(TCP_ACK | TCP_PSH, "hello");
	ck_assert_mem_eq(client.got, "hello", 5);
	client_end();
}
END_TEST

#define OCTETS 1000

static char text[OCTETS + 1];

/* Sends OCTETS octets to an endpoint that echoes each in a segment of its own. */
static void sends_octets(void)
{
	client_begin("echo", "behaviour = \"shredded\";");
	the_link.ops = &counting;
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
	for (unsigned i = 0; i < OCTETS; i++)
		text[i] = (char)('a' + i * i % 26);
	sent = 0;
	sends(TCP_ACK | TCP_PSH, text);
}

START_TEST(a_large_plan_waits_for_its_turn)
{
	uint64_t before;

	sends_octets();
	ck_assert_uint_eq(sent, 0);
	ck_assert_int_lt(responder_next(&responder), responder.now); /* before all other work */
	before = responder.counter[COUNT_SEGMENTS_OUT];
	responder_advance(&responder, the_time);
	ck_assert_uint_eq(responder.counter[COUNT_SEGMENTS_OUT], before + OCTETS);
	ck_assert_uint_eq(sent, OCTETS);
	ck_assert_uint_eq(client.got_len, OCTETS); /* it only takes octets in sequence */
	ck_assert_mem_eq(client.got, text, OCTETS);
	ck_assert_uint_eq(responder.deferred, 0);
	client_end();
}
END_TEST

/* Other segments of the client are answered after the plan. */
START_TEST(the_order_remains)
{
	sends_octets();
	sends(TCP_ACK | TCP_PSH, "!");
	ck_assert_uint_eq(client.got_len, OCTETS + 1);
	ck_assert_mem_eq(client.got, text, OCTETS);
	ck_assert_int_eq(client.got[OCTETS], '!');
	client_end();
}
END_TEST

START_TEST(a_plan_that_waits_is_freed)
{
	sends_octets();
	client_end();
	ck_assert_uint_eq(sent, 0);
}
END_TEST

UNIT_MAIN("multiplied", the_size_of_a_plan_is_bounded, a_large_plan_waits_for_its_turn,
	  the_order_remains, a_plan_that_waits_is_freed)
