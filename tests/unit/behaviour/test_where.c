/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "behaviour/where.h"

#include <string.h>

static const struct expr_values values = {.v = {[VAR_SND_UNA] = 0xfffffffe,
						[VAR_SND_NXT] = 3,
						[VAR_SND_WND] = 100,
						[VAR_IRS] = 7,
						[VAR_RCV_NXT] = 8}};

START_TEST(numbers_are_compared)
{
	static const struct {
		const char *text;
		bool holds;
	} cases[] = {
		{"snd.wnd=100", true},
		{"snd.wnd != 100", false},
		{" snd.wnd > 99 ", true},
		{"snd.wnd > 100", false},
		{"snd.wnd >= 100", true},
		{"snd.wnd < 100", false},
		{"snd.wnd <= 100", true},
		{"0 < snd.wnd", true},
		/* A difference of sequence numbers that may wrap. */
		{"snd.nxt-snd.una = 5", true},
		{"rcv.nxt-irs-1 = 0", true},
		{"rcv.nxt-irs-1 > 0", false},
		{"snd.wnd = 100, snd.wnd > 3,snd.nxt = 3", true},
		{"snd.wnd = 100, snd.wnd > 300", false},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *wrong = NULL;
		struct where w;

		ck_assert_msg(where_parse(cases[i].text, &w, &wrong), "%s: %s", cases[i].text,
			      wrong);
		ck_assert_msg(where_holds(&w, &values) == cases[i].holds, "%s", cases[i].text);
	}
}
END_TEST

START_TEST(errors_are_explained)
{
	static const char between[] = "expected one of <, <=, =, !=, >= and > between two "
				      "expressions";
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"snd.wnd", between},
		{"snd.wnd ~ 3", between},
		{"snd.wnd = ", "expected a number, or one of iss"},
		{"snd.wdn = 3", "expected a number, or one of iss"},
		{"", "expected a number, or one of iss"},
		{"snd.wnd = 0,", "expected a number, or one of iss"},
		{"snd.wnd = 0 snd.una = 1", "expected a comma between comparisons"},
		{"1=1,1=1,1=1,1=1,1=1", "expected at most 4 comparisons"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *wrong = NULL;
		struct where w;

		ck_assert(!where_parse(cases[i].text, &w, &wrong));
		ck_assert_msg(strstr(wrong, cases[i].expected) != NULL, "%s", wrong);
		free(wrong);
	}
}
END_TEST

UNIT_MAIN("where", numbers_are_compared, errors_are_explained)
