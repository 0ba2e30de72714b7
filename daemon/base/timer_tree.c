/* SPDX-License-Identifier: MIT */
#include "base/timer_tree.h"

#include <stdlib.h>

#define SLOT_BITS 6
#define SLOTS     (1u << SLOT_BITS)
#define LEVELS    11 /* slots of level 0 span 1 ns, and the root all times: 2^66 ns */
#define CROWDED   32 /* a list with more timers is divided, unless all have the same deadline */
#define SPARSE    16 /* a divided slot with fewer timers becomes a list again */

/* The 64 parts of a slot of one level: slots of the next lower level. */
struct timer_division {
	uint64_t occupied; /* one bit per slot */
	struct timer_slot slot[SLOTS];
};

static unsigned index_at(nstime deadline, unsigned level)
{
	return (unsigned)((uint64_t)deadline >> (level * SLOT_BITS)) % SLOTS;
}

/* --- the list of a slot ----------------------------------------------------------------------- */

static void insert_after(struct timer *before, struct timer *t)
{
	t->prev = before;
	t->next = before->next;
	before->next->prev = t;
	before->next = t;
}

/* Inserts a timer by its deadline. The search starts at the end, where most timers belong. */
static void list_insert(struct timer_slot *s, struct timer *t)
{
	struct timer *before;

	if (!s->first) {
		s->first = t->next = t->prev = t;
		return;
	}
	before = s->first->prev;
	while (before->deadline > t->deadline && before != s->first)
		before = before->prev;
	if (before->deadline > t->deadline) { /* earlier than all others */
		insert_after(before->prev, t);
		s->first = t;
	} else {
		insert_after(before, t);
	}
}

static void list_remove(struct timer_slot *s, struct timer *t)
{
	if (t->next == t)
		s->first = NULL;
	else if (s->first == t)
		s->first = t->next;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->next = t->prev = NULL;
}

/* Returns true if all timers of the list have this deadline. */
static bool all_at(const struct timer_slot *s, nstime deadline)
{
	return s->first->deadline == deadline && s->first->prev->deadline == deadline;
}

/* Appends the list `more` to `list`. Either may be NULL. */
static struct timer *list_join(struct timer *list, struct timer *more)
{
	struct timer *end;

	if (!list || !more)
		return list ? list : more;
	end = more->prev;
	list->prev->next = more;
	more->prev = list->prev;
	end->next = list;
	list->prev = end;
	return list;
}

/* --- slots ------------------------------------------------------------------------------------ */

static void distribute(struct timer_division *d, struct timer *t, unsigned level)
{
	t->prev->next = NULL;
	while (t) {
		struct timer *next = t->next;
		unsigned i = index_at(t->deadline, level);

		list_insert(&d->slot[i], t);
		d->slot[i].timers++;
		d->occupied |= 1ull << i;
		t = next;
	}
}

/* Divides a list into slots of `level`. Without memory, returns false. */
static bool divide(struct timer_slot *s, unsigned level)
{
	struct timer_division *d = calloc(1, sizeof(*d));
	nstime deadline = s->first->deadline;
	unsigned i = index_at(deadline, level);

	if (!d)
		return false;
	if (all_at(s, deadline)) { /* possibly a long list */
		d->slot[i] = *s;
		d->occupied = 1ull << i;
	} else {
		distribute(d, s->first, level);
	}
	s->division = d;
	s->divided = true;
	return true;
}

static struct timer_slot *first_part(const struct timer_slot *s)
{
	return &s->division->slot[__builtin_ctzll(s->division->occupied)];
}

/* Makes a divided slot a list again. It has fewer than SPARSE timers. */
static void gather(struct timer_slot *s)
{
	struct timer_division *d = s->division;
	struct timer *list = NULL;

	for (; d->occupied; d->occupied &= d->occupied - 1) {
		struct timer_slot *part = first_part(s);

		if (part->divided)
			gather(part);
		list = list_join(list, part->first);
	}
	free(d);
	s->first = list;
	s->divided = false;
}

