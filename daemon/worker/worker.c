/* SPDX-License-Identifier: MIT */
#include "worker/worker.h"

#include "base/log.h"
#include "base/steady.h"
#include "base/text.h"
#include "base/thread.h"
#include "engine/advance.h"
#include "engine/responder.h"
#include "link/interface.h"
#include "worker/listening.h"
#include "worker/polling.h"
#include "worker/relay_io.h"
#include "worker/report_queue.h"
#include "worker/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Frames and timers of a round, before other events and the sending of answers. */
#define WORK_A_ROUND 128

struct worker {
	struct responder *responder;
	struct event_base *base; /* one thread at a time uses it, so it has no locks */
	struct relay_io *relays;
	struct report_places *reports; /* NULL: reports are not available */
	struct listening listening;
	struct trace_cursor left; /* the first record whose `late` is not yet set */
	struct polling polling;
	bool busy; /* work remains from the last round, or the worker polls */
	int timer; /* timerfd, because the timers of libevent have millisecond resolution */
	nstime timer_at;
	struct event *timer_event, *wake_event;
	pthread_t thread;
	bool running;
	bool stopping;
	struct pulse pulse; /* written by the worker; each number is atomic */
	nstime began;       /* time of the first event of this round of the loop; 0: none yet */
	uint32_t pause;     /* the longest round so far, in microseconds; atomic */
	int wake;           /* eventfd */
	pthread_mutex_t lock;
	pthread_cond_t done;
	/* The current message; NULL: none. Protected by `lock`. */
	void (*work)(struct responder *r, void *arg);
	void *arg;
};

static void round_begins(struct worker *w)
{
	if (!w->began)
		w->began = steady_now();
}

static void round_ends(struct worker *w, nstime now)
{
	nstime took = w->began ? (now - w->began) / NS_PER_US : 0;

	w->began = 0;
	if (took > w->pause)
		__atomic_store_n(&w->pause, took < UINT32_MAX ? (uint32_t)took : UINT32_MAX,
				 __ATOMIC_RELAXED);
}

nstime worker_longest_pause(const struct worker *w)
{
	return __atomic_load_n(&w->pause, __ATOMIC_RELAXED) * NS_PER_US;
}

static void beat(struct worker *w)
{
	const struct responder *r = w->responder;
	const struct responder_counts counts = responder_counts(r);
	uint32_t links = 0;

	for (unsigned i = 0; i < responder_links(r); i++)
		links += responder_link(r, i)->fd >= 0;
	__atomic_store_n(&w->pulse.links, links, __ATOMIC_RELAXED);
	__atomic_store_n(&w->pulse.connections,
			 counts.half_open + counts.connections + counts.time_wait,
			 __ATOMIC_RELAXED);
	__atomic_add_fetch(&w->pulse.beats, 1, __ATOMIC_RELAXED);
}

/* Moves the clock, which is old if the worker has slept, before an event other than a frame. If
 * more work is due than fits in a round, the clock remains behind. */
static void on_other(void *arg)
{
	struct worker *w = arg;
	unsigned work = WORK_A_ROUND;

	round_begins(w);
	(void)responder_advance_some(w->responder, steady_now(), &work);
}

static void on_message(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	uint64_t count;

	(void)what;
	round_begins(w);
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&w->lock);
	if (w->work) {
		on_other(w);
		w->work(w->responder, w->arg);
		w->work = NULL;
		pthread_cond_signal(&w->done);
	}
	pthread_mutex_unlock(&w->lock);
	beat(w);
}

/* Requires no action: the clock advances after every event. */
static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	uint64_t count;

	(void)what;
	round_begins(w);
	if (read(fd, &count, sizeof(count)) == sizeof(count))
		w->timer_at = NS_NEVER;
}

/* Sets the timer to the next deadline. */
static void arm_timer(struct worker *w)
{
	nstime next = responder_next(w->responder);
	struct itimerspec at = {0}; /* zero stops the timer */
	nstime due;

	if (next == w->timer_at)
		return;
	if (next != NS_NEVER) {
		due = steady_to_monotonic(next);
		at.it_value.tv_sec = (time_t)(due / NS_PER_S);
		at.it_value.tv_nsec = (long)(due % NS_PER_S);
	}
	timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &at, NULL);
	w->timer_at = next;
}

