/* SPDX-License-Identifier: MIT */
#include "notations.h"
#include "unit.h"

#include "wire/expr.h"

#include <string.h>

START_TEST(expressions_have_values_modulo_2_32)
{
	static const struct {
		const char *text;
		uint32_t value;
		size_t taken;
	} cases[] = {
		{"0", 0, 1},
		{"4294967295", UINT32_MAX, 10},
		{"0xCE66AE01", 0xce66ae01, 10},
		{"snd.nxt", 1006, 7},
		{"snd.nxt-1+seg.len", 1012, 17},
		{"seg.size-1", 1499, 10},
		{"iss-10000", (uint32_t)-9000, 9},
		{"-1", UINT32_MAX, 2},
		{"0xffffffff+2", 1, 12},
		{"ts.recent)", 99, 9},
		{"10:20", 10, 2},
		{"snd.nxt-snd.una", 5, 15},
		{"iss+irs+snd.una+snd.wnd+rcv.wnd+seg.seq", 1000 + 2000 + 1001 + 512 + 65535 + 2000,
		 39},
		{"70000", 70000, 5},
		{"0-iss", (uint32_t)-1000, 5},
		{"old.iss", 5, 7},
		{"snd.nxt-old.snd.nxt+old.irs", 997, 27},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *error = NULL;
		struct expr e;

		ck_assert_ptr_eq(expr_parse(cases[i].text, &e, &error),
				 cases[i].text + cases[i].taken);
		ck_assert_uint_eq(expr_eval(&e, &values), cases[i].value);
	}
}
END_TEST

START_TEST(names_of_old_values)
{
	const struct expr_values forgetful = {.v = {[VAR_ISS] = 1000}};
	const char *error = NULL;
	struct expr e;

	expr_parse("iss+old.iss", &e, &error);
	ck_assert(expr_is_old(&e));
	ck_assert_uint_eq(expr_eval(&e, &values), 1005);
	ck_assert_uint_eq(expr_eval(&e, &forgetful), 1000);
	expr_parse("iss+7", &e, &error);
	ck_assert(!expr_is_old(&e));
}
END_TEST

START_TEST(errors_are_explained)
{
	static const char *const cases[] = {
		"",           "+1",         "--1",         "1+",
		"snd",        "snd.",       "SND.NXT",     "snd.nxt_",
		"4294967296", "0x",         "0x100000000", "iss+iss+iss+iss+iss+iss+iss",
		"1-+1",       "seg.length", "old.",        "old.old.iss",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *error = NULL, *end;
		struct expr e;

		end = expr_parse(cases[i], &e, &error);
		if (strcmp(cases[i], "snd.nxt_") == 0) {
			ck_assert_str_eq(end, "_");
			continue;
		}
		ck_assert_msg(!end, "%s", cases[i]);
		ck_assert_int_eq(strncmp(error, "expected ", 9), 0);
	}
}
END_TEST

START_TEST(each_name_is_its_own_variable)
{
	struct expr_values v;

	for (int i = 0; i < VAR_COUNT; i++)
		v.v[i] = (uint32_t)i + 100;
	for (int i = 0; i < VAR_COUNT; i++) {
		const char *name = expr_var_name((enum expr_var)i), *error;
		struct expr e;

		ck_assert_str_eq(expr_parse(name, &e, &error), "");
		ck_assert(!expr_is_constant(&e));
		ck_assert_uint_eq(expr_eval(&e, &v), (uint32_t)i + 100);
	}
}
END_TEST

UNIT_MAIN("expr", expressions_have_values_modulo_2_32, names_of_old_values, errors_are_explained,
	  each_name_is_its_own_variable)
