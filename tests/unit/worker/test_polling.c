/* SPDX-License-Identifier: MIT */
/* When a worker polls, on a fake clock. */
#include "unit.h"

#include "worker/polling.h"

static struct polling p;
static nstime now;

/* Has rounds of `events` events every 100 us, for some time. Returns the number of changes. */
static unsigned rounds(uint32_t events, nstime time)
{
	unsigned changes = 0;

	for (nstime end = now + time; now < end;) {
		bool before = p.on;

		now += 100 * NS_PER_US;
		changes += polling_update(&p, events, now) != before;
		ck_assert_int_eq(p.on, polling_update(&p, 0, now));
	}
	return changes;
}

START_TEST(starts_at_a_high_rate)
{
	ck_assert_uint_eq(rounds(4, NS_PER_S), 0); /* 40,000 a second */
	ck_assert(!p.on);
	ck_assert_uint_eq(rounds(6, 3 * NS_PER_MS), 1);
	ck_assert(p.on);
}
END_TEST

START_TEST(ends_at_a_low_rate)
{
	rounds(100, 3 * NS_PER_MS);
	ck_assert(p.on);
	ck_assert_uint_eq(rounds(3, NS_PER_S), 0); /* 30,000: between both */
	ck_assert(p.on);
	ck_assert_uint_eq(rounds(1, 3 * NS_PER_MS), 1);
	ck_assert(!p.on);
}
END_TEST

/* A worker that has slept for long has a low rate; the next window decides. */
START_TEST(a_burst_after_silence)
{
	now += 3600 * NS_PER_S;
	ck_assert(!polling_update(&p, 100000, now));
	ck_assert_uint_eq(rounds(50, 2 * NS_PER_MS), 1);
	ck_assert(p.on);
	now += 3600 * NS_PER_S;
	ck_assert(!polling_update(&p, 100000, now));
}
END_TEST

UNIT_MAIN("polling", starts_at_a_high_rate, ends_at_a_low_rate, a_burst_after_silence)