/* --- the top: the smallest divided slot that contains all timers, at which searches start ----- */

static struct timer_slot *top_of(struct timer_tree *tree)
{
	return tree->top ? tree->top : &tree->root;
}

static void lower_top(struct timer_tree *tree)
{
	struct timer_slot *s = top_of(tree);

	while (s->divided && !(s->division->occupied & (s->division->occupied - 1)) &&
	       first_part(s)->divided) {
		tree->top = s = first_part(s);
		tree->above++;
	}
}

/* Makes the root the top. */
static void raise_top(struct timer_tree *tree)
{
	struct timer_slot *s = &tree->root;

	for (; tree->above; tree->above--) {
		s->timers = tree->top->timers;
		s = first_part(s);
	}
	tree->top = NULL;
}

static bool in_top(const struct timer_tree *tree, nstime deadline)
{
	unsigned span = (LEVELS - tree->above) * SLOT_BITS;

	return !tree->top || !((uint64_t)(deadline ^ tree->first->deadline) >> span);
}

/* --- timers ----------------------------------------------------------------------------------- */

static void insert(struct timer_tree *tree, struct timer *t)
{
	struct timer_slot *s = top_of(tree);
	unsigned level = LEVELS - tree->above;

	while (s->divided ||
	       (s->timers >= CROWDED && !all_at(s, t->deadline) && divide(s, level - 1))) {
		unsigned i = index_at(t->deadline, --level);

		s->timers++;
		s->division->occupied |= 1ull << i;
		s = &s->division->slot[i];
	}
	s->timers++;
	list_insert(s, t);
}

static struct timer *earliest(struct timer_tree *tree)
{
	const struct timer_slot *s = top_of(tree);

	while (s->divided)
		s = first_part(s);
	return s->first;
}

void timer_arm(struct timer_tree *tree, struct timer *t, nstime deadline)
{
	if (timer_armed(t))
		timer_cancel(tree, t);
	t->deadline = deadline < 0 ? 0 : deadline;
	if (!in_top(tree, t->deadline))
		raise_top(tree);
	insert(tree, t);
	if (!tree->first || t->deadline < tree->first->deadline)
		tree->first = t;
	lower_top(tree);
}

void timer_cancel(struct timer_tree *tree, struct timer *t)
{
	struct timer_slot *s = top_of(tree), *sparse = NULL;
	unsigned level = LEVELS - tree->above, i = 0;
	struct timer_division *d = NULL;

	if (!timer_armed(t))
		return;
	for (; s->divided; s = &d->slot[i]) {
		if (--s->timers < SPARSE && !sparse)
			sparse = s;
		d = s->division;
		i = index_at(t->deadline, --level);
	}
	list_remove(s, t);
	if (--s->timers == 0 && d)
		d->occupied &= ~(1ull << i);
	if (tree->first == t)
		tree->first = s->first;
	if (sparse && sparse == tree->top) {
		raise_top(tree);
		sparse = &tree->root;
	}
	if (sparse)
		gather(sparse);
	if (!tree->first)
		tree->first = earliest(tree);
	lower_top(tree);
}

struct timer *timer_tree_expire(struct timer_tree *tree, nstime now)
{
	struct timer *t = tree->first;

	if (!t || t->deadline > now)
		return NULL;
	timer_cancel(tree, t);
	return t;
}

static bool each_in(const struct timer_slot *s, bool (*each)(struct timer *t, void *arg), void *arg)
{
	struct timer *t;

	if (s->divided) {
		for (uint64_t left = s->division->occupied; left; left &= left - 1)
			if (!each_in(&s->division->slot[__builtin_ctzll(left)], each, arg))
				return false;
		return true;
	}
	t = s->first;
	for (uint32_t i = 0; i < s->timers; i++, t = t->next)
		if (!each(t, arg))
			return false;
	return true;
}

bool timer_tree_each(const struct timer_tree *tree, bool (*each)(struct timer *t, void *arg),
		     void *arg)
{
	return each_in(&tree->root, each, arg);
}
