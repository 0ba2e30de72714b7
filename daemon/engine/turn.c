/* SPDX-License-Identifier: MIT */
#include "engine/turn.h"

#include "engine/deferred.h"
#include "engine/emit.h"
#include "engine/operation.h"
#include "engine/session.h"
#include "engine/time_waits.h"
#include "tcp/icmp_input.h"

#include <string.h>

#define ROUNDS_MAX 32 /* rounds of rules that trigger rules; more indicate a loop */

void turn_begin(struct turn *t, struct responder *r, struct flow *f, struct ruleset *rules,
		const struct flow_key *key, const struct path *path, const struct segment *trigger)
{
	memset(t, 0, offsetof(struct turn, op));
	t->r = r;
	t->f = f;
	/* The turn needs the rules even if the connection ends and releases them. */
	t->rules = ruleset_get(rules);
	t->trigger = trigger;
	t->key = t->origin.key = *key;
	t->origin.flow = f ? f->id : 0;
	t->origin.path = f ? *paths_at(&r->paths, f->path) : *path;
	if (!f)
		t->origin.attempt = attempt_ids_find(&r->attempt_ids, key, trigger);
	plan_clear(&r->plan);
}

void turn_resume(struct turn *t, struct responder *r, struct flow *f)
{
	struct flow_key key = flow_key_of(f);

	f = flow_expand(r, f);
	turn_begin(t, r, f, flow_rules(f), &key, NULL, NULL);
}

uint64_t turn_id(const struct turn *t)
{
	return t->origin.attempt ? t->origin.attempt : flow_new_id(t->r);
}

void turn_connects(struct turn *t)
{
	if (t->origin.attempt)
		attempt_ids_forget(&t->r->attempt_ids, &t->key);
	t->origin.attempt = 0;
}

void turn_origin(struct turn *t)
{
	struct origin *o = &t->origin;

	if (!t->f)
		return;
	o->flow = t->f->id;
	o->state = t->f->state;
	o->asked = t->f->asked;
	o->validated = t->f->validated;
	if (t->f->kind == FLOW_HALF) {
		o->iss = half_of(t->f)->iss;
		o->irs = half_of(t->f)->irs;
	} else {
		o->iss = session_of(t->f)->tcp.iss;
		o->irs = session_of(t->f)->tcp.irs;
	}
}

static void view_none(const struct turn *t, struct rule_view *v)
{
	const struct responder *r = t->r;
	struct tcp_secrets secrets;

	tcp_secrets(&t->rules->tcp, &t->key, &r->keys.tcp, r->now, &secrets);
	rule_view_none(v, &t->rules->tcp, &t->key, &secrets, r->now);
}

void turn_view(const struct turn *t, struct rule_view *v)
{
	const struct responder *r = t->r;

	if (t->f && t->f->kind == FLOW_HALF)
		rule_view_half(v, half_of(t->f), r->now);
	else if (t->f)
		rule_view_conn(v, &session_of(t->f)->tcp, r->now);
	else
		view_none(t, v);
	v->endpoint = t->rules->endpoint;
	if (!t->trigger)
		return;
	rule_view_segment(v, t->trigger);
	rule_view_client(v, t->trigger);
}

struct rule_context turn_context(const struct turn *t)
{
	return (struct rule_context){.memory = &t->r->memory,
				     .notes = &t->r->notes,
				     .rng = &t->r->rng,
				     .trigger = t->trigger,
				     .now = t->r->now,
				     .begun = t->rules->begun};
}

void turn_queue(struct turn *t, const struct outcome *out)
{
	t->r->counter[COUNT_STEP_LIMIT] += out->cut;
	for (unsigned i = 0; i < out->ops; i++) {
		if (t->ops < OUTCOME_OPS_MAX)
			t->op[t->ops++] = out->op[i];
		else
			t->r->counter[COUNT_STEP_LIMIT]++;
	}
}

static void account(struct turn *t, const struct segment *seg)
{
	struct session *s = t->f ? flow_promote(t->r, t->f) : NULL;

	if (!s)
		return;
	t->f = &s->tcp.f;
	tcp_counted(&s->tcp, seg, t->r->now);
}

