/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

void clock_sleep(int64_t when)
{
	struct timespec t = {.tv_sec = when / NS_PER_SECOND, .tv_nsec = when % NS_PER_SECOND};

	if (clock_now() >= when)
		return;
	prctl(PR_SET_TIMERSLACK, 1);
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void sort_durations(int64_t *list, size_t count)
{
	qsort(list, count, sizeof(*list), compare);
}

int64_t quantile(const int64_t *sorted, size_t count, double share)
{
	size_t at = (size_t)(share * (double)count);

	if (count == 0)
		return 0;
	return sorted[at < count ? at : count - 1];
}
