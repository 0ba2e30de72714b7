/* SPDX-License-Identifier: MIT */
/*
 * timer_tree: running timers, in the order of their deadlines.
 *
 * The cost of each operation has a bound that does not depend on the number of timers, nor on
 * their deadlines: it visits at most 11 slots and moves at most 400 timers, usually none. The
 * passing of time causes no work, so a clock may jump. The memory of the slots is 4 to 7 octets a
 * timer in typical cases. Groups of 33 timers within microseconds take 40 octets a timer, or 80
 * after half of each group has stopped; the bound is 11.5 kB for 16 timers, whose deadlines must
 * then differ by less than 64 ns.
 *
 * Timers expire exactly in the order of their deadlines (equal deadlines in the order of
 * starting), so that a run on a fake clock is exact and repeatable.
 */
#ifndef SYNACKD_BASE_TIMER_TREE_H
#define SYNACKD_BASE_TIMER_TREE_H

#include "base/clock.h"

#include <stdbool.h>

struct timer {
	struct timer *next; /* NULL if the timer is stopped */
	struct timer *prev;
	nstime deadline;
};

/* A span of time. It is a sorted list of timers, or, with many timers, 64 slots. */
struct timer_slot {
	union {
		struct timer *first; /* circular list; NULL if empty */
		struct timer_division *division;
	};
	uint32_t timers;
	bool divided;
};

/* A zeroed struct is an empty tree. An empty tree owns no memory. */
struct timer_tree {
	struct timer_slot root;
	struct timer_slot *top; /* a slot that contains all timers; NULL: the root */
	unsigned above;         /* number of slots that contain `top` */
	struct timer *first;    /* the next one to expire; NULL if no timer runs */
};

/* Starts or moves a timer. The struct must be zeroed before its first use. A timer with a
 * deadline in the past expires at once. Without memory for slots, later operations take longer. */
void timer_arm(struct timer_tree *tree, struct timer *t, nstime deadline);
void timer_cancel(struct timer_tree *tree, struct timer *t); /* no effect on a stopped timer */
static inline bool timer_armed(const struct timer *t)
{
	return t->next != NULL;
}

/* Returns the earliest deadline, or NS_NEVER if no timer runs. */
static inline nstime timer_tree_next(const struct timer_tree *tree)
{
	return tree->first ? tree->first->deadline : NS_NEVER;
}

/* Removes and returns the earliest timer with deadline <= now, or NULL if there is none. The
 * caller handles it and calls again; timers that it starts meanwhile are included. */
struct timer *timer_tree_expire(struct timer_tree *tree, nstime now);

/* Calls `each` for every running timer, in the order of their deadlines, until it returns false.
 * `each` must not start or stop timers. Returns false if `each` did. */
bool timer_tree_each(const struct timer_tree *tree, bool (*each)(struct timer *t, void *arg),
		     void *arg);

#endif
