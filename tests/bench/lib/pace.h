/* SPDX-License-Identifier: MIT */
/*
 * pace: the times at which the machine itself is slow.
 *
 * The host of a virtual machine may run it at a small part of its speed for tens of milliseconds,
 * all CPUs at once. An answer that is late then is no fault of the server. A thread repeats a short
 * computation five times in a millisecond, and notes the times at which it takes three times as
 * long as usual. Other threads and interrupts do not count: they delay one of three computations in
 * a row, and the shortest is used.
 */
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include <stdint.h>

struct pace;

/* Starts the thread, on a machine that is not slow at this moment. Ends the process on failure. */
struct pace *pace_start(void);

/* Ends the thread. The functions below are for afterwards. */
void pace_stop(struct pace *p);
void pace_free(struct pace *p);

/* Returns 1 if the machine was slow at some time from `begin` to `end`, or if a slow time was
 * followed by one of these after at most its own length: the server catches up meanwhile. Times are
 * of clock_now(). */
int pace_was_slow(const struct pace *p, int64_t begin, int64_t end);

/* Returns the share of the time between start and stop in which the machine was slow. */
double pace_slow_share(const struct pace *p);

#endif
