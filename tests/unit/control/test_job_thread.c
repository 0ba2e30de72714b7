/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "control/job_thread.h"

#include <semaphore.h>
#include <string.h>
#include <unistd.h>

static struct event_base *base;
static struct job_thread *thread;
static sem_t gate;     /* one post lets one job work */
static char order[16]; /* names of the jobs that ended; a `-` precedes each that was stopped */
static unsigned begun;

struct letter {
	struct job job;
	char name;
	bool worked;
};

static void begin_letter(struct job *j)
{
	(void)j;
	begun++;
}

/* Waits until the gate is open or the job is stopped. */
static void work_letter(struct job *j)
{
	while (sem_trywait(&gate) < 0 && !__atomic_load_n(&j->stop, __ATOMIC_RELAXED))
		usleep(1000);
	container_of(j, struct letter, job)->worked = true;
}

static void end_letter(struct job *j)
{
	struct letter *l = container_of(j, struct letter, job);

	strncat(order, j->stop ? "-" : "", 2);
	strncat(order, &l->name, 1);
	free(l);
}

static struct job *add(char name, bool urgent)
{
	struct letter *l = calloc(1, sizeof(*l));

	*l = (struct letter){.job = {.begin = begin_letter, .work = work_letter, .end = end_letter},
			     .name = name};
	ck_assert(job_add(thread, &l->job, urgent));
	return &l->job;
}

static void begin(void)
{
	base = event_base_new();
	thread = job_thread_new(base);
	ck_assert_ptr_nonnull(thread);
	ck_assert_int_eq(sem_init(&gate, 0, 0), 0);
}

static void end(void)
{
	job_thread_free(thread);
	event_base_free(base);
}

/* Lets one job work, and waits for its end. */
static void let_one_work(void)
{
	size_t before = strlen(order);

	sem_post(&gate);
	while (strlen(order) == before)
		event_base_loop(base, EVLOOP_ONCE);
}

START_TEST(urgent_jobs_have_priority)
{
	begin();
	add('a', false);
	add('b', false);
	add('c', false);
	add('D', true);
	add('E', true);
	add('F', true);
	ck_assert_uint_eq(begun, 1); /* the others have not begun */
	while (strlen(order) < 6)
		let_one_work();
	ck_assert_str_eq(order, "aDbEcF");
	ck_assert_uint_eq(begun, 6);
	end();
}
END_TEST

START_TEST(a_dropped_job_ends)
{
	struct job *waiting, *at_work;

	begin();
	at_work = add('a', false);
	waiting = add('b', false);
	add('c', false);
	job_drop(thread, waiting);
	ck_assert_str_eq(order, "-b");
	job_drop(thread, at_work);
	while (strlen(order) < 4)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(order, "-b-a");
	let_one_work();
	ck_assert_str_eq(order, "-b-ac");
	end();
}
END_TEST

START_TEST(all_jobs_end_with_the_thread)
{
	begin();
	add('a', false);
	add('b', false);
	add('c', true);
	end();
	ck_assert_str_eq(order, "-a-c-b");
}
END_TEST

UNIT_MAIN("job_thread", urgent_jobs_have_priority, a_dropped_job_ends, all_jobs_end_with_the_thread)
