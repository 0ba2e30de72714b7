/* SPDX-License-Identifier: MIT */
#include "engine/due.h"

#include "base/container.h"
#include "engine/deferred.h"
#include "engine/emit.h"
#include "engine/session.h"

#include <stdio.h>

struct due_walk {
	struct responder *r;
	bool (*each)(const struct due *due, void *arg);
	void *arg;
};

static void say(struct due *due, const char *what)
{
	snprintf(due->what, sizeof(due->what), "%s", what);
}

static bool each_delayed(struct due_walk *walk, const struct deferred *d)
{
	struct due due = {.when = d->timer.deadline};

	emit_describe(d, &due);
	return walk->each(&due, walk->arg);
}

static bool each_held(struct due_walk *walk, const struct held *h)
{
	struct due due = {.when = h->deferred.timer.deadline, .key = key_of(&h->came)};

	due.label = h->causes.labels ? h->causes.label[h->causes.labels - 1] : 0;
	say(&due, "deliver a held segment");
	return walk->each(&due, walk->arg);
}

/* Sets *when to the time at which the rule fires if no octets move. Returns false if none moved
 * since it fired. */
static bool idle_until(struct responder *r, const struct rule_wait *w, nstime *when)
{
	const struct flow *f = flow_find(r, &w->key);
	nstime moved = flow_moved(f);

	if (moved + w->rule->after > *when)
		*when = moved + w->rule->after;
	return !w->fired || w->moved != moved;
}

/* Names only the first action. The conditions of the rule may still prevent it. */
static bool each_rule(struct due_walk *walk, const struct rule_wait *w)
{
	struct due due = {.when = w->deferred.timer.deadline,
			  .id = w->flow,
			  .key = w->key,
			  .label = w->rule->label,
			  .repeats = w->rule->repeats};
	char text[MACHINE_TEXT_MAX];

	if (!rule_waits(walk->r, w) || (w->rule->idle && !idle_until(walk->r, w, &due.when)))
		return true;
	if (w->rule->emits)
		say(&due, "emit");
	else
		say(&due,
		    w->rule->machines ? machine_format(&w->rule->machine[0], text) : "remember");
	return walk->each(&due, walk->arg);
}

/* One turn may have several operations. */
static bool each_op(struct due_walk *walk, const struct machine_wait *w)
{
	struct due due = {.when = w->deferred.timer.deadline, .id = w->flow, .key = w->key};
	char text[MACHINE_TEXT_MAX];
	bool more = machine_waits(walk->r, w);

	for (unsigned i = 0; i < w->ops && more; i++) {
		due.label = w->op[i].label;
		say(&due, machine_format(&w->op[i], text));
		if (!walk->each(&due, walk->arg))
			return false;
	}
	return true;
}

static bool each_deferred(struct timer *timer, void *arg)
{
	const struct deferred *d = container_of(timer, const struct deferred, timer);
	struct due_walk *walk = arg;

	switch ((enum deferred_kind)d->kind) {
	case DEFERRED_DELAYED: return each_delayed(walk, d);
	case DEFERRED_HELD: return each_held(walk, container_of(d, const struct held, deferred));
	case DEFERRED_RULE:
		return each_rule(walk, container_of(d, const struct rule_wait, deferred));
	case DEFERRED_REST: return true; /* not of a rule */
	case DEFERRED_MACHINE:
		return each_op(walk, container_of(d, const struct machine_wait, deferred));
	}
	return true;
}

void responder_due(struct responder *r, bool (*each)(const struct due *due, void *arg), void *arg)
{
	struct due_walk walk = {.r = r, .each = each, .arg = arg};

	timer_tree_each(&r->deferred_timers, each_deferred, &walk);
}