struct worker *worker_new(const struct responder_limits *limits, uint64_t seed,
			  const struct responder_keys *keys, unsigned number, unsigned of)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->responder = responder_new(limits, seed + number, keys, steady_now());
	responder_set_number(w->responder, number, of);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->done, NULL);
	w->base = event_base_new();
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!w->base || w->wake < 0 || w->timer < 0)
		watch_failed();
	w->listening.responder = w->responder;
	w->listening.base = w->base;
	w->timer_at = NS_NEVER;
	w->wake_event = watch(w->base, w->wake, on_message, w);
	w->timer_event = watch(w->base, w->timer, on_deadline, w);
	w->relays = relay_io_new(w->base, w->responder, on_other, w);
	return w;
}

struct listening *worker_listening(struct worker *w)
{
	return &w->listening;
}

bool worker_has_interface(const struct worker *w, const char *name)
{
	char called[IF_NAMESIZE];

	return listening_hears(listening_named(&w->listening, interface_called(name, called)));
}

bool worker_has_room(const struct worker *w, const char *name, char **error)
{
	if (responder_links(w->responder) < LINKS_MAX || listening_named(&w->listening, name))
		return true;
	*error = xasprintf("%s: too many interfaces: at most %d", name, LINKS_MAX);
	return false;
}

/* A message that adds a link. */
struct arrival {
	struct listening *listening;
	struct link *link;
};

static void add_link(struct responder *r, void *arg)
{
	const struct arrival *arrival = arg;

	(void)r;
	listening_add(arrival->listening, arrival->link);
}

void worker_add_link(struct worker *w, struct link *l)
{
	struct arrival arrival = {&w->listening, l};

	l->live = true;
	worker_call(w, add_link, &arrival);
}

/* Decides how to wait for the next round. `done`: no work remains from this one. */
static void wait_for_work(struct worker *w, bool done)
{
	struct timespec until = {.tv_nsec = POLLING_SLEEP};

	listening_poll(&w->listening, w->polling.on);
	w->busy = !done || w->polling.on;
	if (!w->busy)
		arm_timer(w);
	else if (done)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &until, NULL);
}

/* Does the work that waits, in the order of time, and sends the answers. */
static void do_round(struct worker *w)
{
	unsigned work = WORK_A_ROUND;
	bool done;
	nstime now;

	round_begins(w);
	done = listening_turn(&w->listening, &work) &&
	       responder_advance_some(w->responder, steady_now(), &work);
	responder_flush(w->responder);
	now = steady_now();
	trace_left(responder_trace(w->responder), &w->left, now);
	listening_trace_losses(&w->listening);
	round_ends(w, now);
	polling_update(&w->polling, WORK_A_ROUND - work, now);
	wait_for_work(w, done);
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;

	prctl(PR_SET_TIMERSLACK, 1UL); /* the default delays each sleep by 50 us */
	while (!__atomic_load_n(&w->stopping, __ATOMIC_ACQUIRE)) {
		event_base_loop(w->base, EVLOOP_ONCE | (w->busy ? EVLOOP_NONBLOCK : 0));
		do_round(w);
	}
	return NULL;
}

void worker_report_to(struct worker *w, struct report_queue *q)
{
	w->reports = report_places_new(w->base, w->responder, on_other, w, q);
}

bool worker_start(struct worker *w)
{
	beat(w);
	w->running = thread_start(&w->thread, worker_run, w);
	return w->running;
}

static void wake(struct worker *w)
{
	static struct log_limit limit = {.what = "failed wake-ups of workers", .lines = 5};
	const uint64_t one = 1;

	if (write(w->wake, &one, sizeof(one)) < 0)
		log_warn_limited(&limit, "cannot wake a worker: %s", strerror(errno));
}

void worker_pulse(struct worker *w, struct pulse *last)
{
	last->beats = __atomic_load_n(&w->pulse.beats, __ATOMIC_RELAXED);
	last->links = __atomic_load_n(&w->pulse.links, __ATOMIC_RELAXED);
	last->connections = __atomic_load_n(&w->pulse.connections, __ATOMIC_RELAXED);
	wake(w);
}

void worker_call(struct worker *w, void (*work)(struct responder *r, void *arg), void *arg)
{
	if (!w->running) {
		work(w->responder, arg);
		return;
	}
	pthread_mutex_lock(&w->lock);
	w->work = work;
	w->arg = arg;
	wake(w);
	while (w->work)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->running) {
		__atomic_store_n(&w->stopping, true, __ATOMIC_RELEASE);
		wake(w);
		pthread_join(w->thread, NULL);
	}
	listening_close(&w->listening);
	responder_free(w->responder);
	relay_io_free(w->relays);
	report_places_free(w->reports);
	event_free(w->wake_event);
	event_free(w->timer_event);
	event_base_free(w->base);
	close(w->timer);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->done);
	close(w->wake);
	free(w);
}
