/* SPDX-License-Identifier: MIT */
/*
 * job_thread: a thread for work that takes seconds, so that the main thread does not block. It runs
 * one job at a time, with a lower priority than the workers. All functions are called in the main
 * thread.
 */
#ifndef SYNACKD_CONTROL_JOB_THREAD_H
#define SYNACKD_CONTROL_JOB_THREAD_H

#include <event2/event.h>
#include <stdbool.h>

#define JOB_SECONDS 60 /* time limit of a job */

/* The first member of a struct of the owner, which sets the functions. */
struct job {
	/* Called in the main thread before the work, to copy data of the daemon. May be NULL. */
	void (*begin)(struct job *j);
	/* Called in the job thread. It must return soon after *stop is set; it reads that by
	 * is_stopped(). */
	void (*work)(struct job *j);
	/* Called last, in the main thread: uses the result, unless `stop` is set, and frees the
	 * job. */
	void (*end)(struct job *j);
	bool stop;    /* atomic; set if the result is not wanted or the work took too long */
	bool overdue; /* stopped after JOB_SECONDS */
	struct job *next;
};

struct job_thread;

/* Returns NULL if memory or file descriptors run out. The first job starts the thread. */
struct job_thread *job_thread_new(struct event_base *base);
/* Stops the running job, waits until it has ended, and calls end() of all jobs. NULL is ignored. */
void job_thread_free(struct job_thread *t);

/* Queues a job. Urgent jobs run before others, but not two in succession while another one waits.
 * Returns false if no thread can be started; the caller then still owns the job. */
bool job_add(struct job_thread *t, struct job *j, bool urgent);

/* Stops a job whose result is not wanted. Calls end(), at once or later. */
void job_drop(struct job_thread *t, struct job *j);

#endif
