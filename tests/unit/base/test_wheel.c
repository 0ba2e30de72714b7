/* SPDX-License-Identifier: MIT */
/* Compares the wheel with a list that is searched linearly: their results must be equal. */
#include "unit.h"

#include "base/random.h"
#include "base/wheel.h"

#define TIMERS 300
#define DAY    (24 * 3600 * NS_PER_S)

struct model {
	struct wheel wheel;
	struct rng rng;
	nstime now;
	uint64_t armings;
	uint64_t fired;
	struct timer timer[TIMERS];
	struct {
		bool armed;
		nstime deadline;
		uint64_t order; /* number of the call that started it */
	} list[TIMERS];
};

/* Returns the index of the earliest timer of the list, or -1. */
static int model_earliest(const struct model *m)
{
	int first = -1;

	for (int i = 0; i < TIMERS; i++) {
		if (!m->list[i].armed)
			continue;
		if (first < 0 || m->list[i].deadline < m->list[first].deadline ||
		    (m->list[i].deadline == m->list[first].deadline &&
		     m->list[i].order < m->list[first].order))
			first = i;
	}
	return first;
}

/* Returns a near or far deadline, so coarse that many are equal, and sometimes one in the past. */
static nstime model_deadline(struct model *m)
{
	static const nstime spans[] = {
		100, 1000,     70 * NS_PER_US, 5 * NS_PER_MS, NS_PER_S, 200 * NS_PER_S,
		DAY, 30 * DAY, 4000 * DAY, /* beyond the reach of the wheel */
	};
	nstime span = spans[rng_below(&m->rng, COUNT_OF(spans))];
	nstime t = m->now + (nstime)rng_below(&m->rng, 20) * (span / 20);

	if (rng_below(&m->rng, 10) == 0)
		t = m->now - (nstime)rng_below(&m->rng, (uint64_t)NS_PER_MS);
	return t < 0 ? 0 : t;
}

static void model_arm(struct model *m)
{
	uint64_t i = rng_below(&m->rng, TIMERS);
	nstime deadline = model_deadline(m);

	timer_arm(&m->wheel, &m->timer[i], deadline);
	m->list[i].armed = true;
	m->list[i].deadline = deadline;
	m->list[i].order = m->armings++;
}

static void model_cancel(struct model *m)
{
	uint64_t i = rng_below(&m->rng, TIMERS);

	timer_cancel(&m->wheel, &m->timer[i]);
	m->list[i].armed = false;
}

/* Advances the clock in steps of all sizes and expires timers. Meanwhile new ones are started. */
static void model_pass(struct model *m)
{
	static const nstime steps[] = {1, 500, 65536, NS_PER_MS, NS_PER_S, 100 * NS_PER_S, 2 * DAY};
	nstime step = steps[rng_below(&m->rng, COUNT_OF(steps))];

	m->now += (nstime)rng_below(&m->rng, (uint64_t)step + 1);
	for (;;) {
		int first = model_earliest(m);
		struct timer *t = wheel_expire(&m->wheel, m->now);

		if (first < 0 || m->list[first].deadline > m->now) {
			ck_assert_ptr_null(t);
			return;
		}
		ck_assert_ptr_eq(t, &m->timer[first]);
		ck_assert(!timer_armed(t));
		ck_assert_int_eq(t->deadline, m->list[first].deadline);
		m->list[first].armed = false;
		m->fired++;
		if (rng_below(&m->rng, 4) == 0)
			model_arm(m);
	}
}

static void model_run(nstime start, uint64_t seed, int operations)
{
	struct model *m = calloc(1, sizeof(*m));

	m->now = start;
	rng_seed(&m->rng, seed);
	wheel_init(&m->wheel, start);
	for (int i = 0; i < operations; i++) {
		uint64_t what = rng_below(&m->rng, 100);
		int first;

		if (what < 60)
			model_arm(m);
		else if (what < 75)
			model_cancel(m);
		else
			model_pass(m);
		if (what % 3 == 0)
			continue; /* the wheel must be right also without calls of wheel_next() */
		first = model_earliest(m);
		ck_assert_int_eq(wheel_next(&m->wheel),
				 first < 0 ? NS_NEVER : m->list[first].deadline);
	}
	ck_assert_uint_gt(m->fired, (uint64_t)operations / 10);
	free(m);
}

START_TEST(the_wheel_equals_a_list_from_zero)
{
	model_run(0, 1, 100000);
}
END_TEST

START_TEST(the_wheel_equals_a_list_at_a_present_time)
{
	model_run(1790000000 * NS_PER_S + 12345, 2, 100000);
}
END_TEST

/* At multiples of 2^58 ns the slots of all levels wrap at once. */
START_TEST(the_wheel_equals_a_list_where_all_levels_wrap)
{
	for (uint64_t seed = 0; seed < 20; seed++)
		model_run(((nstime)1 << 58) - (nstime)seed * 3 * NS_PER_S, seed, 5000);
}
END_TEST

