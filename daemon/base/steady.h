/* SPDX-License-Identifier: MIT */
/*
 * The clocks of a running daemon. Its own is steady: the wall clock as it was at the start, and
 * from then on as CLOCK_MONOTONIC goes. To set the machine's clock moves no timer of ours.
 */
#ifndef SYNACKD_BASE_STEADY_H
#define SYNACKD_BASE_STEADY_H

#include "base/clock.h"

/* All of these are in nanoseconds; any thread may ask. */
nstime monotonic_now(void); /* CLOCK_MONOTONIC */
nstime wall_now(void);      /* CLOCK_REALTIME */
nstime steady_now(void);
nstime steady_to_monotonic(nstime steady); /* the same moment by CLOCK_MONOTONIC */

/* What to add to a stamp of the wall clock, such as a frame has, on the steady one: less what the
 * wall clock was set forward since the start. *shift is what this gave before, 0 the first time;
 * true when it is another one now. */
bool steady_shift(nstime *shift);

#endif
