/* SPDX-License-Identifier: MIT */
/*
 * wheel: a hierarchical timer wheel.
 *
 * The cost of starting, stopping and expiring a timer does not depend on the number of timers.
 * Slots of the lowest level are 65,536 ns wide. Each timer keeps its exact deadline, and timers
 * expire in the order of their deadlines (equal deadlines in the order of starting), so that a
 * run on a fake clock is exact and repeatable.
 */
#ifndef SYNACKD_BASE_WHEEL_H
#define SYNACKD_BASE_WHEEL_H

#include "base/clock.h"

#include <stdbool.h>

#define WHEEL_LEVELS     7
#define WHEEL_SLOT_BITS  6
#define WHEEL_TICK_SHIFT 16 /* one tick is 2^16 ns */

struct timer {
	struct timer *next; /* NULL if the timer is stopped */
	struct timer *prev;
	nstime deadline;
};

struct wheel {
	struct timer slot[WHEEL_LEVELS][1 << WHEEL_SLOT_BITS]; /* circular list heads */
	uint64_t occupied[WHEEL_LEVELS];                       /* one bit per slot */
	uint64_t tick; /* slots before this tick are empty */
	size_t armed;
	nstime next; /* the earliest deadline, if next_known: a search of a crowded slot is slow */
	bool next_known;
};

/* `now` and all deadlines must be at least 0. */
void wheel_init(struct wheel *w, nstime now);

/* Starts or moves a timer. The struct must be zeroed before its first use. A timer with a
 * deadline in the past expires at once. */
void timer_arm(struct wheel *w, struct timer *t, nstime deadline);
void timer_cancel(struct wheel *w, struct timer *t); /* no effect on a stopped timer */
static inline bool timer_armed(const struct timer *t)
{
	return t->next != NULL;
}

/* Returns the earliest deadline, or NS_NEVER if no timer runs. */
nstime wheel_next(struct wheel *w);

/* Calls `each` for every running timer, in no particular order, until it returns false. `each`
 * must not start or stop timers. */
void wheel_each(const struct wheel *w, bool (*each)(struct timer *t, void *arg), void *arg);

/* Removes and returns the earliest timer with deadline <= now, or NULL if there is none. The
 * caller handles it and calls again; timers that it starts meanwhile are included. */
struct timer *wheel_expire(struct wheel *w, nstime now);

/* Removes and returns any running timer, or NULL if there is none. For releasing all timers at
 * exit: it is cheaper than wheel_expire(). */
struct timer *wheel_take_any(struct wheel *w);

#endif
