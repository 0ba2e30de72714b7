/* SPDX-License-Identifier: MIT */
#include "engine/session.h"

#include "base/text.h"
#include "tcp/deadlines.h"
#include "tcp/output.h"
#include "tcp/peer.h"
#include "tcp/sender.h"

#include <stdlib.h>
#include <string.h>

struct flow *flow_find(struct responder *r, const struct flow_key *key)
{
	return flow_table_find(&r->table, key);
}

void session_opened(struct responder *r, struct session *s)
{
	if (s->opening)
		endpoint_load(r, flow_rules(&s->tcp.f)->endpoint)->fast_open--;
	s->opening = false;
}

void session_validate(struct flow *f, const struct segment *came)
{
	const struct tcp_conn *c = f && f->kind == FLOW_CONN ? &session_of(f)->tcp : NULL;

	if (!c || !c->syn_acked || c->settings->iss_given || !(came->flags & TCP_ACK))
		return;
	if (seq_lt(c->iss, came->ack) && seq_leq(came->ack, c->snd_max))
		f->validated = true;
}

/* Frees a session that has no flow any more: an expanded one is not allocated. */
static void session_free(struct responder *r, struct session *s)
{
	if (s == r->scratch)
		return;
	free(s);
	r->conns--;
}

void session_end(struct responder *r, struct session *s)
{
	timer_cancel(&r->flow_timers, &s->tcp.f.timer);
	session_opened(r, s);
	service_end(&flow_rules(&s->tcp.f)->service, &s->run, &s->tcp);
	tcp_conn_release(&s->tcp);
	session_free(r, s);
}

void time_wait_free(struct responder *r, struct tcp_time_wait *w)
{
	timer_cancel(&r->time_wait_timers, &w->f.timer);
	pool_put(&r->time_wait_pool[w->f.v4], w);
	r->time_waits--;
}

/* Frees a session or a record of TIME-WAIT that is not in the table. */
static void flow_discard(struct responder *r, struct flow *f)
{
	struct ruleset *rules = flow_rules(f);

	paths_put(&r->paths, f->path);
	if (f == &r->scratch->tcp.f) {
		time_wait_free(r, r->expanded);
		r->expanded = NULL;
	}
	if (f->kind == FLOW_TIME_WAIT)
		time_wait_free(r, time_wait_of(f));
	else
		session_end(r, session_of(f));
	ruleset_put(rules);
}

/* Returns the end of TIME-WAIT. */
static nstime time_wait_end(struct flow *f)
{
	return f->kind == FLOW_TIME_WAIT ? f->timer.deadline
					 : session_of(f)->tcp.deadline[TIMER_LINGER];
}

void flow_return(struct responder *r, struct flow *f)
{
	const struct flow_key key = flow_key_of(f);

	if (time_wait_end(f) <= r->now || flow_find(r, &key)) {
		flow_discard(r, f);
		return;
	}
	flow_table_add(&r->table, f);
	flow_rearm(r, f);
}

void flow_yield(struct responder *r, struct flow *f, uint64_t half)
{
	if (r->yields == YIELDED_MAX) {
		flow_discard(r, r->yielded[0].before);
		memmove(&r->yielded[0], &r->yielded[1], --r->yields * sizeof(r->yielded[0]));
	}
	r->yielded[r->yields++] = (struct yielded){.half = half, .before = f};
}

/* Returns the flow that this half-open connection replaced; NULL if there is none. */
static struct flow *yielded_take(struct responder *r, uint64_t half)
{
	for (unsigned i = 0; i < r->yields; i++) {
		struct flow *f = r->yielded[i].before;

		if (r->yielded[i].half != half)
			continue;
		r->yields--;
		memmove(&r->yielded[i], &r->yielded[i + 1],
			(r->yields - i) * sizeof(r->yielded[0]));
		return f;
	}
	return NULL;
}

uint16_t path_mtu(const struct responder *r, const struct path *path)
{
	return path->link < r->links ? r->link[path->link]->mtu : 1500;
}

/* Returns false, and counts it, if `most` paths are in use, or without memory. */
static bool take_path(struct responder *r, const struct path *path, unsigned most, uint16_t *index)
{
	*index = paths_take(&r->paths, path, most);
	if (*index == PATH_NONE)
		r->counter[r->paths.count >= most ? COUNT_PATHS_FULL : COUNT_NO_MEMORY]++;
	return *index != PATH_NONE;
}

void flow_follow(struct responder *r, struct flow *f, const struct segment *seg,
		 const struct path *path)
{
	uint16_t to;

	if (path_equal(paths_at(&r->paths, f->path), path) || !tcp_from_peer(f, seg) ||
	    !take_path(r, path, PATHS_MAX, &to))
		return;
	paths_put(&r->paths, f->path);
	f->path = to;
	if (f->kind == FLOW_CONN)
		tcp_lower_mtu(&session_of(f)->tcp, path_mtu(r, path), r->now);
	else
		tcp_half_lower_mtu(half_of(f), path_mtu(r, path));
	r->counter[COUNT_PATH_CHANGES]++;
}

void endpoint_loads_reach(struct responder *r, uint32_t number)
{
	if (number < r->loads)
		return;
	r->load = xrealloc(r->load, (number + 1) * sizeof(*r->load));
	memset(r->load + r->loads, 0, (number + 1 - r->loads) * sizeof(*r->load));
	r->loads = number + 1;
}

struct load *endpoint_load(struct responder *r, uint32_t number)
{
	return &r->load[number];
}

/* Ids of a single worker: 1, 2, 3; of the first of three workers: 1, 4, 7. See responder_of(). */
uint64_t flow_new_id(struct responder *r)
{
	return r->ids++ * r->of + r->number + 1;
}