void turn_account(struct turn *t, unsigned first)
{
	const struct plan *plan = &t->r->plan;

	for (unsigned i = first; i < plan->count; i++)
		if (plan->item[i].counts)
			account(t, &plan->item[i].seg);
}

static void mark_uses(struct turn *t, unsigned first)
{
	struct rule_view v;

	if (!t->rules->uses.count)
		return;
	turn_view(t, &v);
	t->sent.connection = t->f != NULL;
	t->sent.syn = v.syn;
	t->sent.window_moved = t->f && t->f->kind == FLOW_CONN &&
			       session_of(t->f)->tcp.rcv_buffer != t->rules->tcp.window;
	t->sent.syn_octets = t->trigger && t->trigger->flags & TCP_SYN && t->trigger->len;
	uses_mark(&t->rules->uses, &t->sent, &t->r->plan, first);
}

static void drop_silently(struct turn *t, unsigned first)
{
	struct plan *plan = &t->r->plan;

	for (unsigned i = first; i < plan->count; i++) {
		plan->item[i].dropped = true;
		causes_add_label(&plan->item[i].causes, flow_silent_by(t->f));
	}
}

static void apply_send_rules(struct turn *t, unsigned first)
{
	struct rule_context ctx = turn_context(t);
	struct outcome out;
	struct rule_view v;

	outcome_begin(&out);
	turn_view(t, &v);
	if (t->f && t->f->kind == FLOW_CONN)
		v.told = t->told;
	rules_send(t->rules, &ctx, &v, &t->r->plan, first, &out);
	turn_account(t, first);
	turn_queue(t, &out);
}

/* Applies the plan rules to the items from `first` on, which the TCP made. */
static void apply_plan_rules(struct turn *t, unsigned first)
{
	if (first == t->r->plan.count)
		return;
	mark_uses(t, first);
	if (flow_silent(t->r, t->f))
		drop_silently(t, first);
	else if (t->rules->by_trigger[ON_SEND])
		apply_send_rules(t, first);
}

static void enter(struct turn *t, uint8_t to)
{
	struct rule_context ctx = turn_context(t);
	unsigned first = t->r->plan.count;
	struct outcome out;
	struct rule_view v;

	outcome_begin(&out);
	turn_view(t, &v);
	v.state = to;
	rules_enter(t->rules, &ctx, &v, &t->r->plan, &out);
	turn_account(t, first);
	turn_queue(t, &out);
}

/* Processes the state changes since the last call: applies "enter" rules, and schedules "after"
 * rules. */
static void apply_enter_rules(struct turn *t)
{
	struct plan *plan = &t->r->plan;

	for (; t->moves_seen < plan->moves; t->moves_seen++) {
		uint8_t to = plan->move[t->moves_seen].to;

		turn_origin(t);
		if (to == STATE_ESTABLISHED)
			t->r->counter[COUNT_CONNECTIONS]++;
		if (!t->f)
			continue;
		if (to == STATE_ESTABLISHED && t->f->kind == FLOW_CONN)
			session_opened(t->r, session_of(t->f));
		if (t->rules->by_trigger[ON_AFTER])
			rules_defer(t->r, t->f, to);
		if (t->rules->by_trigger[ON_ENTER])
			enter(t, to);
	}
}

void turn_planned(struct turn *t, unsigned first)
{
	if (t->r->plan.count == first && t->r->plan.moves == t->moves_seen)
		return;
	turn_origin(t);
	apply_plan_rules(t, first);
	apply_enter_rules(t);
}

static void step(struct turn *t, const struct tcp_event *e)
{
	unsigned first = t->r->plan.count;

	t->told = session_of(t->f)->tcp.last_ack_sent;
	t->sent = (struct use_context){.has_sent = true, .snd_max = session_of(t->f)->tcp.snd_max};
	session_step(t->r, session_of(t->f), e);
	turn_planned(t, first);
}

static void take_down(struct turn *t)
{
	if (!t->f)
		return;
	turn_origin(t);
	flow_delete(t->r, t->f);
	t->f = NULL;
	t->taken_down = true;
}

