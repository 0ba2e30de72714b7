/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "fields.h"

START_TEST(nouns_are_plural_except_for_one)
{
	static const struct {
		json_int_t n;
		const char *wanted;
	} cases[] = {{0, "0 endpoints"},
		     {1, "1 endpoint"},
		     {2, "2 endpoints"},
		     {1234567, "1,234,567 endpoints"},
		     {-1000, "-1,000 endpoints"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text out = {0};

		text_add_counted(&out, cases[i].n, "endpoint");
		ck_assert_str_eq(text_str(&out), cases[i].wanted);
		text_free(&out);
	}
}
END_TEST

UNIT_MAIN("fields", nouns_are_plural_except_for_one)
