/* SPDX-License-Identifier: MIT */
/*
 * clock: the unit of time, durations as text, and arithmetic on clocks.
 *
 * Functions that process segments take the time as an argument. Only the main loops read clocks.
 */
#ifndef SYNACKD_BASE_CLOCK_H
#define SYNACKD_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Time in nanoseconds. A point in time counts from the Unix epoch in a running daemon, from the
 * epoch of the capture's time stamps in a replay, and from 0 on a test's fake clock. */
typedef int64_t nstime;

#define NS_PER_US ((nstime)1000)
#define NS_PER_MS ((nstime)1000000)
#define NS_PER_S  ((nstime)1000000000)
#define MS_PER_S  (NS_PER_S / NS_PER_MS)
#define NS_NEVER  INT64_MAX

nstime clock_read(clockid_t id);

/* Parses a duration: a decimal number and a unit, `ns us ms s min h`, as in `980.4ms`. A bare
 * `0` needs no unit. Returns false, and leaves *out unchanged, if the text is malformed or
 * negative, is not a whole number of nanoseconds, or exceeds 10 years (of 366 days). */
bool duration_parse(const char *text, nstime *out);

/*
 * Returns the offset, in ns, that converts a time of the clock that gave `wall` to the clock
 * that gave `before` and `after`. The caller read `before`, `wall` and `after` in this order.
 * `last` is the previous result. It is returned unchanged if the three readings permit it, with
 * a tolerance of 1 ms, so that a delay between the readings does not change the offset.
 */
nstime clock_shift(nstime before, nstime wall, nstime after, nstime last);

/* Returns `when`, the time stamp of a frame, clamped to the interval from `last` (the previous
 * event) to `now`. A time stamp is outside if the clock that stamps frames was set after it
 * stamped this frame. */
nstime clock_clamp(nstime when, nstime last, nstime now);

/* Returns a time in seconds, rounded down to microseconds. A double represents these exactly
 * until the year 2242. */
double clock_seconds(nstime t);

/* Writes a duration in its shortest exact form, such as `980.4ms`; NS_NEVER is `never`. Returns
 * buf, always NUL-terminated. */
const char *duration_format(nstime t, char *buf, size_t size);

#endif
