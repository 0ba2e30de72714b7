/* SPDX-License-Identifier: MIT */
#include "engine/time_waits.h"

#include "tcp/time_wait.h"

#include <stdlib.h>
#include <string.h>

/* --- expand ----------------------------------------------------------------------------------- */

/* The timer of the record continues. The session has no timer until flow_settle(). */
struct flow *flow_expand_record(struct responder *r, struct flow *f)
{
	struct session *s = r->scratch;
	struct tcp_time_wait *w;

	if (r->expanded)
		abort(); /* turns do not nest */
	w = time_wait_of(f);
	session_init(r, s);
	tcp_conn_from_time_wait(&s->tcp, w);
	s->began = tcp_time_wait_began(w);
	flow_table_replace(&r->table, f, &s->tcp.f);
	r->expanded = w;
	return &s->tcp.f;
}

/* --- settle ----------------------------------------------------------------------------------- */

/* Returns true if the class includes ACKs, the only segments that TIME-WAIT sends. */
static bool is_ack(enum segment_class class)
{
	return class == CLASS_ANY || class == CLASS_ACK || class == CLASS_ACK_OF_FIN ||
	       class == CLASS_WINDOW_UPDATE;
}

/* Returns true if a rule needs more of a session in TIME-WAIT than the record keeps: the time at
 * which octets moved; or the RTO, when octets that the rule sends are retransmitted. */
static bool rule_needs_session(const struct rule *rule)
{
	if (rule->cond.states && !(rule->cond.states & 1u << STATE_TIME_WAIT))
		return false;
	switch ((enum rule_trigger)rule->trigger) {
	case ON_AFTER: return rule->state == STATE_TIME_WAIT && (rule->idle || rule->counts);
	case ON_RECEIVE: return rule->counts;
	case ON_SEND: return rule->counts && is_ack(rule->class);
	case ON_ENTER: break;
	}
	return false;
}

static bool rules_need_session(const struct ruleset *rules)
{
	for (unsigned i = 0; i < rules->rules; i++)
		if (rule_needs_session(&rules->rule[i]))
			return true;
	return false;
}

static bool pack(const struct responder *r, const struct session *s, struct tcp_time_wait *w)
{
	return s->tcp.f.state == STATE_TIME_WAIT && s->silent_until <= r->now && !s->keep &&
	       !s->opening && !service_waits(&s->run) &&
	       !rules_need_session(flow_rules(&s->tcp.f)) &&
	       tcp_time_wait_from_conn(w, &s->tcp, s->began, r->now);
}

/* Makes room for one more record. After the bound was lowered, deletes two records for each new
 * one, so that no turn is long. */
static void make_room(struct responder *r)
{
	for (int i = 0; i < 2 && r->time_waits >= r->limits.time_wait_max; i++) {
		struct timer *first = r->time_wait_timers.first;

		if (!first)
			return;
		r->counter[COUNT_TIME_WAIT_FULL]++;
		flow_delete(r, container_of(first, struct flow, timer));
	}
}

/* Replaces a session, which may be an expanded one, by the record that `packed` becomes. Returns
 * false without memory. */
static bool replace(struct responder *r, struct session *s, const struct tcp_time_wait *packed)
{
	nstime end = s->tcp.deadline[TIMER_LINGER];
	struct tcp_time_wait *w = r->expanded;
	struct timer timer = {0};

	if (s == r->scratch) {
		timer = w->f.timer;
		r->expanded = NULL;
	} else {
		make_room(r);
		w = pool_take(&r->time_wait_pool[packed->f.v4]);
		if (!w) {
			r->counter[COUNT_NO_MEMORY]++;
			return false;
		}
		r->time_waits++;
	}
	memcpy(w, packed, time_wait_size(packed->f.v4));
	w->f.timer = timer;
	flow_table_replace(&r->table, &s->tcp.f, &w->f);
	if (!timer_armed(&w->f.timer) || w->f.timer.deadline != end)
		timer_arm(&r->time_wait_timers, &w->f.timer, end);
	session_end(r, s);
	return true;
}

/* Makes an expanded session a session of its own. */
static struct session *keep_session(struct responder *r)
{
	struct session *s = session_new(r);

	if (!s) {
		flow_delete(r, &r->scratch->tcp.f);
		return NULL;
	}
	*s = *r->scratch;
	flow_table_replace(&r->table, &r->scratch->tcp.f, &s->tcp.f);
	time_wait_free(r, r->expanded);
	r->expanded = NULL;
	return s;
}

void flow_settle(struct responder *r, struct flow *f)
{
	struct tcp_time_wait packed;
	struct session *s;

	if (f->kind == FLOW_CONN) {
		s = session_of(f);
		if (pack(r, s, &packed) && replace(r, s, &packed))
			return;
		if (s == r->scratch)
			s = keep_session(r);
		if (!s)
			return;
		f = &s->tcp.f;
	}
	flow_rearm(r, f);
}

/* --- a SYN ------------------------------------------------------------------------------------ */

struct flow *flow_yields(struct responder *r, struct flow **f, const struct segment *seg)
{
	struct flow *before;
	struct session *s;

	if (!*f || (*f)->kind == FLOW_HALF)
		return NULL;
	s = session_of(*f);
	if ((*f)->state == STATE_CLOSED) {
		/* A CLOSED connection that a rule keeps is replaced by any SYN. */
		if ((seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
			flow_delete(r, *f);
			*f = NULL;
		}
		return NULL;
	}
	if (tcp_time_wait_verdict(&s->tcp, seg) != TIME_WAIT_YIELDS)
		return NULL;
	flow_table_remove(&r->table, *f);
	*f = NULL;
	if (s != r->scratch) {
		timer_cancel(&r->flow_timers, &s->tcp.f.timer);
		return &s->tcp.f;
	}
	before = &r->expanded->f; /* the session has not changed yet */
	timer_cancel(&r->time_wait_timers, &before->timer);
	r->expanded = NULL;
	return before;
}
