/* SPDX-License-Identifier: MIT */
#include "base/steady.h"

#include <pthread.h>

static nstime origin; /* the wall clock at the time when CLOCK_MONOTONIC was 0 */

nstime monotonic_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

nstime wall_now(void)
{
	return clock_read(CLOCK_REALTIME);
}

static void find_origin(void)
{
	origin = wall_now() - monotonic_now();
}

static nstime origin_found(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_origin);
	return origin;
}

nstime steady_now(void)
{
	return origin_found() + monotonic_now();
}

nstime steady_to_monotonic(nstime steady)
{
	return steady - origin_found();
}

bool steady_shift(nstime *shift)
{
	nstime before = steady_now(), wall = wall_now(), after = steady_now(), was = *shift;

	*shift = clock_shift(before, wall, after, was);
	return *shift != was;
}
