/* SPDX-License-Identifier: MIT */
/* unit: the frame of unit tests. Every tests/unit/LAYER/test_FILE.c is a program of START_TEST
 * functions, and a UNIT_MAIN with their names. */
#ifndef SYNACKD_TESTS_UNIT_LIB_UNIT_H
#define SYNACKD_TESTS_UNIT_LIB_UNIT_H

#include "base/container.h"

#include <check.h>
#include <stdlib.h>

/* Timeout for expected events, in ms: a machine may be stopped for seconds. Tests that expect no
 * event wait for a shorter time. */
#define PATIENCE 20000

/* 1 if built with sanitizers, which make a test ten times as long. */
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

/* Timeout of a test, in s. CTest ends programs after 300 s. */
#define HANGS 280

/* Runs the tests of a NULL-terminated list, each in a process of its own. Returns an exit code. */
int unit_run(const char *name, const TTest *const *tests);

#define UNIT_MAIN(name, ...)                                      \
	int main(void)                                            \
	{                                                         \
		const TTest *const tests[] = {__VA_ARGS__, NULL}; \
		return unit_run(name, tests);                     \
	}

#endif