void turn_fast_open(struct turn *t, const struct segment *syn)
{
	struct session *s = flow_promote(t->r, t->f);

	if (!s)
		return; /* counted; as if the SYN was lost */
	t->f = &s->tcp.f;
	s->opening = true;
	endpoint_load(t->r, t->rules->endpoint)->fast_open++;
	t->r->counter[COUNT_FAST_OPEN]++;
	step(t, &(struct tcp_event){.type = TCP_EVENT_FAST_OPEN, .seg = syn});
}

static void half_verdict(struct turn *t, enum half_verdict verdict, unsigned first,
			 const struct segment *seg)
{
	struct session *s;

	if (verdict != HALF_OPENS) {
		t->sent = (struct use_context){.has_sent = true, .snd_max = half_of(t->f)->iss + 1};
		apply_plan_rules(t, first);
		if (verdict == HALF_CLOSES) {
			plan_move(&t->r->plan, STATE_SYN_RECEIVED, STATE_CLOSED);
			apply_enter_rules(t);
			take_down(t);
		}
		return;
	}
	s = flow_promote(t->r, t->f);
	if (!s)
		return; /* counted; the client's next segment tries again */
	t->f = &s->tcp.f;
	t->r->plan.count = first; /* only the new session answers the segment */
	step(t, &(struct tcp_event){.type = TCP_EVENT_SEGMENT, .seg = seg});
}

void turn_segment(struct turn *t, const struct segment *seg)
{
	struct responder *r = t->r;
	unsigned first = r->plan.count;

	if (t->f->kind == FLOW_CONN) {
		step(t, &(struct tcp_event){.type = TCP_EVENT_SEGMENT, .seg = seg});
		return;
	}
	half_verdict(t, tcp_half_segment(half_of(t->f), seg, r->now, &r->plan), first, seg);
}

void turn_timer(struct turn *t)
{
	struct responder *r = t->r;
	unsigned first = r->plan.count;

	if (t->f->kind == FLOW_HALF)
		half_verdict(t, tcp_half_timer(half_of(t->f), r->now, &r->plan), first, NULL);
	else if (t->f->state == STATE_CLOSED)
		take_down(t); /* it was kept until now */
	else
		step(t, &(struct tcp_event){.type = TCP_EVENT_TIMER});
}

void turn_icmp(struct turn *t, const struct icmp *m, const struct segment *about)
{
	unsigned first = t->r->plan.count;

	if (t->f->kind == FLOW_CONN)
		step(t, &(struct tcp_event){.type = TCP_EVENT_ICMP, .seg = about, .icmp = m});
	else if (tcp_half_icmp(half_of(t->f), m, about))
		half_verdict(t, HALF_CLOSES, first, NULL);
}

/* Traces an operation, unless an operator requested it. */
static void note_op(struct turn *t, const struct rule_machine *op)
{
	turn_origin(t);
	if (op->label)
		record_op(t->r, &t->origin, op);
}

/* Active OPEN to the client of the trigger. */
static void open_active(struct turn *t, const struct rule_machine *op)
{
	struct session *s;

	if (t->f || t->taken_down)
		return;
	s = session_open(t->r, &t->key, &t->origin.path, t->rules, turn_id(t));
	if (!s)
		return;
	turn_connects(t);
	t->f = &s->tcp.f;
	note_op(t, op);
	step(t, &(struct tcp_event){.type = TCP_EVENT_OPEN});
}

void turn_open(struct turn *t)
{
	for (unsigned i = t->next_op; i < t->ops; i++)
		if (t->op[i]->op == MACHINE_OPEN)
			open_active(t, t->op[i]);
}

static void do_op(struct turn *t, const struct rule_machine *op)
{
	struct session *s;

	if (op->op == MACHINE_OPEN) {
		open_active(t, op);
		return;
	}
	if (!t->f)
		return;
	note_op(t, op);
	if (op->op == MACHINE_FORGET) {
		take_down(t);
		return;
	}
	s = flow_promote(t->r, t->f);
	if (!s)
		return;
	t->f = &s->tcp.f;
	if (op->op == MACHINE_ABORT)
		step(t, &(struct tcp_event){.type = TCP_EVENT_ABORT});
	else
		session_do(t->r, s, op, s->tcp.f.state == STATE_CLOSED && !t->r->plan.moves);
}

