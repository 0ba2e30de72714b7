/* SPDX-License-Identifier: MIT */
/* timers: the cost of a near timer beside many far ones, and the longest step of the timer tree
 * while all of them expire. Times are CPU time of the thread. */
#include "clock.h"
#include "words.h"

#include "base/timer_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NEAR 1000000 /* ns */
#define STEP 1000000
#define RUNS 3 /* each step is the same in each run; the shortest is without disturbances */

static int64_t cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

/* Starts `count` timers between `least` and `most` ns. */
static void fill(struct timer_tree *tree, struct timer *far, uint32_t count, int64_t least,
		 int64_t most)
{
	uint64_t random = 88172645463325252u;

	for (uint32_t i = 0; i < count; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		timer_arm(tree, &far[i], least + (int64_t)(random % (uint64_t)(most - least)));
	}
}

/* Starts and cancels a timer earlier than all others, as a connection does with each segment. */
static double near_cost(struct timer_tree *tree, uint32_t times)
{
	int64_t begin = cpu_now(), sum = 0;
	struct timer near = {0};

	for (uint32_t i = 0; i < times; i++) {
		timer_arm(tree, &near, NEAR);
		sum += timer_tree_next(tree) == NEAR;
		timer_cancel(tree, &near);
		sum += timer_tree_next(tree) > NEAR;
	}
	if (sum != 2 * (int64_t)times)
		abort();
	return (double)(cpu_now() - begin) / times;
}

/* Lets all timers expire, in steps of a millisecond. Keeps the shorter duration of each step. */
static uint32_t expire_all(struct timer_tree *tree, int64_t end, int64_t *took)
{
	uint32_t expired = 0;

	for (int64_t now = 0; now < end; now += STEP) {
		int64_t begin = cpu_now(), step;

		while (timer_tree_expire(tree, now))
			expired++;
		(void)timer_tree_next(tree);
		step = cpu_now() - begin;
		if (took[now / STEP] == 0 || step < took[now / STEP])
			took[now / STEP] = step;
	}
	return expired;
}

int main(int argc, char **argv)
{
	struct word words[] = {{"far", "1000000"}, /* timers */
			       {"least", "60"},    /* seconds until the first */
			       {"most", "70"},     /* and until the last */
			       {"times", "100000"},
			       {NULL, NULL}};
	int64_t least, most, *took;
	uint32_t count, steps;
	struct timer *far;
	struct timer_tree tree = {0};
	double near;

	words_read(argc, argv, words);
	count = (uint32_t)word_number("far");
	least = (int64_t)(word_number("least") * 1e9);
	most = (int64_t)(word_number("most") * 1e9);
	steps = (uint32_t)(most / STEP) + 2;
	far = calloc(count, sizeof(*far));
	took = calloc(steps, sizeof(*took));
	if (!far || !took)
		die("memory");
	fill(&tree, far, count, least, most);
	near = near_cost(&tree, (uint32_t)word_number("times"));
	for (int run = 0; run < RUNS; run++) {
		if (run > 0)
			fill(&tree, far, count, least, most);
		if (expire_all(&tree, (int64_t)steps * STEP, took) != count)
			abort();
	}
	sort_durations(took, steps);
	printf("{\"near\": %.1f, \"longest\": %lld, \"p999\": %lld}\n", near,
	       (long long)quantile(took, steps, 1), (long long)quantile(took, steps, 0.999));
	free(far);
	free(took);
	return 0;
}
