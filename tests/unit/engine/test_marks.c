/* SPDX-License-Identifier: MIT */
/* Marks in the trace: of rules, of settings of behaviours, and of actions of rules on the TCP. */
#include "one_client.h"

#include "engine/advance.h"
#include "engine/connection_ops.h"
#include "trace/label.h"

/* Returns the labels and uses of each record, one line each: `< a+b`, `> a, use x: window`, `!
 * close by a`. The caller frees it. */
static char *marks(void)
{
	const struct trace_record *r = NULL;
	struct text out = {0};

	text_add(&out, "");
	while ((r = trace_next(&responder.trace, r))) {
		if (r->kind == TRACE_STATE || r->kind == TRACE_ATTEMPT)
			continue;
		text_add(&out, r->kind == TRACE_IN ? "<" : r->kind == TRACE_OUT ? ">" : "! ");
		if (r->kind == TRACE_NOTE)
			text_addf(&out, "%.*s by", r->cap, (const char *)r->bytes);
		if (r->fate)
			text_addf(&out, " %s", trace_fate_name((enum trace_fate)r->fate));
		for (unsigned i = 0; i < r->causes.labels; i++)
			text_addf(&out, " %s", label_name(r->causes.label[i]));
		for (unsigned i = 0; i < r->causes.uses; i++)
			text_addf(&out, " use %s", label_name(r->causes.use[i]));
		text_add(&out, "\n");
	}
	return out.s;
}

static void expect_marks(const char *expected)
{
	char *got = marks();

	ck_assert_str_eq(got, expected);
	free(got);
}

START_TEST(settings_and_actions)
{
	client_begin("discard", "behaviour = \"busy\";");
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
	/* Its TTL equals that of the endpoint, so it leaves no mark. */
	expect_marks("<\n"
		     "> use busy: window\n"
		     "<\n"
		     "! read pause by busy\n");
	responder_advance(&responder, the_time + NS_PER_S);
	expect_marks("<\n"
		     "> use busy: window\n"
		     "<\n"
		     "! read pause by busy\n"
		     "! close by busy\n"
		     "> use busy: window\n");
	client_end();
}
END_TEST

START_TEST(held_segments_name_their_rule)
{
	client_begin("discard", "behaviour = \"held\";");
	sends(TCP_SYN, "");
	client.seq--;
	sends(TCP_SYN, "");
	expect_marks("< held held\n"
		     "< absorbed held\n");
	responder_advance(&responder, the_time + NS_PER_S);
	expect_marks("< held held\n"
		     "< absorbed held\n"
		     "< released held\n"
		     ">\n");
	client_end();
}
END_TEST

START_TEST(silence_names_its_rule)
{
	client_begin("discard", "behaviour = \"deaf\";");
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
	sends(TCP_ACK, "hello");
	expect_marks("<\n"
		     ">\n"
		     "<\n"
		     "! silence 2s by deaf\n"
		     "< dropped deaf\n");
	client_end();
}
END_TEST

/* An action of an operator is not marked with a rule. */
START_TEST(operators_actions_have_no_mark)
{
	client_begin("discard", "");
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
	ck_assert(operates(1, MACHINE_CLOSE));
	expect_marks("<\n"
		     ">\n"
		     "<\n"
		     ">\n");
	client_end();
}
END_TEST

UNIT_MAIN("marks", settings_and_actions, held_segments_name_their_rule, silence_names_its_rule,
	  operators_actions_have_no_mark)
