/* SPDX-License-Identifier: MIT */
#include "worker/worker.h"

#include "base/log.h"
#include "base/steady.h"
#include "base/text.h"
#include "base/thread.h"
#include "engine/advance.h"
#include "engine/receive.h"
#include "engine/responder.h"
#include "link/interface.h"
#include "link/packet.h"
#include "worker/frame_clock.h"
#include "worker/relay_io.h"
#include "worker/report_queue.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_A_TURN 64 /* of one link, before timers, other links, and the sending of answers */

/* A link, and the event for its frames. */
struct listening {
	struct worker *worker;
	struct link *link;
	struct event *event; /* NULL: the link was shut */
	uint64_t dropped;    /* value of dropped_in that the trace has recorded */
};

struct worker {
	struct responder *responder;
	struct event_base *base; /* one thread at a time uses it, so it has no locks */
	struct relay_io *relays;
	struct report_places *reports;         /* NULL: reports are not available */
	struct listening listening[LINKS_MAX]; /* by the index of the link */
	struct trace_cursor left;              /* the first record whose `late` is not yet set */
	struct frame_clock clock;
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

/* Must be called before another descriptor is opened, which could get the same number. */
static void stop_listening(struct listening *listening)
{
	if (listening->event)
		event_free(listening->event);
	listening->event = NULL;
}

static void follow_wall_clock(struct worker *w)
{
	nstime forward = frame_clock_follow(&w->clock);

	if (forward && responder_number(w->responder) == 0)
		log_info("wall clock: set %s by %.3f s; timers and traces are not affected",
			 forward > 0 ? "forward" : "back",
			 (double)llabs(forward) / (double)NS_PER_S);
}

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

static void on_frames(evutil_socket_t fd, short what, void *arg)
{
	static struct log_limit limit = {.what = "failed links", .lines = 50};
	struct listening *listening = arg;
	struct responder *r = listening->worker->responder;
	struct link *l = listening->link;
	struct frame frame;

	(void)fd;
	(void)what;
	round_begins(listening->worker);
	follow_wall_clock(listening->worker);
	for (int i = 0; i < FRAMES_A_TURN; i++) {
		int got = l->ops->receive(l, &frame);

		if (got < 0 && responder_number(r) == 0) /* all workers have the same interfaces */
			log_warn_limited(&limit, "%s: %s; synackd receives on it again %s", l->name,
					 strerror(errno),
					 l->fd < 0 ? "after a reload"
						   : "once it is up, or after a reload if it is "
						     "created again");
		if (l->fd < 0)
			stop_listening(listening);
		if (got <= 0)
			return;
		frame_clock_convert(&listening->worker->clock, &frame, responder_now(r));
		responder_frame(r, l, &frame);
	}
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
		/* The worker may have slept, so its clock may be old. */
		responder_advance(w->responder, steady_now());
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

static _Noreturn void cannot_begin(void)
{
	log_error("no memory or file descriptors at start-up: raise LimitNOFILE= or 'ulimit -n'");
	exit(EX_UNAVAILABLE);
}

/* Calls `call` whenever `fd` is readable. */
static struct event *watch(struct worker *w, int fd, event_callback_fn call, void *arg)
{
	struct event *event = event_new(w->base, fd, EV_READ | EV_PERSIST, call, arg);

	if (event && event_add(event, NULL) == 0)
		return event;
	cannot_begin();
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
		cannot_begin();
	w->timer_at = NS_NEVER;
	w->wake_event = watch(w, w->wake, on_message, w);
	w->timer_event = watch(w, w->timer, on_deadline, w);
	w->relays = relay_io_new(w->base, w->responder, steady_now);
	return w;
}

/* Returns the link of this name, even if it was shut, or NULL. */
static struct link *link_named(const struct responder *r, const char *name)
{
	for (unsigned i = 0; i < responder_links(r); i++)
		if (strcmp(responder_link(r, i)->name, name) == 0)
			return responder_link(r, i);
	return NULL;
}

/* Returns true if the link is open and its interface exists. */
static bool hears(const struct link *l)
{
	return l && l->fd >= 0 && packet_interface(l) >= 0;
}

bool worker_has_interface(const struct worker *w, const char *name)
{
	char called[IF_NAMESIZE];

	return hears(link_named(w->responder, interface_called(name, called)));
}

/* Returns the link of the same name, or of the same interface under a former name; NULL if there
 * is none. */
static struct link *link_like(const struct responder *r, const struct link *l)
{
	struct link *named = link_named(r, l->name);
	int interface = packet_interface(l);

	for (unsigned i = 0; !named && interface > 0 && i < responder_links(r); i++)
		if (packet_interface(responder_link(r, i)) == interface)
			return responder_link(r, i);
	return named;
}

/* A message that adds a link. */
struct arrival {
	struct worker *worker;
	struct link *link;
};

static void add_link(struct responder *r, void *arg)
{
	const struct arrival *arrival = arg;
	struct link *l = arrival->link, *before = link_like(r, l);
	struct listening *listening;

	if (before) {
		stop_listening(&arrival->worker->listening[before->index]);
		responder_replace_link(r, before, l);
		before->ops->close(before);
	} else {
		responder_add_link(r, l);
	}
	listening = &arrival->worker->listening[l->index];
	*listening = (struct listening){.worker = arrival->worker, .link = l};
	listening->event = watch(arrival->worker, l->fd, on_frames, listening);
}

bool worker_has_room(const struct worker *w, const char *name, char **error)
{
	if (responder_links(w->responder) < LINKS_MAX || link_named(w->responder, name))
		return true;
	*error = xasprintf("%s: too many interfaces: at most %d", name, LINKS_MAX);
	return false;
}

void worker_add_link(struct worker *w, struct link *l)
{
	struct arrival arrival = {w, l};

	l->live = true;
	worker_call(w, add_link, &arrival);
}

/* Opens a device that is not open yet. */
static bool open_tun(struct worker *w, const struct tun_setup *setup, char **error)
{
	struct link *l;

	if (!worker_has_room(w, setup->name, error))
		return false;
	l = tun_open(setup, error);
	if (l)
		worker_add_link(w, l);
	return l;
}

struct tun_work {
	const struct tun_setup *setup;
	char **error;
	bool done;
};

static void change_tun(struct responder *r, void *arg)
{
	struct tun_work *work = arg;
	struct link *l = link_named(r, work->setup->name);

	work->done = tun_change(l, work->setup, work->error);
}

bool worker_set_tun(struct worker *w, const struct tun_setup *setup, char **error)
{
	struct tun_work work = {.setup = setup, .error = error};

	const struct link *l = link_named(w->responder, setup->name);

	if (!hears(l))
		return open_tun(w, setup, error);
	if (!tun_is(l)) {
		*error = xasprintf(
			"%s: in use as an interface: choose another name for the TUN device",
			setup->name);
		return false;
	}
	worker_call(w, change_tun, &work);
	return work.done;
}

struct tun_fates {
	struct worker *worker;
	enum tun_fate (*fate)(const char *name, void *arg);
	void *arg;
};

static void settle_tuns(struct responder *r, void *arg)
{
	const struct tun_fates *fates = arg;

	for (unsigned i = 0; i < responder_links(r); i++) {
		struct link *l = responder_link(r, i);
		enum tun_fate fate;

		if (!tun_is(l) || l->fd < 0)
			continue;
		fate = fates->fate(l->name, fates->arg);
		if (fate == TUN_SHUT) {
			stop_listening(&fates->worker->listening[i]);
			tun_shut(l);
		} else if (!tun_persist(l, fate == TUN_PERSISTENT)) {
			log_warn("TUN device %s: cannot make it %spersistent: %s", l->name,
				 fate == TUN_PERSISTENT ? "" : "not ", strerror(errno));
		}
	}
}

void worker_settle_tuns(struct worker *w, enum tun_fate (*fate)(const char *name, void *arg),
			void *arg)
{
	struct tun_fates fates = {w, fate, arg};

	worker_call(w, settle_tuns, &fates);
}

/* Adds a note to the trace for frames that the kernel dropped; their contents are unknown. */
static void trace_losses(struct worker *w)
{
	struct responder *r = w->responder;

	for (unsigned i = 0; i < responder_links(r); i++) {
		uint64_t dropped = responder_link(r, i)->counters.dropped_in;
		struct trace_record head = {.kind = TRACE_LOSS, .when = responder_now(r)};
		char text[80];
		int n;

		if (dropped == w->listening[i].dropped)
			continue;
		n = snprintf(text, sizeof(text), "%llu frames lost on %s",
			     (unsigned long long)(dropped - w->listening[i].dropped),
			     responder_link(r, i)->name);
		w->listening[i].dropped = dropped;
		trace_add(responder_trace(r), &head, text, (size_t)n);
	}
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	nstime now;

	while (!__atomic_load_n(&w->stopping, __ATOMIC_ACQUIRE)) {
		event_base_loop(w->base, EVLOOP_ONCE);
		responder_advance(w->responder, steady_now());
		responder_flush(w->responder);
		now = steady_now();
		trace_left(responder_trace(w->responder), &w->left, now);
		round_ends(w, now);
		trace_losses(w);
		arm_timer(w);
	}
	return NULL;
}

void worker_report_to(struct worker *w, struct report_queue *q)
{
	w->reports = report_places_new(w->base, w->responder, steady_now, q);
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
	for (unsigned i = 0; i < responder_links(w->responder); i++) {
		struct link *l = responder_link(w->responder, i);

		stop_listening(&w->listening[i]);
		l->ops->close(l);
	}
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
