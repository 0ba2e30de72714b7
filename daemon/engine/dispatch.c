/* SPDX-License-Identifier: MIT */
#include "engine/dispatch.h"

#include "engine/deferred.h"
#include "engine/emit.h"
#include "engine/session.h"
#include "engine/time_waits.h"
#include "tcp/listen.h"

/* Returns true if a path can be stored for a client that has not proved its address. */
static bool has_path(const struct responder *r, const struct turn *t)
{
	return paths_have_room(&r->paths, &t->origin.path, PATHS_UNPROVED);
}

/* Returns the largest sequence number that the connection has used; it is in TIME-WAIT. */
static uint32_t last_number(struct flow *f)
{
	return f->kind == FLOW_TIME_WAIT ? tcp_time_wait_snd_nxt(time_wait_of(f))
					 : session_of(f)->tcp.snd_max;
}

static struct tcp_listener listener_of(struct responder *r, const struct turn *t)
{
	const struct tcp_settings *s = &t->rules->tcp;
	const struct load *load = endpoint_load(r, t->rules->endpoint);

	return (struct tcp_listener){
		.settings = s,
		.keys = &r->keys.tcp,
		.key = &t->key,
		.mtu = path_mtu(r, &t->origin.path),
		.full = r->halves >= r->limits.half_open_max ||
			(s->backlog && load->halves >= s->backlog) || !has_path(r, t),
		.fast_open_full = load->fast_open >= s->fast_open_max,
		.has_after = t->before,
		.after = t->before ? last_number(t->before) : 0,
	};
}

