/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "behaviour/numbers.h"

/* Returns the numbers from 0 to 9 in the set, as digits. */
static const char *digits_of(const char *text, uint32_t least)
{
	static char out[11];
	struct numbers r;
	char *p = out;

	ck_assert_msg(numbers_parse(text, least, &r), "%s", text);
	ck_assert(r.given);
	for (uint32_t n = least; n <= 9; n++)
		if (numbers_have(&r, n))
			*p++ = (char)('0' + n);
	*p = '\0';
	return out;
}

START_TEST(every_form)
{
	ck_assert_str_eq(digits_of("3", 1), "3");
	ck_assert_str_eq(digits_of("2-4", 1), "234");
	ck_assert_str_eq(digits_of("<3", 1), "12");
	ck_assert_str_eq(digits_of("<1", 1), "");
	ck_assert_str_eq(digits_of("<=3", 1), "123");
	ck_assert_str_eq(digits_of(">6", 1), "789");
	ck_assert_str_eq(digits_of(">=6", 1), "6789");
	ck_assert_str_eq(digits_of("every 1", 1), "123456789");
	ck_assert_str_eq(digits_of("every 4", 1), "48");
	ck_assert_str_eq(digits_of("not 3", 1), "12456789");
	ck_assert_str_eq(digits_of("not 2-8", 1), "19");
	ck_assert_str_eq(digits_of("not every 4", 1), "1235679");
	ck_assert_str_eq(digits_of("not <1", 1), "123456789");
}
END_TEST

START_TEST(lists_may_start_at_0)
{
	ck_assert_str_eq(digits_of("0", 0), "0");
	ck_assert_str_eq(digits_of(">0", 0), "123456789");
	ck_assert_str_eq(digits_of("<1", 0), "0");
	ck_assert_str_eq(digits_of("<0", 0), "");
	ck_assert_str_eq(digits_of("<=0", 0), "0");
	ck_assert_str_eq(digits_of("every 5", 0), "05");
	ck_assert_str_eq(digits_of("not 0", 0), "123456789");
}
END_TEST

START_TEST(other_texts_are_invalid)
{
	static const char *const wrong[] = {"",
					    "-1",
					    "4-2",
					    "<",
					    ">",
					    "<2-3",
					    "a",
					    "1-",
					    "-",
					    "=3",
					    "> 3",
					    "every",
					    "every 0",
					    "not",
					    "not ",
					    "every 2-4",
					    "every <3",
					    "not not 3",
					    "every not 3",
					    "4294967295",
					    "1-4294967295",
					    "99999999999999999999-3"};
	struct numbers r = {.from = 7};

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		ck_assert_msg(!numbers_parse(wrong[i], 0, &r), "%s", wrong[i]);
	ck_assert(!numbers_parse("0", 1, &r));
	ck_assert(!numbers_parse("0-3", 1, &r));
	ck_assert(!numbers_parse("<0", 1, &r));
	ck_assert_uint_eq(r.from, 7);
}
END_TEST

static bool overlap(const char *a, const char *b)
{
	struct numbers one, other;

	ck_assert(numbers_parse(a, 1, &one) && numbers_parse(b, 1, &other));
	ck_assert(numbers_overlap(&one, &other) == numbers_overlap(&other, &one));
	return numbers_overlap(&one, &other);
}

START_TEST(two_of_them)
{
	static const struct numbers none;
	struct numbers three;

	ck_assert(overlap("3", "2-4"));
	ck_assert(!overlap("3", ">3"));
	ck_assert(!overlap("<3", ">=3"));
	ck_assert(overlap("<=3", ">=3"));
	ck_assert(overlap("every 2", "4"));
	ck_assert(overlap("not 3", "4"));
	ck_assert(numbers_parse("3", 1, &three));
	ck_assert(numbers_overlap(&none, &three) && numbers_overlap(&three, &none));
}
END_TEST

UNIT_MAIN("numbers", every_form, lists_may_start_at_0, other_texts_are_invalid, two_of_them)
