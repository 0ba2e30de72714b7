/* SPDX-License-Identifier: MIT */
#include "control/job_thread.h"

#include "base/thread.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* A third of the CPU time of a busy process. A niceness of 10 is a tenth: on a busy machine a
 * second of work then takes half a minute. */
#define NICENESS 5

struct queue {
	struct job *first, **end;
};

struct job_thread {
	pthread_t thread;
	bool running;
	/* Used by the main thread only: */
	struct queue urgent, others;
	bool urgent_last; /* the last job was urgent */
	struct job *current;
	struct event *done_event, *limit;
	int done; /* eventfd: the work has ended */
	/* Used by both threads, guarded by `lock`: */
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct job *work; /* NULL: none */
	bool leaving;
};

/* --- the job thread --------------------------------------------------------------------------- */

/* Waits for work. Returns NULL if the thread is to end. */
static struct job *take_work(struct job_thread *t)
{
	struct job *j;

	pthread_mutex_lock(&t->lock);
	while (!t->work && !t->leaving)
		pthread_cond_wait(&t->given, &t->lock);
	j = t->work;
	t->work = NULL;
	pthread_mutex_unlock(&t->lock);
	return j;
}

static void *run(void *arg)
{
	struct job_thread *t = arg;
	const uint64_t one = 1;
	struct job *j;

	pthread_setname_np(pthread_self(), "judge");
	/* On Linux each thread has its own niceness. An error is ignored. */
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	while ((j = take_work(t))) {
		j->work(j);
		while (write(t->done, &one, sizeof(one)) < 0 && errno == EINTR)
			;
	}
	return NULL;
}

/* --- the main thread -------------------------------------------------------------------------- */

static void stop(struct job *j)
{
	__atomic_store_n(&j->stop, true, __ATOMIC_RELAXED);
}

static struct job *queue_take(struct queue *q)
{
	struct job *j = q->first;

	if (j)
		q->first = j->next;
	if (!q->first)
		q->end = &q->first;
	return j;
}

/* Returns false if the job is not in the queue. */
static bool queue_remove(struct queue *q, const struct job *j)
{
	struct job **at = &q->first;

	while (*at && *at != j)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = j->next;
	if (!j->next)
		q->end = at;
	return true;
}

static struct job *take_next(struct job_thread *t)
{
	bool urgent = t->urgent.first && !(t->urgent_last && t->others.first);

	t->urgent_last = urgent;
	return queue_take(urgent ? &t->urgent : &t->others);
}

static void give_next(struct job_thread *t)
{
	static const struct timeval limit = {.tv_sec = JOB_SECONDS};

	t->current = take_next(t);
	if (!t->current)
		return;
	if (t->current->begin)
		t->current->begin(t->current);
	event_add(t->limit, &limit);
	pthread_mutex_lock(&t->lock);
	t->work = t->current;
	pthread_cond_signal(&t->given);
	pthread_mutex_unlock(&t->lock);
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	struct job_thread *t = arg;
	struct job *j = t->current;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	event_del(t->limit);
	give_next(t); /* runs while the result of this job is sent */
	j->end(j);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	const struct job_thread *t = arg;

	(void)fd;
	(void)what;
	if (!t->current)
		return;
	t->current->overdue = true;
	stop(t->current);
}

struct job_thread *job_thread_new(struct event_base *base)
{
	struct job_thread *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->urgent.end = &t->urgent.first;
	t->others.end = &t->others.first;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->given, NULL);
	t->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->done >= 0)
		t->done_event = event_new(base, t->done, EV_READ | EV_PERSIST, on_done, t);
	t->limit = evtimer_new(base, on_limit, t);
	if (t->done_event && t->limit && event_add(t->done_event, NULL) == 0)
		return t;
	job_thread_free(t);
	return NULL;
}

static void end_all(struct queue *q)
{
	struct job *j;

	while ((j = queue_take(q))) {
		stop(j);
		j->end(j);
	}
}

static void leave(struct job_thread *t)
{
	if (t->current)
		stop(t->current);
	pthread_mutex_lock(&t->lock);
	t->leaving = true;
	pthread_cond_signal(&t->given);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	if (t->current)
		t->current->end(t->current);
}

void job_thread_free(struct job_thread *t)
{
	if (!t)
		return;
	if (t->running)
		leave(t);
	end_all(&t->urgent);
	end_all(&t->others);
	if (t->done_event)
		event_free(t->done_event);
	if (t->limit)
		event_free(t->limit);
	if (t->done >= 0)
		close(t->done);
	pthread_cond_destroy(&t->given);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

bool job_add(struct job_thread *t, struct job *j, bool urgent)
{
	struct queue *q = urgent ? &t->urgent : &t->others;

	t->running = t->running || thread_start(&t->thread, run, t);
	if (!t->running)
		return false;
	j->next = NULL;
	*q->end = j;
	q->end = &j->next;
	if (!t->current)
		give_next(t);
	return true;
}

void job_drop(struct job_thread *t, struct job *j)
{
	stop(j);
	if (queue_remove(&t->urgent, j) || queue_remove(&t->others, j))
		j->end(j);
}