struct flow *flow_add_half(struct responder *r, const struct tcp_half *half,
			   const struct flow_key *key, const struct path *path,
			   struct ruleset *rules, uint64_t id)
{
	struct tcp_half *h;
	uint16_t index;

	if (!take_path(r, path, half->cookie ? PATHS_MAX : PATHS_UNPROVED, &index))
		return NULL;
	h = pool_take(&r->half_pool[half->f.v4]);
	if (!h) {
		paths_put(&r->paths, index);
		r->counter[COUNT_NO_MEMORY]++;
		return NULL;
	}
	memcpy(h, half, half_size(half->f.v4));
	h->f.path = index;
	h->f.id = id;
	h->f.asked = loops_asked(&r->loops, key, r->now);
	flow_table_add(&r->table, &h->f);
	ruleset_get(rules);
	r->halves++;
	endpoint_load(r, rules->endpoint)->halves++;
	r->counter[COUNT_HALF_OPEN]++;
	return &h->f;
}

/* Decrements the counters of half-open connections. */
static void half_gone(struct responder *r, const struct flow *f)
{
	r->halves--;
	endpoint_load(r, flow_rules(f)->endpoint)->halves--;
}

void session_init(struct responder *r, struct session *s)
{
	*s = (struct session){.run = {.relay = &r->relay, .judge = &r->judge}};
}

struct session *session_new(struct responder *r)
{
	struct session *s;

	if (r->conns >= r->limits.connections_max) {
		r->counter[COUNT_CONNECTIONS_FULL]++;
		return NULL;
	}
	s = malloc(sizeof(*s));
	if (!s) {
		r->counter[COUNT_NO_MEMORY]++;
		return NULL;
	}
	session_init(r, s);
	r->conns++;
	return s;
}

struct session *flow_promote(struct responder *r, struct flow *f)
{
	struct tcp_half *h = half_of(f);
	struct flow *before;
	struct session *s;

	if (f->kind == FLOW_CONN)
		return session_of(f);
	s = session_new(r);
	if (!s)
		return NULL;
	tcp_conn_from_half(&s->tcp, h);
	s->began = h->began;
	flow_table_remove(&r->table, f);
	timer_cancel(&r->flow_timers, &f->timer);
	half_gone(r, f);
	pool_put(&r->half_pool[h->f.v4], h); /* the session takes over its reference to the rules */
	flow_table_add(&r->table, &s->tcp.f);
	before = yielded_take(r, s->tcp.f.id);
	if (before)
		flow_discard(r, before);
	return s;
}

/* Returns a number that grows with each new octet in order, in either direction. */
static uint64_t octets_moved(const struct tcp_conn *c)
{
	return c->octets_in + (uint32_t)(c->snd_max - c->iss);
}

void session_step(struct responder *r, struct session *s, const struct tcp_event *e)
{
	uint64_t before = octets_moved(&s->tcp);

	tcp_step(&s->tcp, e, r->now, &r->plan);
	if (octets_moved(&s->tcp) != before)
		s->moved = r->now;
}

struct session *session_open(struct responder *r, const struct flow_key *key,
			     const struct path *path, struct ruleset *rules, uint64_t id)
{
	struct session *s = session_new(r);

	if (!s)
		return NULL;
	if (!take_path(r, path, PATHS_UNPROVED, &s->tcp.f.path)) {
		session_free(r, s);
		return NULL;
	}
	flow_set_key(&s->tcp.f, key);
	s->tcp.f.id = id;
	s->began = r->now;
	tcp_conn_init(&s->tcp, &rules->tcp, path_mtu(r, path), &r->keys.tcp, r->now);
	flow_table_add(&r->table, &s->tcp.f);
	ruleset_get(rules);
	return s;
}

void flow_delete(struct responder *r, struct flow *f)
{
	struct ruleset *rules = flow_rules(f);
	struct flow *before;

	flow_table_remove(&r->table, f);
	if (f->kind != FLOW_HALF) {
		flow_discard(r, f);
		return;
	}
	timer_cancel(&r->flow_timers, &f->timer);
	half_gone(r, f);
	paths_put(&r->paths, f->path);
	before = yielded_take(r, f->id);
	pool_put(&r->half_pool[f->v4], half_of(f));
	ruleset_put(rules);
	if (before)
		flow_return(r, before);
}

/* Returns the time of the next turn of a session without an event. */
static nstime session_deadline(const struct responder *r, const struct session *s)
{
	nstime at = tcp_deadline(&s->tcp), quiet = tcp_challenges_end(&s->tcp);

	if (s->tcp.f.state == STATE_CLOSED)
		return s->keep; /* kept until then */
	/* A small record can then replace the session: see time_waits.h. */
	if (s->tcp.f.state == STATE_TIME_WAIT && quiet > r->now && quiet < at)
		at = quiet;
	return at < s->silent_until ? s->silent_until : at;
}

void flow_rearm(struct responder *r, struct flow *f)
{
	struct timer_tree *tree =
		f->kind == FLOW_TIME_WAIT ? &r->time_wait_timers : &r->flow_timers;
	nstime at = f->timer.deadline;

	if (f->kind == FLOW_HALF)
		at = tcp_half_deadline(half_of(f));
	else if (f->kind == FLOW_CONN)
		at = session_deadline(r, session_of(f));
	if (at == NS_NEVER)
		timer_cancel(tree, &f->timer);
	else if (!timer_armed(&f->timer) || f->timer.deadline != at)
		timer_arm(tree, &f->timer, at);
}
