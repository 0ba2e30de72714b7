/* SPDX-License-Identifier: MIT */
#include "base/wheel.h"

#define SLOTS     (1u << WHEEL_SLOT_BITS)
#define SLOT_MASK (SLOTS - 1)

static uint64_t tick_of(nstime t)
{
	return (uint64_t)t >> WHEEL_TICK_SHIFT;
}

void wheel_init(struct wheel *w, nstime now)
{
	*w = (struct wheel){.tick = tick_of(now), .next = NS_NEVER, .next_known = true};
	for (int level = 0; level < WHEEL_LEVELS; level++) {
		for (unsigned i = 0; i < SLOTS; i++) {
			struct timer *head = &w->slot[level][i];

			head->next = head->prev = head;
		}
	}
}

/* Returns the lowest level whose slots distinguish `tick` from the wheel's current tick. */
static int level_of(const struct wheel *w, uint64_t tick)
{
	uint64_t differs = tick ^ w->tick;
	int level;

	if (!differs)
		return 0;
	level = (63 - __builtin_clzll(differs)) / WHEEL_SLOT_BITS;
	return level < WHEEL_LEVELS ? level : WHEEL_LEVELS - 1;
}

static unsigned slot_of(uint64_t tick, int level)
{
	return (unsigned)(tick >> (level * WHEEL_SLOT_BITS)) & SLOT_MASK;
}

static void place(struct wheel *w, struct timer *t)
{
	uint64_t tick = tick_of(t->deadline);
	struct timer *after;
	unsigned slot;
	int level;

	if (tick < w->tick)
		tick = w->tick;
	level = level_of(w, tick);
	slot = slot_of(tick, level);
	w->occupied[level] |= 1ull << slot;
	after = w->slot[level][slot].prev;
	/* The lowest level is sorted by deadline: its slots hold few timers, and most insertions
	 * are at the end. Higher levels keep the order of starting, which cascade() preserves. */
	if (level == 0)
		while (after != &w->slot[0][slot] && after->deadline > t->deadline)
			after = after->prev;
	t->prev = after;
	t->next = after->next;
	after->next->prev = t;
	after->next = t;
}

static void unlink_timer(struct timer *t)
{
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->next = t->prev = NULL;
}

void timer_arm(struct wheel *w, struct timer *t, nstime deadline)
{
	if (timer_armed(t))
		timer_cancel(w, t);
	t->deadline = deadline < 0 ? 0 : deadline;
	place(w, t);
	w->armed++;
	if (t->deadline < w->next)
		w->next = t->deadline;
}

void timer_cancel(struct wheel *w, struct timer *t)
{
	if (!timer_armed(t))
		return;
	unlink_timer(t);
	w->armed--;
	if (t->deadline == w->next)
		w->next_known = false;
}

/* Returns the first occupied slot of a level, searching from `from` with wrap-around, or -1 if
 * the level is empty. Clears the bits of slots that timer_cancel() emptied. */
static int first_slot(struct wheel *w, int level, unsigned from)
{
	while (w->occupied[level]) {
		uint64_t turned = w->occupied[level] >> from;
		unsigned slot;

		if (from)
			turned |= w->occupied[level] << (SLOTS - from);
		slot = (from + (unsigned)__builtin_ctzll(turned)) & SLOT_MASK;
		if (w->slot[level][slot].next != &w->slot[level][slot])
			return (int)slot;
		w->occupied[level] &= ~(1ull << slot);
	}
	return -1;
}

/* Moves the timers of a slot of a higher level to lower levels. */
static void cascade(struct wheel *w, int level, unsigned slot)
{
	struct timer *head = &w->slot[level][slot], *t = head->next;

	w->occupied[level] &= ~(1ull << slot);
	head->next = head->prev = head;
	while (t != head) {
		struct timer *next = t->next;

		place(w, t);
		t = next;
	}
}

