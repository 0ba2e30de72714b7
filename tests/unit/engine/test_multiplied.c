/* SPDX-License-Identifier: MIT */
/* Rules that multiply the segments of other rules: the size of a plan is bounded, and the responder
 * continues. */
#include "one_client.h"

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

UNIT_MAIN("multiplied", the_size_of_a_plan_is_bounded)
