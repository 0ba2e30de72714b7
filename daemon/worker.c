/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "base/log.h"
#include "link/packet.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_A_TURN 256 /* of one link, before the others and the timers have theirs */
#define LINKS_MAX     16

struct worker {
	struct responder responder;
	pthread_t thread;
	bool running;
	bool stopping;
	int wake; /* eventfd */
	pthread_mutex_t lock;
	pthread_cond_t done;
	/* The message at hand; NULL: none. Guarded by `lock`. */
	void (*work)(struct responder *r, void *arg);
	void *arg;
};

static nstime wall_clock(void)
{
	struct timespec now;

	/* The clock of the frames' time stamps. */
	clock_gettime(CLOCK_REALTIME, &now);
	return (nstime)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct worker *worker_new(const struct responder_limits *limits, uint64_t seed)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	responder_init(&w->responder, limits, seed, wall_clock());
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->done, NULL);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return w;
}

static void add_link(struct responder *r, void *l)
{
	responder_add_link(r, l);
}

bool worker_add_interface(struct worker *w, const char *name, char **error)
{
	struct link *l;

	if (w->responder.links == LINKS_MAX) {
		*error =
			xasprintf("%s is one interface too many: %d are the most", name, LINKS_MAX);
		return false;
	}
	/* Until it is the worker's, nobody touches paths on its behalf. */
	l = packet_open(name, &w->responder.paths, error);
	if (!l)
		return false;
	l->live = true;
	worker_call(w, add_link, l);
	return true;
}

bool worker_has_interface(const struct worker *w, const char *name)
{
	for (unsigned i = 0; i < w->responder.links; i++)
		if (strcmp(w->responder.link[i]->name, name) == 0)
			return true;
	return false;
}

static void serve_link(struct responder *r, struct link *l)
{
	struct frame frame;

	for (int i = 0; i < FRAMES_A_TURN; i++) {
		int got = l->ops->receive(l, &frame);

		if (got < 0)
			log_warn("%s: %s; it is listened to again when it is back", l->name,
				 strerror(errno));
		if (got <= 0)
			return;
		responder_frame(r, l, &frame);
	}
}

static void serve_message(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->work) {
		w->work(&w->responder, w->arg);
		w->work = NULL;
		pthread_cond_signal(&w->done);
	}
	pthread_mutex_unlock(&w->lock);
}

/* Sleep until a frame, a message, or the next deadline. */
static void sleep_until_needed(struct worker *w)
{
	struct responder *r = &w->responder;
	struct pollfd fd[LINKS_MAX + 1];
	nstime next = responder_next(r), now = wall_clock();
	struct timespec span = {0};
	uint64_t count;

	for (unsigned i = 0; i < r->links; i++)
		fd[i] = (struct pollfd){.fd = r->link[i]->fd, .events = POLLIN};
	fd[r->links] = (struct pollfd){.fd = w->wake, .events = POLLIN};
	if (next > now && next != NS_NEVER) {
		span.tv_sec = (time_t)((next - now) / NS_PER_S);
		span.tv_nsec = (long)((next - now) % NS_PER_S);
	}
	ppoll(fd, r->links + 1, next == NS_NEVER ? NULL : &span, NULL);
	if (fd[r->links].revents && read(w->wake, &count, sizeof(count)) < 0)
		return;
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	struct responder *r = &w->responder;

	while (!__atomic_load_n(&w->stopping, __ATOMIC_ACQUIRE)) {
		sleep_until_needed(w);
		serve_message(w);
		for (unsigned i = 0; i < r->links; i++)
			serve_link(r, r->link[i]);
		responder_advance(r, wall_clock());
		responder_flush(r);
	}
	return NULL;
}

bool worker_start(struct worker *w)
{
	sigset_t all, before;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	w->running = pthread_create(&w->thread, NULL, worker_run, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w->running;
}

static void wake(struct worker *w)
{
	const uint64_t one = 1;

	if (write(w->wake, &one, sizeof(one)) < 0)
		log_warn("a worker could not be woken: %s", strerror(errno));
}

void worker_call(struct worker *w, void (*work)(struct responder *r, void *arg), void *arg)
{
	if (!w->running) {
		work(&w->responder, arg);
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
	for (unsigned i = 0; i < w->responder.links; i++)
		w->responder.link[i]->ops->close(w->responder.link[i]);
	responder_free(&w->responder);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->done);
	close(w->wake);
	free(w);
}
