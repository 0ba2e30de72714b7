/* SPDX-License-Identifier: MIT */
/* Every tests/unit/ROOM/test_NOUN.c is one program: START_TEST functions, and a UNIT_MAIN that
 * names them. */
#ifndef SYNACKD_TESTS_UNIT_H
#define SYNACKD_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

/* How long what must come is waited for, in ms: a machine may be held up for seconds. What must not
 * come is waited for as shortly as makes sense. */
#define PATIENCE 20000

static inline int unit_run(const char *name, const TTest *const *tests)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define UNIT_MAIN(name, ...)                                      \
	int main(void)                                            \
	{                                                         \
		const TTest *const tests[] = {__VA_ARGS__, NULL}; \
		return unit_run(name, tests);                     \
	}

#endif