START_TEST(equal_deadlines_expire_in_order_of_arming)
{
	static struct timer t[5];
	struct wheel w;

	wheel_init(&w, 0);
	/* Some timers are started long before the deadline, some shortly before. */
	timer_arm(&w, &t[0], 3 * NS_PER_S);
	timer_arm(&w, &t[1], 3 * NS_PER_S);
	ck_assert_ptr_null(wheel_expire(&w, 3 * NS_PER_S - NS_PER_MS));
	timer_arm(&w, &t[2], 3 * NS_PER_S);
	ck_assert_ptr_null(wheel_expire(&w, 3 * NS_PER_S - 1));
	timer_arm(&w, &t[3], 3 * NS_PER_S);
	timer_arm(&w, &t[0], 3 * NS_PER_S); /* restarted: now it is the last */
	timer_arm(&w, &t[4], 3 * NS_PER_S - 5);
	ck_assert_ptr_eq(wheel_expire(&w, 3 * NS_PER_S), &t[4]);
	ck_assert_ptr_eq(wheel_expire(&w, 3 * NS_PER_S), &t[1]);
	ck_assert_ptr_eq(wheel_expire(&w, 3 * NS_PER_S), &t[2]);
	ck_assert_ptr_eq(wheel_expire(&w, 3 * NS_PER_S), &t[3]);
	ck_assert_ptr_eq(wheel_expire(&w, 3 * NS_PER_S), &t[0]);
	ck_assert_ptr_null(wheel_expire(&w, NS_NEVER));
}
END_TEST

START_TEST(a_deadline_in_30_days_is_exact)
{
	struct timer t = {0};
	struct wheel w;

	wheel_init(&w, 1234567);
	ck_assert_int_eq(wheel_next(&w), NS_NEVER);
	timer_arm(&w, &t, 30 * DAY + 1);
	ck_assert_int_eq(wheel_next(&w), 30 * DAY + 1);
	for (nstime now = 0; now <= 30 * DAY; now += DAY / 24)
		ck_assert_ptr_null(wheel_expire(&w, now));
	ck_assert_ptr_null(wheel_expire(&w, 30 * DAY));
	ck_assert_ptr_eq(wheel_expire(&w, 30 * DAY + 1), &t);
	ck_assert_uint_eq(w.armed, 0);
	ck_assert_int_eq(wheel_next(&w), NS_NEVER);
}
END_TEST

/* The wheel reaches 2^58 ns. Later timers share the slots of earlier ones. */
START_TEST(the_next_of_a_shared_slot_is_exact)
{
	const nstime reach = (nstime)1 << 58, slot = (nstime)1 << 52;
	struct timer far = {0}, near = {0}, nearest = {0};
	struct wheel w;

	wheel_init(&w, 0);
	timer_arm(&w, &far, reach + slot + 1);
	timer_arm(&w, &near, 5 * slot);
	timer_arm(&w, &nearest, 1);
	timer_cancel(&w, &nearest); /* it was the cached next one; wheel_next() must search */
	ck_assert_int_eq(wheel_next(&w), 5 * slot);
	ck_assert_ptr_eq(wheel_expire(&w, reach), &near);
	ck_assert_int_eq(wheel_next(&w), reach + slot + 1);
	ck_assert_ptr_eq(wheel_expire(&w, reach + slot + 1), &far);
}
END_TEST

static bool add_deadline(struct timer *t, void *arg)
{
	*(nstime *)arg += t->deadline;
	return true;
}

static bool end_at_once(struct timer *t, void *arg)
{
	(void)t;
	(*(int *)arg)++;
	return false;
}

START_TEST(a_walk_visits_each_timer_once)
{
	static struct timer timer[100];
	nstime sum = 0, expected = 0;
	struct wheel w;
	int walked = 0;

	wheel_init(&w, 0);
	wheel_each(&w, add_deadline, &sum);
	ck_assert_int_eq(sum, 0);
	for (int i = 0; i < 100; i++) {
		nstime deadline = (nstime)1 << (i % 60);

		timer_arm(&w, &timer[i], deadline);
		expected += i % 3 ? deadline : 0;
	}
	for (int i = 0; i < 100; i += 3)
		timer_cancel(&w, &timer[i]);
	wheel_each(&w, add_deadline, &sum);
	ck_assert_int_eq(sum, expected);
	wheel_each(&w, end_at_once, &walked);
	ck_assert_int_eq(walked, 1);
}
END_TEST

START_TEST(a_deadline_of_never_does_not_expire)
{
	struct timer t = {0};
	struct wheel w;

	wheel_init(&w, 0);
	timer_arm(&w, &t, NS_NEVER);
	ck_assert_int_eq(wheel_next(&w), NS_NEVER);
	ck_assert_ptr_null(wheel_expire(&w, 100000 * DAY));
	timer_cancel(&w, &t);
	timer_cancel(&w, &t);
	ck_assert(!timer_armed(&t));
	ck_assert_uint_eq(w.armed, 0);
}
END_TEST

START_TEST(any_returns_each_timer_once)
{
	struct timer t[1000] = {0};
	struct wheel w;

	wheel_init(&w, 0);
	for (int i = 0; i < 1000; i++)
		timer_arm(&w, &t[i], i < 999 ? (nstime)1 << i % 60 : NS_NEVER);
	for (int i = 0; i < 1000; i++)
		ck_assert_ptr_nonnull(wheel_take_any(&w));
	ck_assert_ptr_null(wheel_take_any(&w));
	for (int i = 0; i < 1000; i++)
		ck_assert(!timer_armed(&t[i]));
	ck_assert_int_eq(wheel_next(&w), NS_NEVER);
}
END_TEST

UNIT_MAIN("wheel", a_walk_visits_each_timer_once, the_wheel_equals_a_list_from_zero,
	  the_wheel_equals_a_list_at_a_present_time, the_wheel_equals_a_list_where_all_levels_wrap,
	  equal_deadlines_expire_in_order_of_arming, a_deadline_in_30_days_is_exact,
	  the_next_of_a_shared_slot_is_exact, a_deadline_of_never_does_not_expire,
	  any_returns_each_timer_once)
