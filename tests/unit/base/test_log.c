/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 4
#define EACH    5000

static char last[256];
static unsigned lines;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Replaces clock_read() in all linked libraries, see CMakeLists.txt. */
static nstime time_now = 1000 * NS_PER_S;
nstime __wrap_clock_read(clockid_t id);

nstime __wrap_clock_read(clockid_t id)
{
	(void)id;
	return __atomic_load_n(&time_now, __ATOMIC_RELAXED);
}

static bool count_line(enum log_level level, const struct log_subject *about, const char *line)
{
	(void)level;
	(void)about;
	pthread_mutex_lock(&lock);
	snprintf(last, sizeof(last), "%s", line);
	lines++;
	pthread_mutex_unlock(&lock);
	return true;
}

START_TEST(suppressed_lines_are_counted)
{
	static struct log_limit limit = {.what = "strangers", .lines = 3};

	log_open(LOG_LEVEL_INFO, count_line);
	for (unsigned round = 1; round <= 3; round++) {
		lines = 0;
		for (unsigned i = 0; i < 3 + round * 10; i++)
			log_warn_limited(&limit, "stranger %u", i);
		ck_assert_uint_eq(lines, 3);
		ck_assert_str_eq(last, "stranger 2");
		log_left_out(time_now + LOG_LIMIT_SPAN - 1); /* the span has not ended */
		ck_assert_uint_eq(lines, 3);
		log_left_out(NS_NEVER);
		log_left_out(NS_NEVER);
		ck_assert_uint_eq(lines, 4);
		snprintf(last + 100, 100, "%u more lines about strangers suppressed", round * 10);
		ck_assert_str_eq(last, last + 100);
	}
}
END_TEST

START_TEST(a_new_span_starts)
{
	static struct log_limit limit = {.what = "strangers", .lines = 2};

	log_open(LOG_LEVEL_INFO, count_line);
	lines = 0;
	for (unsigned i = 0; i < 5; i++)
		log_warn_limited(&limit, "stranger %u", i);
	time_now += LOG_LIMIT_SPAN;
	log_warn_limited(&limit, "the next");
	ck_assert_uint_eq(lines, 4); /* including the line with the number of suppressed lines */
	ck_assert_str_eq(last, "the next");
	for (unsigned i = 0; i < 5; i++)
		log_warn_limited(&limit, "stranger %u", i);
	ck_assert_uint_eq(lines, 5);
	log_left_out(NS_NEVER);
	ck_assert_str_eq(last, "4 more lines about strangers suppressed");
}
END_TEST

START_TEST(lines_below_the_level_do_not_count)
{
	static struct log_limit limit = {.what = "strangers", .lines = 1};

	log_open(LOG_LEVEL_WARN, count_line);
	lines = 0;
	for (unsigned i = 0; i < 5; i++)
		log_limited(&limit, LOG_LEVEL_INFO, &(struct log_subject){0}, "stranger %u", i);
	log_left_out(NS_NEVER);
	ck_assert_uint_eq(lines, 0);
	log_warn_limited(&limit, "there is room");
	ck_assert_uint_eq(lines, 1);
}
END_TEST

static struct log_limit shared = {.what = "threads", .lines = 100};

static void *log_many(void *arg)
{
	for (unsigned i = 0; i < EACH; i++)
		log_warn_limited(&shared, "line %u", i);
	return arg;
}

START_TEST(threads_share_a_limit)
{
	pthread_t thread[THREADS];
	char expected[80];

	log_open(LOG_LEVEL_INFO, count_line);
	lines = 0;
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, log_many, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(lines, 100);
	log_left_out(NS_NEVER);
	snprintf(expected, sizeof(expected), "%u more lines about threads suppressed",
		 THREADS * EACH - 100);
	ck_assert_str_eq(last, expected);
}
END_TEST

UNIT_MAIN("log", suppressed_lines_are_counted, a_new_span_starts,
	  lines_below_the_level_do_not_count, threads_share_a_limit)
