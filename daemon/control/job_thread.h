/* SPDX-License-Identifier: MIT */
/*
 * A thread for work that takes seconds, so that the main thread goes on meanwhile: one job after
 * the other, with less of a CPU than the workers. All functions are called in the main thread.
 */
#ifndef SYNACKD_CONTROL_JOB_THREAD_H
#define SYNACKD_CONTROL_JOB_THREAD_H

#include <event2/event.h>
#include <stdbool.h>

#define JOB_SECONDS 60 /* that a job may work */

/* The first member of a structure of the owner, who sets the functions. */
struct job {
	/* In the main thread, before the work: copy what it needs of the daemon. NULL: nothing. */
	void (*begin)(struct job *j);
	/* In the thread. It ends soon after *stop is set, which it reads by is_stopped(). */
	void (*work)(struct job *j);
	/* In the main thread, last: use the result, unless `stop` is set, and free the job. */
	void (*end)(struct job *j);
	bool stop;    /* atomic; the result is not wanted, or the work took too long */
	bool overdue; /* it was stopped after JOB_SECONDS */
	struct job *next;
};

struct job_thread;

/* The thread itself is started with the first job. Returns NULL if memory or a descriptor is
 * missing. */
struct job_thread *job_thread_new(struct event_base *base);
/* Stops the job at work and waits until it ended; calls end() of all jobs. NULL is fine. */
void job_thread_free(struct job_thread *t);

/* Queue a job. An urgent one comes before those that are not, but never twice in succession while
 * another one waits. Returns false if no thread can be started: then the job is still the caller's.
 */
bool job_add(struct job_thread *t, struct job *j, bool urgent);

/* The result is not wanted any more: stop the job. Calls end(), at once or later. */
void job_drop(struct job_thread *t, struct job *j);

#endif