/*
 * Advances the tick to the next occupied slot of the higher levels and cascades that slot.
 * Returns false, and sets the tick to `until`, if no such slot starts by then. A slot at or
 * before the current position belongs to the next round. At the top level, timers beyond the
 * range of the wheel share slots with others and are placed again.
 */
static bool advance(struct wheel *w, uint64_t until)
{
	for (int level = 1; level < WHEEL_LEVELS; level++) {
		unsigned here = slot_of(w->tick, level);
		int slot = first_slot(w, level, (here + 1) & SLOT_MASK);
		unsigned width = (unsigned)level * WHEEL_SLOT_BITS;
		uint64_t start;

		if (slot < 0)
			continue;
		start = (w->tick >> width) + (((unsigned)slot - here - 1) & SLOT_MASK) + 1;
		start <<= width;
		if (start > until) {
			w->tick = until;
			return false;
		}
		w->tick = start;
		cascade(w, level, (unsigned)slot);
		return true;
	}
	w->tick = until;
	return false;
}

/* Returns the earliest timer of the lowest level, or NULL; advances the wheel to `until` at
 * most. */
static struct timer *earliest(struct wheel *w, uint64_t until)
{
	for (;;) {
		unsigned here = slot_of(w->tick, 0);
		int slot = first_slot(w, 0, here);

		/* All timers of level 0 are in the current round of 64 ticks. */
		if (slot >= 0 && (unsigned)slot >= here)
			return w->slot[0][slot].next;
		if (w->tick >= until || !advance(w, until))
			return NULL;
	}
}

static nstime slot_earliest(const struct timer *head)
{
	nstime least = NS_NEVER;

	for (const struct timer *t = head->next; t != head; t = t->next)
		if (t->deadline < least)
			least = t->deadline;
	return least;
}

/* Returns the earliest deadline without moving the wheel: the earliest of the first occupied
 * slot. A slot of the top level may hold timers of several rounds, so all slots of that level
 * are searched. */
static nstime earliest_deadline(struct wheel *w)
{
	nstime least = NS_NEVER;

	for (int level = 0; level < WHEEL_LEVELS - 1; level++) {
		unsigned from = slot_of(w->tick, level) + (level ? 1 : 0);
		int slot = first_slot(w, level, from & SLOT_MASK);

		if (slot >= 0)
			return level ? slot_earliest(&w->slot[level][slot])
				     : w->slot[0][slot].next->deadline;
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		nstime t = slot_earliest(&w->slot[WHEEL_LEVELS - 1][i]);

		if (t < least)
			least = t;
	}
	return least;
}

void wheel_each(const struct wheel *w, bool (*each)(struct timer *t, void *arg), void *arg)
{
	for (int level = 0; level < WHEEL_LEVELS; level++) {
		for (unsigned slot = 0; slot < SLOTS; slot++) {
			const struct timer *head = &w->slot[level][slot];

			for (struct timer *t = head->next; t != head; t = t->next)
				if (!each(t, arg))
					return;
		}
	}
}

nstime wheel_next(struct wheel *w)
{
	if (!w->armed)
		return NS_NEVER;
	if (!w->next_known) {
		w->next = earliest_deadline(w);
		w->next_known = true;
	}
	return w->next;
}

struct timer *wheel_expire(struct wheel *w, nstime now)
{
	struct timer *t;

	if (!w->armed || now < 0 || (w->next_known && w->next > now))
		return NULL;
	t = earliest(w, tick_of(now));
	if (!t || t->deadline > now)
		return NULL;
	timer_cancel(w, t);
	return t;
}

struct timer *wheel_take_any(struct wheel *w)
{
	for (int level = 0; w->armed && level < WHEEL_LEVELS; level++) {
		int slot = first_slot(w, level, 0);

		if (slot >= 0) {
			struct timer *t = w->slot[level][slot].next;

			timer_cancel(w, t);
			return t;
		}
	}
	return NULL;
}
