/* SPDX-License-Identifier: MIT */
#include "engine/session.h"

#include "base/text.h"
#include "tcp/deadlines.h"
#include "tcp/peer.h"
#include "tcp/sender.h"
#include "tcp/time_wait.h"

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
	const struct tcp_conn *c = f && !f->half ? &session_of(f)->tcp : NULL;

	if (!c || !c->syn_acked || c->settings->iss_given || !(came->flags & TCP_ACK))
		return;
	if (seq_lt(c->iss, came->ack) && seq_leq(came->ack, c->snd_max))
		session_of(f)->validated = true;
}

/* Frees a session that is not in the table. */
static void session_discard(struct responder *r, struct session *s)
{
	struct ruleset *rules = flow_rules(&s->tcp.f);

	session_opened(r, s);
	service_end(&rules->service, &s->run, &s->tcp);
	paths_put(&r->paths, s->tcp.f.path);
	tcp_conn_release(&s->tcp);
	free(s);
	r->conns--;
	ruleset_put(rules);
}

struct session *flow_yields(struct responder *r, struct flow **f, const struct segment *seg)
{
	struct session *s;

	if (!*f || (*f)->half)
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
	if (tcp_time_wait(&s->tcp, seg) != TIME_WAIT_YIELDS)
		return NULL;
	flow_table_remove(&r->table, *f);
	timer_cancel(&r->flow_timers, &(*f)->timer);
	*f = NULL;
	return s;
}

void session_return(struct responder *r, struct session *s)
{
	struct flow *f = &s->tcp.f;

	if (s->tcp.deadline[TIMER_LINGER] <= r->now || flow_table_find(&r->table, &f->key)) {
		session_discard(r, s);
		return;
	}
	flow_table_add(&r->table, f);
	flow_rearm(r, f);
}

void session_yield(struct responder *r, struct session *s, uint64_t half)
{
	if (r->yields == YIELDED_MAX) {
		session_discard(r, r->yielded[0].session);
		memmove(&r->yielded[0], &r->yielded[1], --r->yields * sizeof(r->yielded[0]));
	}
	r->yielded[r->yields++] = (struct yielded){.half = half, .session = s};
}

/* Returns the session that this half-open connection replaced; NULL if there is none. */
static struct session *yielded_take(struct responder *r, uint64_t half)
{
	for (unsigned i = 0; i < r->yields; i++) {
		struct session *s = r->yielded[i].session;

		if (r->yielded[i].half != half)
			continue;
		r->yields--;
		memmove(&r->yielded[i], &r->yielded[i + 1],
			(r->yields - i) * sizeof(r->yielded[0]));
		return s;
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
	if (!f->half)
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
			   const struct path *path, struct ruleset *rules, uint64_t id)
{
	struct tcp_half *h;
	uint16_t index;

	if (!take_path(r, path, half->cookie ? PATHS_MAX : PATHS_UNPROVED, &index))
		return NULL;
	h = malloc(sizeof(*h));
	if (!h) {
		paths_put(&r->paths, index);
		r->counter[COUNT_NO_MEMORY]++;
		return NULL;
	}
	*h = *half;
	h->f.path = index;
	h->f.id = id;
	h->f.asked = loops_asked(&r->loops, &h->f.key, r->now);
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

static struct session *session_new(struct responder *r)
{
	struct session *s;

	if (r->conns >= r->limits.connections_max) {
		r->counter[COUNT_CONNECTIONS_FULL]++;
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		r->counter[COUNT_NO_MEMORY]++;
		return NULL;
	}
	s->run.relay = &r->relay;
	s->run.judge = &r->judge;
	return s;
}

struct session *flow_promote(struct responder *r, struct flow *f)
{
	struct tcp_half *h = half_of(f);
	struct session *s, *before;

	if (!f->half)
		return session_of(f);
	s = session_new(r);
	if (!s)
		return NULL;
	tcp_conn_from_half(&s->tcp, h);
	s->began = h->began;
	flow_table_remove(&r->table, f);
	timer_cancel(&r->flow_timers, &f->timer);
	half_gone(r, f);
	free(h); /* the session takes over its reference to the rules */
	flow_table_add(&r->table, &s->tcp.f);
	r->conns++;
	before = yielded_take(r, s->tcp.f.id);
	if (before)
		session_discard(r, before);
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
		free(s);
		return NULL;
	}
	s->tcp.f.key = *key;
	s->tcp.f.id = id;
	s->began = r->now;
	tcp_conn_init(&s->tcp, &rules->tcp, path_mtu(r, path), &r->keys.tcp, r->now);
	flow_table_add(&r->table, &s->tcp.f);
	ruleset_get(rules);
	r->conns++;
	return s;
}

void flow_delete(struct responder *r, struct flow *f)
{
	struct ruleset *rules = flow_rules(f);
	struct session *before;

	flow_table_remove(&r->table, f);
	timer_cancel(&r->flow_timers, &f->timer);
	if (!f->half) {
		session_discard(r, session_of(f));
		return;
	}
	half_gone(r, f);
	paths_put(&r->paths, f->path);
	before = yielded_take(r, f->id);
	free(f);
	ruleset_put(rules);
	if (before)
		session_return(r, before);
}

void flow_rearm(struct responder *r, struct flow *f)
{
	nstime at = f->half ? tcp_half_deadline(half_of(f)) : tcp_deadline(&session_of(f)->tcp);

	if (!f->half) {
		const struct session *s = session_of(f);

		if (f->state == STATE_CLOSED)
			at = s->keep; /* kept until then */
		else if (at < s->silent_until)
			at = s->silent_until;
	}
	if (at == NS_NEVER)
		timer_cancel(&r->flow_timers, &f->timer);
	else if (!timer_armed(&f->timer) || f->timer.deadline != at)
		timer_arm(&r->flow_timers, &f->timer, at);
}