/* Processes a segment in LISTEN, or in CLOSED: there is no connection with this client port. */
static void arrive_listen(struct responder *r, const struct segment *seg, struct turn *t)
{
	struct tcp_listener listener = listener_of(r, t);
	unsigned first = r->plan.count;
	enum listen_verdict verdict;
	struct tcp_half half;

	verdict = tcp_listen(&listener, seg, r->now, &half, &r->plan);
	if (verdict == LISTEN_NOTHING) {
		if (listener.full && (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
			r->counter[has_path(r, t) ? COUNT_HALF_OPEN_FULL : COUNT_PATHS_FULL]++;
		turn_planned(t, first);
		return;
	}
	t->f = flow_add_half(r, &half, &t->key, &t->origin.path, t->rules, turn_id(t));
	if (!t->f) {
		r->plan.count = first; /* as if the SYN was lost: the client retransmits it */
		return;
	}
	turn_connects(t);
	if (t->before)
		flow_yield(r, t->before, t->f->id);
	t->before = NULL;
	plan_move(&r->plan, STATE_LISTEN, STATE_SYN_RECEIVED);
	if (verdict == LISTEN_HALF) {
		turn_planned(t, first);
	} else if (verdict == LISTEN_FAST_OPEN) {
		turn_fast_open(t, seg);
	} else {
		r->counter[COUNT_COOKIES]++;
		turn_segment(t, seg);
	}
}

void dispatch_arrive(struct responder *r, const struct segment *seg, struct turn *t)
{
	if (!t->f)
		arrive_listen(r, seg, t);
	else if (t->f->state != STATE_CLOSED) /* a kept CLOSED connection does not answer */
		turn_segment(t, seg);
}

/* Returns true if a rule answers the segment that it drops, itself or by an operation. */
static bool is_answered(const struct turn *t, const struct outcome *out)
{
	bool answered = t->r->plan.count;

	for (unsigned i = 0; i < out->ops; i++)
		answered |= out->op[i]->op == MACHINE_ABORT ||
			    (out->op[i]->op == MACHINE_OPEN && !t->f);
	return answered;
}

/* Returns true if the TCP receives the segment: once, and out->duplicate further copies. Otherwise,
 * *fate is the reason. */
static bool apply_receive_rules(struct responder *r, struct segment *seg, const struct frame *frame,
				struct turn *t, struct outcome *out, enum trace_fate *fate)
{
	struct rule_context ctx;
	struct rule_view v;

	if (flow_silent(r, t->f)) {
		causes_add_label(&out->causes, flow_silent_by(t->f));
		*fate = FATE_DROPPED;
		return false;
	}
	if (hold_absorbs(r, seg, &frame->path, &out->causes)) {
		*fate = FATE_ABSORBED;
		return false;
	}
	if (!t->rules->by_trigger[ON_RECEIVE])
		return true;
	turn_view(t, &v);
	ctx = turn_context(t);
	rules_receive(t->rules, &ctx, &v, seg, &r->plan, out);
	turn_account(t, 0);
	turn_queue(t, out);
	if (out->drop) {
		r->counter[COUNT_DROPPED_BY_RULE]++;
		*fate = is_answered(t, out) ? FATE_ANSWERED : FATE_DROPPED;
		return false;
	}
	if (out->hold && hold_segment(r, seg, t->trigger, frame, out)) {
		*fate = FATE_HELD;
		return false;
	}
	return true;
}

/* Returns true, and assigns an id, if the segment begins an attempt that has neither an id nor a
 * connection. */
static bool is_new_attempt(struct responder *r, struct origin *from, const struct segment *seg)
{
	uint64_t id;

	if (from->flow || from->attempt || !begins_attempt(seg))
		return false;
	id = flow_new_id(r);
	if (!attempt_ids_add(&r->attempt_ids, &from->key, seg, id)) {
		r->counter[COUNT_NO_MEMORY]++;
		return false;
	}
	from->attempt = id;
	return true;
}

static void receive_at_endpoint(struct responder *r, struct segment *seg, const struct frame *frame,
				struct flow *f, struct ruleset *rules, const struct allowed *by,
				struct flow *before)
{
	const struct flow_key key = key_of(seg);
	struct segment original, *trigger = seg;
	enum trace_fate fate = FATE_NONE;
	struct outcome out;
	bool pass, begins;
	struct turn t;

	if (rules->by_trigger[ON_RECEIVE]) { /* they may change it */
		original = *seg;
		trigger = &original;
	}
	outcome_begin(&out);
	if (f)
		flow_follow(r, f, seg, &frame->path);
	turn_begin(&t, r, f, rules, &key, &frame->path, trigger);
	t.origin.by = by;
	t.before = before;
	pass = apply_receive_rules(r, seg, frame, &t, &out, &fate);
	if (pass)
		turn_open(&t);
	if (pass) {
		for (unsigned times = 0; times <= out.duplicate; times++)
			dispatch_arrive(r, seg, &t);
		session_validate(t.f, trigger);
	}
	turn_origin(&t);
	begins = is_new_attempt(r, &t.origin, trigger);
	record_in(r, &t.origin, fate, &out.causes, frame);
	if (begins)
		record_attempt(r, &t.origin, t.rules);
	turn_end(&t);
}

/* Answers a segment for a port of ours without an endpoint: closed, RFC 9293 3.10.7.1. */
static void receive_at_closed_port(struct responder *r, const struct segment *seg,
				   const struct frame *frame, const struct flow_key *key,
				   const struct allowed *by)
{
	struct origin origin = {.key = *key,
				.attempt = attempt_ids_find(&r->attempt_ids, key, seg),
				.path = frame->path,
				.state = STATE_CLOSED,
				.by = by};
	bool begins = is_new_attempt(r, &origin, seg);

	r->counter[COUNT_CLOSED_PORT]++;
	plan_clear(&r->plan);
	tcp_closed(CLOSED_RESET, seg, &r->plan);
	record_in(r, &origin, FATE_NONE, NULL, frame);
	if (begins)
		record_attempt(r, &origin, NULL);
	emit_plan(r, &origin, NULL);
}

/* Returns true if the segment was sent to the right link address: to the kernel's for an address of
 * the kernel, or to synackd's for an address of synackd. Other segments are ignored, as are
 * segments for a port of the kernel without an endpoint. */
static bool is_ours(const struct responder *r, const struct endpoint *e, const struct segment *seg,
		    const struct frame *frame)
{
	if (e)
		return e->owned == frame->owned;
	return !frame->owned && endpoint_index_own(r->endpoints, &seg->dst);
}

/* Returns the rules for a segment without a connection. */
static struct ruleset *rules_of(struct responder *r, const struct flow_key *key,
				const struct segment *seg, const struct endpoint *e)
{
	struct rule_context ctx = {.memory = &r->memory, .rng = &r->rng, .now = r->now};

	return attempts_choose(&r->attempts, key, seg, e, &ctx);
}

void dispatch_segment(struct responder *r, struct segment *seg, const struct frame *frame)
{
	struct flow_key key = key_of(seg);
	struct flow *f = flow_find(r, &key), *before;
	const struct endpoint *e = NULL; /* only if the segment may begin a connection */
	const struct allowed *by;
	struct ruleset *rules;

	if (!f || flow_may_yield(f))
		e = endpoint_index_find(r->endpoints, &seg->dst, seg->dport);
	if (!f && !is_ours(r, e, seg, frame)) {
		r->counter[COUNT_NOT_OURS]++; /* for the kernel, or for no host */
		return;
	}
	r->counter[COUNT_SEGMENTS_IN]++;
	by = endpoint_index_allow(r->endpoints, &seg->src);
	if (!by) {
		r->counter[COUNT_CLIENT_REFUSED]++;
		return;
	}
	f = flow_expand(r, f);
	before = e ? flow_yields(r, &f, seg) : NULL;
	/* A SYN that replaces a connection is credited, even if that client had proved its
	 * address. */
	if (!f || !f->validated)
		emit_earn(r, by, &seg->src, frame,
			  (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN);
	if (f && f->asked)
		loops_heard(&r->loops, &seg->src, amplification_octets(frame->len), r->now);
	if (!f && !e) {
		receive_at_closed_port(r, seg, frame, &key, by);
		return;
	}
	rules = f ? flow_rules(f) : rules_of(r, &key, seg, e);
	if (rules)
		receive_at_endpoint(r, seg, frame, f, rules, by, before);
	else
		r->counter[COUNT_NO_MEMORY]++; /* the segment is lost */
}
