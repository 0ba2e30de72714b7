/* SPDX-License-Identifier: MIT */
#include "engine/advance.h"

#include "base/container.h"
#include "engine/deferred.h"
#include "engine/dispatch.h"
#include "engine/emit.h"
#include "engine/session.h"
#include "engine/time_waits.h"

static void held_due(struct responder *r, struct held *h)
{
	struct flow_key key = key_of(&h->came);
	struct flow *f = flow_expand(r, flow_find(r, &key));
	const struct endpoint *e = endpoint_index_find(r->endpoints, &key.server, key.server_port);
	struct flow *before = e ? flow_yields(r, &f, &h->seg) : NULL;
	struct frame frame = {
		.packet = h->packet, .len = h->len, .when = r->now, .offload = h->seg.offload};
	struct turn t;

	if ((f || e) && !flow_silent(r, f)) {
		struct ruleset *rules = f ? flow_rules(f) : attempts_chosen(&r->attempts, &key, e);

		turn_begin(&t, r, f, rules, &key, &h->path, &h->seg);
		t.before = before;
		for (unsigned times = 0; times <= h->duplicate; times++)
			dispatch_arrive(r, &h->seg, &t);
		session_validate(t.f, &h->came);
		turn_origin(&t);
		record_in(r, &t.origin, FATE_RELEASED, &h->causes, &frame);
		turn_end(&t);
	}
	deferred_free(&h->deferred);
}

static void machine_due(struct responder *r, struct machine_wait *w)
{
	if (machine_waits(r, w))
		turn_do(r, flow_find(r, &w->key), w->op, w->ops);
	deferred_free(&w->deferred);
}

/* Returns the time at which an `idle` rule must be checked again, because octets moved since it was
 * scheduled, or none moved since it fired. Returns 0 if it fires now. */
static nstime idle_until(const struct responder *r, const struct flow *f, struct rule_wait *w)
{
	nstime moved = flow_moved(f);

	if (moved && moved + w->rule->after > r->now)
		return moved + w->rule->after;
	if (w->fired && w->moved == moved)
		return r->now + w->rule->after;
	w->fired = true;
	w->moved = moved;
	return 0;
}

static void rule_fires(struct responder *r, struct flow *f, const struct rule *rule)
{
	struct rule_context ctx;
	struct outcome out;
	struct rule_view v;
	struct turn t;

	outcome_begin(&out);
	turn_resume(&t, r, f);
	turn_view(&t, &v);
	ctx = turn_context(&t);
	rules_after(rule, &ctx, &v, &r->plan, &out);
	turn_account(&t, 0);
	turn_queue(&t, &out);
	turn_end(&t);
}

static void rule_due(struct responder *r, struct rule_wait *w)
{
	struct flow *f = rule_waits(r, w) ? flow_find(r, &w->key) : NULL;
	nstime again = f && w->rule->idle ? idle_until(r, f, w) : 0;

	if (f && !again) {
		rule_fires(r, f, w->rule);
		again = w->rule->repeats && rule_waits(r, w) ? r->now + w->rule->after : 0;
	}
	if (again && deferred_room(r))
		deferred_add(r, &w->deferred, again);
	else
		deferred_free(&w->deferred);
}

static void delayed_due(struct responder *r, struct deferred *d)
{
	emit_due(r, d);
	deferred_free(d);
}

static void deferred_due(struct responder *r, struct deferred *d)
{
	switch ((enum deferred_kind)d->kind) {
	case DEFERRED_DELAYED: delayed_due(r, d); break;
	case DEFERRED_HELD: held_due(r, container_of(d, struct held, deferred)); break;
	case DEFERRED_RULE: rule_due(r, container_of(d, struct rule_wait, deferred)); break;
	case DEFERRED_REST: emit_rest(r, d); break;
	case DEFERRED_MACHINE:
		machine_due(r, container_of(d, struct machine_wait, deferred));
		break;
	}
}

/* Returns the earliest deadline of a connection, and its tree. */
static nstime flows_next(struct responder *r, struct timer_tree **tree)
{
	nstime flow = timer_tree_next(&r->flow_timers);
	nstime time_wait = timer_tree_next(&r->time_wait_timers);

	*tree = flow < time_wait ? &r->flow_timers : &r->time_wait_timers;
	return flow < time_wait ? flow : time_wait;
}

static void flow_due(struct responder *r, struct timer *timer)
{
	struct flow *f = container_of(timer, struct flow, timer);
	struct turn t;

	turn_resume(&t, r, f);
	turn_timer(&t);
	turn_end(&t);
}

nstime responder_next(struct responder *r)
{
	struct timer_tree *tree;
	nstime flow = flows_next(r, &tree), other = timer_tree_next(&r->deferred_timers);

	return flow < other ? flow : other;
}

/* Does the next work that is due by `now`. Returns false, with the clock at `now`, if there is
 * none. */
static inline bool do_next(struct responder *r, nstime now)
{
	struct timer_tree *tree;
	nstime flow = flows_next(r, &tree), other = timer_tree_next(&r->deferred_timers);
	nstime least = flow < other ? flow : other;

	if (least > now) {
		if (now > r->now)
			r->now = now;
		return false;
	}
	if (least > r->now)
		r->now = least;
	if (other <= flow)
		deferred_due(r, deferred_take(r, r->now));
	else
		flow_due(r, timer_tree_expire(tree, r->now));
	return true;
}

void responder_advance(struct responder *r, nstime now)
{
	while (do_next(r, now))
		continue;
}

bool responder_advance_some(struct responder *r, nstime now, unsigned *work)
{
	while (responder_next(r) > now || *work > 0) {
		if (!do_next(r, now))
			return true;
		(*work)--;
	}
	return false;
}

void responder_wake(struct responder *r, const struct flow_key *key, uint64_t id)
{
	struct flow *f = flow_find(r, key);
	struct turn t;

	if (!f || f->id != id)
		return;
	turn_resume(&t, r, f);
	turn_end(&t);
}
