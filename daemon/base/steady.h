/* SPDX-License-Identifier: MIT */
/*
 * steady: the clocks of a running daemon.
 *
 * The daemon's own clock is steady time: the wall clock at the start, advanced by
 * CLOCK_MONOTONIC. Setting the machine's clock does not affect the daemon's timers.
 */
#ifndef SYNACKD_BASE_STEADY_H
#define SYNACKD_BASE_STEADY_H

#include "base/clock.h"

/* Unit: nanoseconds. Safe from any thread. */
nstime monotonic_now(void); /* CLOCK_MONOTONIC */
nstime wall_now(void);      /* CLOCK_REALTIME */
nstime steady_now(void);
nstime steady_to_monotonic(nstime steady); /* steady time to CLOCK_MONOTONIC */

/* Updates *shift, the offset in ns from the wall clock to steady time: the caller adds it to
 * time stamps of the wall clock, which frames have. Setting the wall clock forward by n
 * decreases it by n. *shift must be 0 before the first call. Returns true if *shift changed. */
bool steady_shift(nstime *shift);

#endif
