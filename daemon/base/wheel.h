/* SPDX-License-Identifier: MIT */
/*
 * A hierarchical timer wheel: arming, cancelling and expiring cost the same with one timer or a
 * million. Slots are 65,536 ns wide at the lowest level, but every timer keeps its exact deadline
 * and fires in deadline order (equal deadlines in the order of arming), so that a run on a fake
 * clock is exact and repeatable.
 */
#ifndef SYNACKD_BASE_WHEEL_H
#define SYNACKD_BASE_WHEEL_H

#include "base/clock.h"

#include <stdbool.h>

#define WHEEL_LEVELS     7
#define WHEEL_SLOT_BITS  6
#define WHEEL_TICK_SHIFT 16 /* one tick is 2^16 ns */

struct timer {
	struct timer *next; /* NULL: not armed */
	struct timer *prev;
	nstime deadline;
};

struct wheel {
	struct timer slot[WHEEL_LEVELS][1 << WHEEL_SLOT_BITS]; /* circular list heads */
	uint64_t occupied[WHEEL_LEVELS];                       /* a bit per slot */
	uint64_t tick;                                         /* up to which slots were emptied */
	size_t armed;
	nstime next; /* the earliest deadline, if it is known: a crowded slot takes long to search
		      */
	bool next_known;
};

/* `now` must not be negative, nor any deadline. */
void wheel_init(struct wheel *w, nstime now);

/* Arm, or move, a timer (zeroed before its first use). A deadline in the past is due at once. */
void timer_arm(struct wheel *w, struct timer *t, nstime deadline);
void timer_cancel(struct wheel *w, struct timer *t); /* no-op when not armed */
static inline bool timer_armed(const struct timer *t)
{
	return t->next != NULL;
}

/* The exact next deadline, NS_NEVER when none is armed. */
nstime wheel_next(struct wheel *w);

/* Call `each`, which neither arms nor cancels, on every timer that is armed, in no order, until it
 * returns false. */
void wheel_each(const struct wheel *w, bool (*each)(struct timer *t, void *arg), void *arg);

/* Take the earliest timer with deadline <= now off the wheel, NULL when none is due. The caller
 * acts on it and asks again; timers it arms meanwhile take part. */
struct timer *wheel_expire(struct wheel *w, nstime now);

/* Take a timer off the wheel, whichever costs least; NULL when none is armed. For the end of all of
 * them. */
struct timer *wheel_take_any(struct wheel *w);

#endif
