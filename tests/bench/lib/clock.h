/* SPDX-License-Identifier: MIT */
/* clock: time, and quantiles of durations. All times are in ns of CLOCK_REALTIME, the clock of
 * frame timestamps. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_SECOND 1000000000LL

int64_t clock_now(void);

/* Sleeps until `when`, or somewhat longer. Returns at once if it has passed. */
void clock_sleep(int64_t when);

/* Sorts durations, for quantile(). */
void sort_durations(int64_t *list, size_t count);

/* Returns the smallest duration of a sorted list that at least `share` of all do not exceed.
 * Returns 0 for an empty list. */
int64_t quantile(const int64_t *sorted, size_t count, double share);

#endif
