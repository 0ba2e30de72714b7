/* SPDX-License-Identifier: MIT */
/* Compares the tree with a list that is searched linearly: their results must be equal. Counts the
 * work of each operation, which must be short for all distributions of deadlines. */
#include "unit.h"
#include "work.h"

#include "base/random.h"
#include "base/timer_tree.h"

#include <stdlib.h>

#define TIMERS 300
#define DAY    (24 * 3600 * NS_PER_S)

/* --- memory: only the tree allocates with calloc() while `inside` ------------------------------
 */

static unsigned fails_one_in; /* 0: no allocation fails */
static unsigned allocations;
static bool inside;
static size_t allocated; /* octets */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	if (inside && fails_one_in && allocations++ % fails_one_in == 0)
		return NULL;
	allocated += inside ? n * size : 0;
	return __real_calloc(n, size);
}

static void arm(struct timer_tree *tree, struct timer *t, nstime deadline)
{
	inside = true;
	timer_arm(tree, t, deadline);
	inside = false;
}

/* --- the model -------------------------------------------------------------------------------- */

struct model {
	struct timer_tree tree;
	struct rng rng;
	nstime now;
	const nstime *span; /* of deadlines */
	unsigned spans;
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

/* Returns a deadline, so coarse that many are equal, and sometimes one in the past. */
static nstime model_deadline(struct model *m)
{
	nstime span = m->span[rng_below(&m->rng, m->spans)];
	nstime t = m->now + (nstime)rng_below(&m->rng, 20) * (span / 20);

	if (rng_below(&m->rng, 10) == 0)
		t = m->now - (nstime)rng_below(&m->rng, (uint64_t)NS_PER_MS);
	return t < 0 ? 0 : t;
}

static void model_arm(struct model *m)
{
	uint64_t i = rng_below(&m->rng, TIMERS);
	nstime deadline = model_deadline(m);

	arm(&m->tree, &m->timer[i], deadline);
	m->list[i].armed = true;
	m->list[i].deadline = deadline;
	m->list[i].order = m->armings++;
}

static void model_cancel(struct model *m)
{
	uint64_t i = rng_below(&m->rng, TIMERS);

	timer_cancel(&m->tree, &m->timer[i]);
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
		struct timer *t = timer_tree_expire(&m->tree, m->now);

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

static void model_end(struct model *m)
{
	for (int i = 0; i < TIMERS; i++)
		timer_cancel(&m->tree, &m->timer[i]);
	ck_assert_int_eq(timer_tree_next(&m->tree), NS_NEVER);
	ck_assert_uint_eq(m->tree.root.timers, 0);
	ck_assert(!m->tree.root.divided); /* no memory remains: leaks fail in sanitized builds */
}

/* Starts timers in `started` of 100 operations, and stops them in 15. */
static void model_run(struct model *m, nstime start, uint64_t seed, int operations,
		      uint64_t started)
{
	m->now = start;
	rng_seed(&m->rng, seed);
	for (int i = 0; i < operations; i++) {
		uint64_t what = rng_below(&m->rng, 100);
		int first;

		if (what < started)
			model_arm(m);
		else if (what < started + 15)
			model_cancel(m);
		else
			model_pass(m);
		first = model_earliest(m);
		ck_assert_int_eq(timer_tree_next(&m->tree),
				 first < 0 ? NS_NEVER : m->list[first].deadline);
	}
	ck_assert_uint_gt(m->fired, (uint64_t)operations / 20);
	model_end(m);
}

static void model_mixed(nstime start, uint64_t seed, int operations)
{
	static const nstime spans[] = {
		100, 1000,     70 * NS_PER_US, 5 * NS_PER_MS, NS_PER_S, 200 * NS_PER_S,
		DAY, 30 * DAY, 4000 * DAY,
	};
	struct model *m = calloc(1, sizeof(*m));

	m->span = spans;
	m->spans = COUNT_OF(spans);
	model_run(m, start, seed, operations, 60);
	free(m);
}

START_TEST(the_tree_equals_a_list_from_zero)
{
	model_mixed(0, 1, 100000);
}
END_TEST

START_TEST(the_tree_equals_a_list_at_a_present_time)
{
	model_mixed(1790000000 * NS_PER_S + 12345, 2, 100000);
}
END_TEST

/* At multiples of 2^60 ns the slots of all levels wrap at once. */
START_TEST(the_tree_equals_a_list_where_all_levels_wrap)
{
	for (uint64_t seed = 0; seed < 20; seed++)
		model_mixed(((nstime)1 << 60) - (nstime)seed * 3 * NS_PER_S, seed, 5000);
}
END_TEST

/* Many timers in a short span divide the same slot on each level, and few restore it. */
START_TEST(the_tree_equals_a_list_with_crowded_deadlines)
{
	static const nstime spans[] = {1, 40, 2000, 65536, NS_PER_S};

	for (unsigned i = 0; i < COUNT_OF(spans); i++) {
		for (uint64_t seed = 0; seed < 4; seed++) {
			struct model *m = calloc(1, sizeof(*m));

			m->span = &spans[i];
			m->spans = 1;
			model_run(m, (1ll << 36) - 700 * NS_PER_US, seed, 5000, 83);
			free(m);
		}
	}
}
END_TEST

START_TEST(the_tree_equals_a_list_without_memory)
{
	for (fails_one_in = 1; fails_one_in <= 4; fails_one_in++)
		model_mixed(1790000000 * NS_PER_S, fails_one_in, 20000);
	ck_assert_uint_gt(allocations, 1000);
}
END_TEST

START_TEST(equal_deadlines_expire_in_order_of_arming)
{
	static struct timer t[5];
	struct timer_tree tree = {0};

	/* Some timers are started long before the deadline, some shortly before. */
	arm(&tree, &t[0], 3 * NS_PER_S);
	arm(&tree, &t[1], 3 * NS_PER_S);
	ck_assert_ptr_null(timer_tree_expire(&tree, 3 * NS_PER_S - NS_PER_MS));
	arm(&tree, &t[2], 3 * NS_PER_S);
	ck_assert_ptr_null(timer_tree_expire(&tree, 3 * NS_PER_S - 1));
	arm(&tree, &t[3], 3 * NS_PER_S);
	arm(&tree, &t[0], 3 * NS_PER_S); /* restarted: now it is the last */
	arm(&tree, &t[4], 3 * NS_PER_S - 5);
	ck_assert_ptr_eq(timer_tree_expire(&tree, 3 * NS_PER_S), &t[4]);
	ck_assert_ptr_eq(timer_tree_expire(&tree, 3 * NS_PER_S), &t[1]);
	ck_assert_ptr_eq(timer_tree_expire(&tree, 3 * NS_PER_S), &t[2]);
	ck_assert_ptr_eq(timer_tree_expire(&tree, 3 * NS_PER_S), &t[3]);
	ck_assert_ptr_eq(timer_tree_expire(&tree, 3 * NS_PER_S), &t[0]);
	ck_assert_ptr_null(timer_tree_expire(&tree, NS_NEVER));
}
END_TEST

START_TEST(a_deadline_in_30_days_is_exact)
{
	struct timer t = {0};
	struct timer_tree tree = {0};

	ck_assert_int_eq(timer_tree_next(&tree), NS_NEVER);
	arm(&tree, &t, 30 * DAY + 1);
	ck_assert_int_eq(timer_tree_next(&tree), 30 * DAY + 1);
	for (nstime now = 0; now <= 30 * DAY; now += DAY / 24)
		ck_assert_ptr_null(timer_tree_expire(&tree, now));
	ck_assert_ptr_null(timer_tree_expire(&tree, 30 * DAY));
	ck_assert_ptr_eq(timer_tree_expire(&tree, 30 * DAY + 1), &t);
	ck_assert_uint_eq(tree.root.timers, 0);
	ck_assert_int_eq(timer_tree_next(&tree), NS_NEVER);
}
END_TEST

struct walk {
	nstime last, sum;
};

static bool add_deadline(struct timer *t, void *arg)
{
	struct walk *walk = arg;

	ck_assert_int_ge(t->deadline, walk->last);
	walk->last = t->deadline;
	walk->sum += t->deadline;
	return true;
}

static bool end_at_once(struct timer *t, void *arg)
{
	(void)t;
	(*(int *)arg)++;
	return false;
}

START_TEST(a_walk_visits_each_timer_once_in_order)
{
	static struct timer timer[100];
	struct timer_tree tree = {0};
	struct walk walk = {0};
	nstime expected = 0;
	int walked = 0;

	timer_tree_each(&tree, add_deadline, &walk);
	ck_assert_int_eq(walk.sum, 0);
	for (int i = 0; i < 100; i++) {
		nstime deadline = (nstime)1 << (i % 60);

		arm(&tree, &timer[i], deadline);
		expected += i % 3 ? deadline : 0;
	}
	for (int i = 0; i < 100; i += 3)
		timer_cancel(&tree, &timer[i]);
	timer_tree_each(&tree, add_deadline, &walk);
	ck_assert_int_eq(walk.sum, expected);
	ck_assert(!timer_tree_each(&tree, end_at_once, &walked));
	ck_assert_int_eq(walked, 1);
	for (int i = 0; i < 100; i++)
		timer_cancel(&tree, &timer[i]);
}
END_TEST

START_TEST(a_deadline_of_never_does_not_expire)
{
	struct timer t = {0};
	struct timer_tree tree = {0};

	arm(&tree, &t, NS_NEVER);
	ck_assert_int_eq(timer_tree_next(&tree), NS_NEVER);
	ck_assert_ptr_null(timer_tree_expire(&tree, 100000 * DAY));
	timer_cancel(&tree, &t);
	timer_cancel(&tree, &t);
	ck_assert(!timer_armed(&t));
	ck_assert_uint_eq(tree.root.timers, 0);
}
END_TEST

/* Starts `count` timers in groups of 33, as a client can cause by groups of frames: `apart` is the
 * time between two of a group, and `every` that between groups. Returns the octets of slots. */
static size_t octets_of_groups(int count, nstime apart, nstime every)
{
	struct timer *timer = calloc((size_t)count, sizeof(*timer));
	struct timer_tree tree = {0};

	allocated = 0;
	for (int i = 0; i < count; i++)
		arm(&tree, &timer[i], 1790000000 * NS_PER_S + i / 33 * every + i % 33 * apart);
	for (int i = 0; i < count; i++)
		ck_assert_ptr_eq(timer_tree_expire(&tree, NS_NEVER), &timer[i]);
	free(timer);
	return allocated;
}

START_TEST(slots_take_the_memory_that_the_header_states)
{
	ck_assert_uint_le(octets_of_groups(33, 1, 0), 11500);
	ck_assert_uint_gt(octets_of_groups(33, 1, 0), 10000);
	ck_assert_uint_le(octets_of_groups(33000, 100, 330 * NS_PER_US), 40 * 33000);
	ck_assert_uint_le(octets_of_groups(33000, NS_PER_US, NS_PER_MS), 40 * 33000);
	ck_assert_uint_le(octets_of_groups(33000, 10 * NS_PER_US, 20 * NS_PER_MS), 40 * 33000);
}
END_TEST

/* --- work ------------------------------------------------------------------------------------- */

#define MANY (UNIT_SANITIZED ? 50000 : 300000)

/* Basic blocks of any operation: 1 ms is some 500,000. A crowded slot on each level takes most. */
#define STEP_MAX 3000
/* Basic blocks to start and stop a near timer, on average. */
#define NEAR_MAX 200

enum shape { SAME, ONE_TICK, DESCENDING, ONE_SECOND, MINUTES, SQUARES, PAST, SHAPES };

static nstime shaped(enum shape shape, struct rng *rng, nstime now, nstime i)
{
	switch (shape) {
	case SAME: return now + 20 * NS_PER_S;
	case ONE_TICK: return now + 20 * NS_PER_S + (nstime)rng_below(rng, 65536);
	case DESCENDING: return now + 20 * NS_PER_S - i;
	case ONE_SECOND: return now + 20 * NS_PER_S + (nstime)rng_below(rng, 1000000000);
	case MINUTES: return now + (nstime)rng_below(rng, (uint64_t)(600 * NS_PER_S));
	case SQUARES: return now + (MANY - i) * (MANY - i);
	default: return now - (nstime)rng_below(rng, (uint64_t)NS_PER_S);
	}
}

static uint64_t longest;

/* Ends an operation that began with work_done = 0. */
static void step(void)
{
	longest = work_done > longest ? work_done : longest;
	work_done = 0;
}

/* Starts the earliest timer, then stops it or lets it expire. Returns the average work. */
static uint64_t near_work(struct timer_tree *tree, nstime now)
{
	struct timer near = {0};
	uint64_t sum = 0;

	for (int i = 0; i < 1000; i++) {
		work_done = 0;
		arm(tree, &near, now + NS_PER_MS + i);
		if (i % 2)
			timer_cancel(tree, &near);
		else
			ck_assert_ptr_eq(timer_tree_expire(tree, near.deadline), &near);
		sum += work_done;
		step();
	}
	return sum / 1000;
}

/* Returns the average work of a near timer beside `count` timers; `longest` is that of any
 * operation. Nothing happens between their start and the time when all have expired. */
static uint64_t work_beside(enum shape shape, int count)
{
	const nstime now = 1790000000 * NS_PER_S;
	struct timer *timer = calloc((size_t)count, sizeof(*timer)), *t;
	struct timer_tree tree = {0};
	const struct timer *last = NULL;
	uint64_t near, left = 0;
	struct rng rng;

	rng_seed(&rng, shape);
	work_done = longest = 0;
	for (int i = 0; i < count; i++) {
		arm(&tree, &timer[i], shaped(shape, &rng, now, i));
		step();
	}
	near = near_work(&tree, now - 2 * NS_PER_S);
	for (; (t = timer_tree_expire(&tree, now + 10 * DAY)); left++, last = t) {
		step();
		ck_assert(!last || last->deadline < t->deadline ||
			  (last->deadline == t->deadline && last < t));
	}
	ck_assert_uint_eq(left, (uint64_t)count);
	free(timer);
	return near;
}

START_TEST(each_operation_is_short_beside_many_timers)
{
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		uint64_t near = work_beside(shape, MANY);

		ck_assert_msg(near < NEAR_MAX && longest < STEP_MAX,
			      "shape %d: %llu basic blocks for a near timer, %llu at most", shape,
			      (unsigned long long)near, (unsigned long long)longest);
	}
}
END_TEST

/* Without slots the same operations are long, so the test above can fail. */
START_TEST(the_work_without_slots_is_long)
{
	fails_one_in = 1;
	ck_assert_uint_gt(work_beside(MINUTES, 20000), NEAR_MAX);
	ck_assert_uint_gt(longest, STEP_MAX);
}
END_TEST

UNIT_MAIN("timer_tree", a_walk_visits_each_timer_once_in_order, the_tree_equals_a_list_from_zero,
	  the_tree_equals_a_list_at_a_present_time, the_tree_equals_a_list_where_all_levels_wrap,
	  the_tree_equals_a_list_with_crowded_deadlines, the_tree_equals_a_list_without_memory,
	  equal_deadlines_expire_in_order_of_arming, a_deadline_in_30_days_is_exact,
	  a_deadline_of_never_does_not_expire, slots_take_the_memory_that_the_header_states,
	  each_operation_is_short_beside_many_timers, the_work_without_slots_is_long)
