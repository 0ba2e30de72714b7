/* SPDX-License-Identifier: MIT */
/* Connections as they come and go: half-open records, and sessions. */
#include "responder_private.h"

#include <stdlib.h>
#include <string.h>

struct flow *flow_find(struct responder *r, const struct flow_key *key)
{
	return table_find(&r->table, key);
}

/* A SYN may end what only waits: TIME-WAIT, or what a rule keeps after its end. */
static bool gives_way(struct flow *f, const struct segment *seg)
{
	if (f->half)
		return false;
	if (f->state == STATE_CLOSED)
		return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
	return tcp_time_wait_over(&session_of(f)->tcp, seg);
}

struct flow *flow_for_segment(struct responder *r, const struct flow_key *key,
			      const struct segment *seg, struct predecessor *before)
{
	struct flow *f = flow_find(r, key);

	*before = (struct predecessor){0};
	if (f && gives_way(f, seg)) {
		*before = (struct predecessor){true, session_of(f)->tcp.snd_max};
		flow_delete(r, f);
		f = NULL;
	}
	return f;
}

uint16_t responder_mtu(const struct responder *r, uint16_t path)
{
	uint8_t link = path < r->paths.count ? r->paths.path[path].link : UINT8_MAX;

	return link < r->links ? r->link[link]->mtu : 1500;
}

struct load *endpoint_load(struct responder *r, uint32_t number)
{
	if (number >= r->loads) {
		r->load = xrealloc(r->load, (number + 1) * sizeof(*r->load));
		memset(r->load + r->loads, 0, (number + 1 - r->loads) * sizeof(*r->load));
		r->loads = number + 1;
	}
	return &r->load[number];
}

struct flow *flow_add_half(struct responder *r, const struct tcp_half *half, struct ruleset *rules)
{
	struct tcp_half *h = malloc(sizeof(*h));

	if (!h) {
		r->counter[COUNT_NO_MEMORY]++;
		return NULL;
	}
	*h = *half;
	h->f.id = ++r->next_id;
	table_add(&r->table, &h->f);
	ruleset_get(rules);
	r->halves++;
	endpoint_load(r, rules->endpoint)->halves++;
	r->counter[COUNT_HALF_OPEN]++;
	return &h->f;
}

/* One half-open connection less. */
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
	if (!s)
		r->counter[COUNT_NO_MEMORY]++;
	return s;
}

struct session *flow_promote(struct responder *r, struct flow *f)
{
	struct tcp_half *h = half_of(f);
	struct session *s;

	if (!f->half)
		return session_of(f);
	s = session_new(r);
	if (!s)
		return NULL;
	tcp_conn_from_half(&s->tcp, h);
	s->began = h->began;
	table_remove(&r->table, f);
	timer_cancel(&r->flow_timers, &f->timer);
	half_gone(r, f);
	free(h); /* its reference to the rules goes over to the session */
	table_add(&r->table, &s->tcp.f);
	r->conns++;
	return s;
}

struct session *session_open(struct responder *r, const struct flow_key *key, uint16_t path,
			     struct ruleset *rules)
{
	struct session *s = session_new(r);

	if (!s)
		return NULL;
	s->tcp.f.key = *key;
	s->tcp.f.path = path;
	s->tcp.f.id = ++r->next_id;
	s->began = r->now;
	tcp_conn_init(&s->tcp, &rules->tcp, responder_mtu(r, path), &r->isn_key, r->now);
	table_add(&r->table, &s->tcp.f);
	ruleset_get(rules);
	r->conns++;
	return s;
}

void session_opened(struct responder *r, struct session *s)
{
	if (s->opening)
		endpoint_load(r, flow_rules(&s->tcp.f)->endpoint)->fast_open--;
	s->opening = false;
}

void flow_delete(struct responder *r, struct flow *f)
{
	struct ruleset *rules = flow_rules(f);

	table_remove(&r->table, f);
	timer_cancel(&r->flow_timers, &f->timer);
	if (f->half) {
		half_gone(r, f);
	} else {
		r->conns--;
		session_opened(r, session_of(f));
		tcp_conn_release(&session_of(f)->tcp);
	}
	free(f);
	ruleset_put(rules);
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
