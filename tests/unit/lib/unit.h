/* SPDX-License-Identifier: MIT */
/* Every tests/unit/ROOM/test_FILE.c is one program: START_TEST functions, and a UNIT_MAIN that
 * names them. */
#ifndef SYNACKD_TESTS_UNIT_LIB_UNIT_H
#define SYNACKD_TESTS_UNIT_LIB_UNIT_H

#include "base/container.h"

#include <check.h>
#include <stdlib.h>

/* How long what must come is waited for, in ms: a machine may be held up for seconds. What must not
 * come is waited for as shortly as makes sense. */
#define PATIENCE 20000

/* Whether sanitizers are built in, which make a test ten times as long. */
#if defined(__SANITIZE_ADDRESS__)
#define UNIT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNIT_SANITIZED 1
#endif
#endif
#ifndef UNIT_SANITIZED
#define UNIT_SANITIZED 0
#endif

/* After so many seconds a test hangs: CTest waits for no program longer than 300. */
#define HANGS 280

/* Runs the tests, NULL behind the last, each in a process of its own. Returns an exit code. */
int unit_run(const char *name, const TTest *const *tests);

#define UNIT_MAIN(name, ...)                                      \
	int main(void)                                            \
	{                                                         \
		const TTest *const tests[] = {__VA_ARGS__, NULL}; \
		return unit_run(name, tests);                     \
	}

#endif
