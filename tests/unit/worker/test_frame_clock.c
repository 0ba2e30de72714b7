/* SPDX-License-Identifier: MIT */
/* Time stamps of frames, in steady time: neither in the future nor before the last event. */
#include "unit.h"

#include "base/steady.h"
#include "worker/frame_clock.h"

#define LAST (1000 * NS_PER_S) /* time of the responder's clock */

static struct frame converted(nstime stamp)
{
	/* The wall clock is 3 s ahead of steady time. `seen` is in the future: no clock is read. */
	struct frame_clock c = {.shift = -3 * NS_PER_S, .seen = LAST + NS_PER_S};
	struct frame f = {.when = stamp + 3 * NS_PER_S};

	frame_clock_convert(&c, &f, LAST);
	return f;
}

START_TEST(a_later_frame_keeps_its_time)
{
	struct frame f = converted(LAST + 5);

	ck_assert_int_eq(f.when, LAST + 5);
	ck_assert_int_eq(f.lag, 0);
}
END_TEST

START_TEST(an_earlier_frame_keeps_the_time_that_it_waited)
{
	struct frame f = converted(LAST - 5 * NS_PER_MS);

	ck_assert_int_eq(f.when, LAST);
	ck_assert_int_eq(f.lag, 5 * NS_PER_MS);
}
END_TEST

START_TEST(a_stamp_of_another_clock_is_ignored)
{
	const nstime stamps[] = {LAST - NS_PER_S - 1, LAST - 3600 * NS_PER_S};

	for (unsigned i = 0; i < COUNT_OF(stamps); i++) {
		struct frame f = converted(stamps[i]);

		ck_assert_int_eq(f.when, LAST);
		ck_assert_int_eq(f.lag, 0);
	}
}
END_TEST

START_TEST(the_result_is_limited_to_the_present)
{
	struct frame_clock c = {0};
	struct frame f = {0};
	nstime before;

	ck_assert_int_eq(frame_clock_follow(&c), 0);
	before = steady_now();
	f.when = wall_now() + 3600 * NS_PER_S;
	frame_clock_convert(&c, &f, before);
	ck_assert_int_ge(f.when, before);
	ck_assert_int_le(f.when, steady_now());
	ck_assert_int_eq(f.lag, 0);
}
END_TEST

/* The wall clock was set by `step`, and a frame that had arrived 2 ms before is read 1 ms later. */
static void expect_no_lag(nstime step)
{
	const nstime now = LAST + 10 * NS_PER_MS;
	struct frame_clock c = {.shift = -3 * NS_PER_S - step,
				.before = -3 * NS_PER_S,
				.latest = now - 3 * NS_PER_MS,
				.seen = now};
	struct frame f = {.when = now - 2 * NS_PER_MS + 3 * NS_PER_S};

	frame_clock_convert(&c, &f, LAST);
	ck_assert_int_eq(f.when, now - 2 * NS_PER_MS);
	ck_assert_int_eq(f.lag, 0);
	/* A frame that arrives after the change. */
	f.when = now - NS_PER_MS + 3 * NS_PER_S + step;
	frame_clock_convert(&c, &f, LAST);
	ck_assert_int_eq(f.when, now - NS_PER_MS);
}

START_TEST(a_small_step_is_no_lag)
{
	expect_no_lag(5 * NS_PER_MS);
	expect_no_lag(400 * NS_PER_MS);
}
END_TEST

START_TEST(a_small_step_back)
{
	nstime now = steady_now();
	struct frame_clock c = {.shift = 400 * NS_PER_MS, .before = NS_PER_MS, .seen = now};
	struct frame f = {.when = now - 2 * NS_PER_MS};

	frame_clock_convert(&c, &f, now - NS_PER_S);
	ck_assert_int_eq(f.when, now - NS_PER_MS);
	ck_assert_int_eq(f.lag, 0);
}
END_TEST

UNIT_MAIN("frame_clock", a_later_frame_keeps_its_time,
	  an_earlier_frame_keeps_the_time_that_it_waited, a_stamp_of_another_clock_is_ignored,
	  the_result_is_limited_to_the_present, a_small_step_is_no_lag, a_small_step_back)
