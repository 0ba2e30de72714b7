/* SPDX-License-Identifier: MIT */
/*
 * work: counts basic blocks instead of measuring time: the result is the same on each machine.
 *
 * CMakeLists.txt compiles the counted files of a test with -fsanitize-coverage=trace-pc, which
 * calls the counter in each basic block.
 */
#ifndef SYNACKD_TESTS_UNIT_LIB_WORK_H
#define SYNACKD_TESTS_UNIT_LIB_WORK_H

#include <stdint.h>

extern uint64_t work_done; /* number of basic blocks; a test sets it to 0 */

#define WORK_TIMES 4 /* factor between a small and a large input */
/* True if the work grows at most as n log n, not as n * n, from `few` to WORK_TIMES as many. */
#define WORK_IN_PROPORTION(few, many) ((double)(many) < 1.1 * WORK_TIMES * (double)(few))

#endif
