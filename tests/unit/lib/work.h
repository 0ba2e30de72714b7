/* SPDX-License-Identifier: MIT */
/*
 * Work, counted rather than timed: the same on each machine. Files that CMakeLists.txt compiles for
 * a test with a call in each of their basic blocks (-fsanitize-coverage=trace-pc) count there.
 */
#ifndef SYNACKD_TESTS_UNIT_LIB_WORK_H
#define SYNACKD_TESTS_UNIT_LIB_WORK_H

#include <stdint.h>

extern uint64_t work_done; /* basic blocks; a test sets it to 0 */

#define WORK_TIMES 4 /* so many more are taken, to see how the work grows */
/* Is the work for WORK_TIMES as many in proportion: as n log n, and not as n * n? */
#define WORK_IN_PROPORTION(few, many) ((double)(many) < 1.1 * WORK_TIMES * (double)(few))

#endif