/* Octets of our stream were lost without memory: an RST informs the client; the octets after them
 * are not sent. */
static void abort_torn(struct turn *t)
{
	if (!t->f || t->f->kind == FLOW_HALF || t->f->state == STATE_CLOSED ||
	    !session_of(t->f)->tcp.torn)
		return;
	t->r->counter[COUNT_NO_MEMORY]++;
	step(t, &(struct tcp_event){.type = TCP_EVENT_ABORT});
}

/* The service reads, writes and closes; then the TCP sends the resulting segments. */
static void user_turn(struct turn *t)
{
	enum tcp_event_type event = TCP_EVENT_TURN;
	struct session *s;

	if (!t->f || t->f->kind == FLOW_HALF || flow_silent(t->r, t->f) ||
	    t->f->state == STATE_CLOSED)
		return;
	s = session_of(t->f);
	if (state_synchronised(t->f->state) || s->tcp.fast_open)
		service_turn(&t->rules->service, &s->run, &s->tcp);
	if (s->run.aborted) {
		t->r->counter[t->rules->service.target ? COUNT_RELAYS_FAILED
						       : COUNT_REPORTS_TAKEN]++;
		event = TCP_EVENT_ABORT;
	} else if (s->tcp.torn) {
		return; /* abort_torn() follows */
	}
	step(t, &(struct tcp_event){.type = event});
}

/* Defers the next operation, which has a `wait`. A close or leave directly after it with the same
 * `wait` is deferred with it, so that the FIN is sent with the text written before. */
static void defer_ops(struct turn *t)
{
	const struct rule_machine *const *first = &t->op[t->next_op];
	unsigned ops = 1;

	if (t->next_op + 1 < t->ops && first[1]->wait == first[0]->wait &&
	    (first[1]->op == MACHINE_CLOSE || first[1]->op == MACHINE_LEAVE))
		ops++;
	t->next_op += ops;
	if (t->f)
		machine_defer(t->r, t->f, first, ops);
}

static void turn_ops(struct turn *t)
{
	for (unsigned rounds = 0; t->next_op < t->ops; rounds++) {
		if (rounds == ROUNDS_MAX) {
			t->r->counter[COUNT_STEP_LIMIT]++;
			break;
		}
		if (t->op[t->next_op]->wait)
			defer_ops(t);
		else
			do_op(t, t->op[t->next_op++]);
	}
}

/* Stores the connection until its next event; or deletes it if it is CLOSED and no rule keeps it.
 */
static void put_away(struct turn *t)
{
	struct responder *r = t->r;

	if (t->f->kind == FLOW_CONN && t->f->state == STATE_CLOSED) {
		struct session *s = session_of(t->f);

		service_end(&t->rules->service, &s->run, &s->tcp);
		if (!s->keep) {
			flow_delete(r, t->f);
			t->f = NULL;
			return;
		}
		if (r->plan.moves && r->plan.move[r->plan.moves - 1].to == STATE_CLOSED)
			s->keep = time_later(r, s->keep); /* was a duration, is now a time */
	}
	flow_settle(r, t->f);
}

void turn_end(struct turn *t)
{
	struct responder *r = t->r;

	turn_ops(t);
	user_turn(t);
	turn_ops(t);
	if (t->f && t->ops) /* the operations may allow further segments */
		user_turn(t);
	abort_torn(t);
	turn_origin(t);
	record_refused(r, &r->plan, t->rules);
	record_moves(r, &t->origin, &r->plan, t->rules);
	emit_plan(r, &t->origin, t->rules);
	if (t->f)
		put_away(t);
	if (t->before)
		flow_return(r, t->before); /* the SYN did not replace it */
	ruleset_put(t->rules);
}

void turn_do(struct responder *r, struct flow *f, const struct rule_machine *op, unsigned ops)
{
	struct outcome out;
	struct turn t;

	outcome_begin(&out);
	for (; out.ops < ops; out.ops++)
		out.op[out.ops] = &op[out.ops];
	turn_resume(&t, r, f);
	turn_queue(&t, &out);
	turn_end(&t);
}
