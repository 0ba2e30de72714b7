/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include "clock.h"
#include "words.h"

#include <pthread.h>
#include <stdlib.h>

#define EVERY     (NS_PER_SECOND / 5000)
#define FACTOR    3
#define SPANS_MAX 10000
#define FIRST     2000 /* computations before the first one that counts */

struct span {
	int64_t begin, end;
};

struct pace {
	pthread_t thread;
	int stop; /* atomic */
	int64_t usual, started, stopped;
	struct span span[SPANS_MAX];
	unsigned spans;
	volatile uint64_t result; /* keeps the computation from being optimised away */
};

/* Returns the shortest time of three computations. */
static int64_t compute(struct pace *p)
{
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < 3; i++) {
		int64_t begin = clock_now(), took;
		uint64_t x = (uint64_t)begin | 1;

		for (unsigned k = 0; k < 300; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		p->result = x;
		took = clock_now() - begin;
		if (took > 0 && took < least)
			least = took;
	}
	return least;
}

static void *watch(void *arg)
{
	struct pace *p = arg;
	int64_t last = clock_now(), began = 0;

	while (!__atomic_load_n(&p->stop, __ATOMIC_ACQUIRE)) {
		int slow = compute(p) > FACTOR * p->usual;
		int64_t now = clock_now();

		if (slow && !began)
			began = last;
		if (!slow && began && p->spans < SPANS_MAX)
			p->span[p->spans++] = (struct span){.begin = began, .end = now};
		if (!slow)
			began = 0;
		last = now;
		clock_sleep(now + EVERY);
	}
	if (began && p->spans < SPANS_MAX)
		p->span[p->spans++] = (struct span){.begin = began, .end = last};
	return NULL;
}

struct pace *pace_start(void)
{
	struct pace *p = calloc(1, sizeof(*p));

	if (!p)
		die("memory");
	p->usual = INT64_MAX;
	for (unsigned i = 0; i < FIRST; i++) {
		int64_t took = compute(p);

		p->usual = took < p->usual ? took : p->usual;
	}
	p->started = clock_now();
	if (pthread_create(&p->thread, NULL, watch, p) != 0)
		die("thread");
	return p;
}

void pace_stop(struct pace *p)
{
	__atomic_store_n(&p->stop, 1, __ATOMIC_RELEASE);
	pthread_join(p->thread, NULL);
	p->stopped = clock_now();
}

void pace_free(struct pace *p)
{
	free(p);
}

int pace_was_slow(const struct pace *p, int64_t begin, int64_t end)
{
	unsigned low = 0, high = p->spans;

	/* The first span that ends, with the time to catch up, at `begin` or later. A long span may
	 * reach beyond a later short one, so look at some before it, too. */
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (p->span[middle].end < begin)
			low = middle + 1;
		else
			high = middle;
	}
	for (unsigned i = low > 8 ? low - 8 : 0; i < p->spans && p->span[i].begin <= end; i++)
		if (2 * p->span[i].end - p->span[i].begin >= begin)
			return 1;
	return 0;
}

double pace_slow_share(const struct pace *p)
{
	int64_t slow = 0;

	for (unsigned i = 0; i < p->spans; i++)
		slow += p->span[i].end - p->span[i].begin;
	return (double)slow / (double)(p->stopped - p->started);
}
