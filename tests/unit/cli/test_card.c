/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "card.h"
#include "screen.h"

#define ROW(id, section, result, text, reason, words, known)                                       \
	"{\"requirement\":\"" id "\",\"rfc\":9293,\"section\":\"" section "\",\"level\":\"MUST\"," \
	"\"text\":\"" text "\",\"result\":\"" result "\",\"reason\":" reason ",\"words\":\"" words \
	"\",\"known\":" known ",\"scenario\":\"odd\",\"connection\":null,\"segments\":[]}"

static const char card[] =
	"{\"suite\":\"mine\",\"client\":\"a client\",\"time_ns\":2000000000,\"seed\":7,"
	"\"scenarios\":[{\"name\":\"odd\",\"skipped\":null}],\"unjudgeable\":[],"
	"\"requirements\":[" ROW(
		"MUST-5", "3.1", "FAIL", "The client MUST accept options.", "null",
		"the client resets",
		"null") "," ROW("MUST-2", "3.1", "FAIL (known)",
				"Every segment MUST have a valid checksum.", "null",
				"the checksum is invalid",
				"\"no hardware\"") "," ROW("MUST-8", "3.4.1", "INCONCLUSIVE",
							   "The client MUST take ISNs from a "
							   "clock.",
							   "\"no-data\"", "no such event occurred",
							   "null") "]}";

static void expect(bool all, unsigned width, const char *wanted)
{
	struct screen screen = {.width = width};
	json_t *o = json_loads(card, 0, NULL);
	struct text out = {0};

	ck_assert_ptr_nonnull(o);
	card_draw(o, all, &screen, &out);
	ck_assert_str_eq(text_str(&out), wanted);
	text_free(&out);
	json_decref(o);
}

/* The text of a clause is a sentence of its own, and the observation follows it. */
START_TEST(a_narrow_card)
{
	expect(true, 80,
	       "a client, suite 'mine': 1 scenario in 2.0 s, seed 7\n"
	       "\n"
	       "RESULT        CLAUSE  SCENARIO  REQUIREMENT AND OBSERVATION\n"
	       "FAIL          MUST-5  odd       RFC 9293 3.1: The client MUST accept options.\n"
	       "                                Observed: the client resets\n"
	       "FAIL (known)  MUST-2  odd       RFC 9293 3.1: Every segment MUST have a valid\n"
	       "                                checksum. Observed: the checksum is invalid;\n"
	       "                                known: no hardware\n"
	       "INCONCLUSIVE  MUST-8  odd       RFC 9293 3.4.1: The client MUST take ISNs from a\n"
	       "                                clock. Reason: no-data: no such event occurred\n"
	       "\n"
	       "1 FAIL, 1 FAIL (known), 1 INCONCLUSIVE (1 no-data).\n"
	       "\n"
	       "MUST-5 FAIL in odd: the client resets.\n"
	       "RFC 9293 3.1: The client MUST accept options.\n"
	       "\n");
}
END_TEST

START_TEST(a_wide_card)
{
	expect(false, 0,
	       "a client, suite 'mine': 1 scenario in 2.0 s, seed 7\n"
	       "\n"
	       "RESULT        CLAUSE  RFC           REQUIREMENT                                "
	       "SCENARIO  OBSERVATION\n"
	       "FAIL          MUST-5  RFC 9293 3.1  The client MUST accept options.            odd "
	       "      the client resets\n"
	       "FAIL (known)  MUST-2  RFC 9293 3.1  Every segment MUST have a valid checksum.  odd "
	       "      the checksum is invalid; known: no hardware\n"
	       "\n"
	       "1 FAIL, 1 FAIL (known), 1 INCONCLUSIVE (1 no-data).\n"
	       "\n"
	       "MUST-5 FAIL in odd: the client resets.\n"
	       "RFC 9293 3.1: The client MUST accept options.\n"
	       "\n"
	       "\n"
	       "Not shown: rows with PASS, INFO or INCONCLUSIVE, and 0 clauses that cannot be "
	       "judged. Use --all.\n");
}
END_TEST

UNIT_MAIN("card", a_narrow_card, a_wide_card)
