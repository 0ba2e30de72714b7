/* SPDX-License-Identifier: MIT */
#include "one_client.h"

/* Rules request 4 operations each, on one event. A turn does 16, and counts the others. */
START_TEST(operations_beyond_the_limit_are_counted)
{
	static const struct {
		const char *behaviour;
		size_t done;
		uint64_t cut;
	} cases[] = {{"four+four+four+four", 16, 0}, {"four+four+four+four+four", 16, 4}};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char key[80];

		snprintf(key, sizeof(key), "behaviour = \"%s\";", cases[i].behaviour);
		client_begin("discard", key);
		sends(TCP_SYN, "");
		sends(TCP_ACK, "");
		ck_assert_uint_eq(client.got_len, cases[i].done);
		ck_assert_uint_eq(responder.counter[COUNT_STEP_LIMIT], cases[i].cut);
		client_end();
	}
}
END_TEST

UNIT_MAIN("turn", operations_beyond_the_limit_are_counted)
