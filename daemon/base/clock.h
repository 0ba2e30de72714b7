/* SPDX-License-Identifier: MIT */
/* Time is an argument wherever segments are dealt with: only the edges ask the system for it. */
#ifndef SYNACKD_BASE_CLOCK_H
#define SYNACKD_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds. As a point in time: since the Unix epoch live, since the epoch of the capture's
 * stamps in replay, since 0 on a test's fake clock. */
typedef int64_t nstime;

#define NS_PER_US ((nstime)1000)
#define NS_PER_MS ((nstime)1000000)
#define NS_PER_S  ((nstime)1000000000)
#define MS_PER_S  (NS_PER_S / NS_PER_MS)
#define NS_NEVER  INT64_MAX

nstime clock_read(clockid_t id);

/*
 * Read a duration: a decimal number and a unit, `ns us ms s min h`, as in `980.4ms`; a bare `0`
 * needs none. Exact: returns false (and leaves *out alone) for what is not whole nanoseconds, for
 * anything else, for negative values and for more than 10 years.
 */
bool duration_parse(const char *text, nstime *out);

/*
 * What to add to the time of one clock (`wall`) for that of another, which was read before and
 * after it. `last` is what was found before: it stands as long as it can still be right by a
 * millisecond, also when long went by between the readings.
 */
nstime clock_shift(nstime before, nstime wall, nstime after, nstime last);

/*
 * The time of a frame whose stamp gave `when`: it lies between the last event and now. It can be
 * outside when the clock that stamps frames was set after it stamped this one.
 */
nstime clock_clamp(nstime when, nstime last, nstime now);

/* A time in seconds, rounded down to microseconds: so many a double keeps exactly until the year
 * 2242. */
double clock_seconds(nstime t);

/* Write a duration in the shortest exact form, `980.4ms`. Returns buf, always terminated. */
const char *duration_format(nstime t, char *buf, size_t size);

#endif
