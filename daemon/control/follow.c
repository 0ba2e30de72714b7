/* SPDX-License-Identifier: MIT */
#include "control/follow.h"

#include "base/log.h"
#include "behaviour/moved.h"
#include "control/connection_changes.h"
#include "control/describe.h"
#include "control/filter.h"
#include "control/params.h"
#include "control/records.h"
#include "engine/responder.h"
#include "judge/trace_copy.h"
#include "trace/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TICK_USEC   50000
#define WAIT_USEC   2000          /* while a client reads */
#define WAITS_MAX   500           /* turns: a second */
#define WAITING_MAX (1024 * 1024) /* limit of unread octets of a client */
#define BASES       1024

static const struct timeval tick = {.tv_usec = TICK_USEC}, at_once = {0},
			    soon = {.tv_usec = WAIT_USEC};

struct follower {
	struct follower *next, **here;
	struct feed *feed;
	struct client *client;
	bool packets; /* follows the trace; else the state changes of connections */
	uint64_t id;  /* only this connection; 0: all */
	struct filter filter;
	bool any_state;
	enum tcp_state state; /* only changes to this state, unless any_state */
	uint64_t lost;
};

/* The last attempt between two ends, with its sequence numbers for records that do not contain
 * them. */
struct seen {
	struct flow_key key;
	struct bases bases;
};

struct feed {
	struct daemon *daemon;
	bool logs; /* log the state changes of connections */
	struct event *timer;
	struct follower *followers;
	unsigned sources; /* one per worker */
	struct trace_source *source[WORKERS_MAX];
	nstime until;   /* records are merged up to this time, which all workers have reached */
	bool left;      /* records are left, because clients must read first */
	unsigned waits; /* turns that have waited, since no output was half full */
	uint8_t scratch[UINT16_MAX];
	struct seen seen[BASES];
};

/* --- reading the rings ------------------------------------------------------------------------ */

static void begin_now(struct responder *r, void *arg)
{
	struct feed *f = arg;

	trace_source_begin(f->source[responder_number(r)], responder_trace(r));
}

static void take_clock(struct responder *r, void *arg)
{
	struct feed *f = arg;

	if (responder_now(r) < f->until)
		f->until = responder_now(r);
}

struct taking {
	struct feed *feed;
	uint64_t lost;
};

static void take_records(struct responder *r, void *arg)
{
	struct taking *t = arg;

	trace_source_fill(t->feed->source[responder_number(r)], responder_trace(r), t->feed->until,
			  &t->lost);
}

/* Reads the rings. Returns the number of records that were lost meanwhile. */
static uint64_t read_rings(struct feed *f)
{
	struct taking t = {.feed = f};

	if (!trace_merge_more(f->source, f->sources)) {
		f->until = NS_NEVER;
		workers_call(f->daemon->workers, take_clock, f);
	}
	workers_call(f->daemon->workers, take_records, &t);
	return t.lost;
}

/* --- sending to clients ----------------------------------------------------------------------- */

static bool push(struct follower *to, json_t *params)
{
	return client_push(to->client,
			   json_pack("{s:s, s:s, s:O}", "jsonrpc", "2.0", "method", METHOD_FOLLOW,
				     "params", params),
			   WAITING_MAX);
}

/* Reports lost records to the client before others, once half of its output has been read. */
static void tell_lost(struct follower *to)
{
	json_t *params;

	if (!to->lost || client_waiting(to->client) > WAITING_MAX / 2)
		return;
	params = json_pack("{s:I}", "lost", (json_int_t)to->lost);
	if (push(to, params))
		to->lost = 0;
	json_decref(params);
}

static bool filter_takes_record(const struct filter *f, const struct trace_record *r)
{
	struct trace_glance g = {0};
	struct moved moved;

	if (!filter_restricts(f))
		return true;
	if (moved_read(r, &moved))
		return filter_takes(f, moved.endpoint, &moved.key);
	return trace_glance(r, &g) && filter_takes(f, NULL, &g.key);
}

static bool wants(const struct follower *f, const struct trace_record *r)
{
	if ((f->id && f->id != r->flow) || !filter_takes_record(&f->filter, r))
		return false;
	if (f->packets)
		return true;
	return r->kind == TRACE_STATE && (f->any_state || f->state == r->state);
}

/* --- records ---------------------------------------------------------------------------------- */

static struct bases bases_of(struct feed *f, const struct trace_record *r,
			     const struct trace_glance *g)
{
	uint64_t h[5] = {0};
	struct seen *s;

	memcpy(h, &g->key, sizeof(g->key));
	h[0] ^= (h[1] ^ h[3]) * 3 + h[2] * 5 + h[4] * 0x9e3779b97f4a7c15u;
	s = &f->seen[(h[0] ^ h[0] >> 32) % BASES];
	if (memcmp(&s->key, &g->key, sizeof(g->key)) != 0 || (g->opens && s->bases.irs != g->seq))
		*s = (struct seen){.key = g->key, .bases.irs = g->opens ? g->seq : 0};
	if (r->irs)
		s->bases.irs = r->irs;
	if (r->iss)
		s->bases.iss = r->iss;
	return s->bases;
}

static void add_ends(json_t *o, const struct flow_key *key)
{
	json_object_set_new(o, "client", describe_place(&key->client, key->client_port));
	json_object_set_new(o, "server", describe_place(&key->server, key->server_port));
}

static json_t *describe_record(struct feed *f, const struct trace_record *r)
{
	struct trace_glance g = {0};
	struct bases bases = {r->iss, r->irs};
	bool known = trace_glance(r, &g);
	struct moved moved;
	json_t *o;

	if (known)
		bases = bases_of(f, r, &g);
	o = r->kind == TRACE_IN || r->kind == TRACE_OUT ? describe_packet(r, &bases, f->scratch)
							: describe_event(r, 0);
	json_object_del(o, "after");
	json_object_set_new(o, "id", r->flow ? json_integer((json_int_t)r->flow) : json_null());
	if (known)
		add_ends(o, &g.key);
	if (moved_read(r, &moved)) {
		add_ends(o, &moved.key);
		json_object_set_new(o, "endpoint", json_string(moved.endpoint));
		json_object_set_new(o, "behaviour", describe_text(moved.behaviour));
	}
	return o;
}

static void log_move(const struct trace_record *r)
{
	static struct log_limit limit = {.what = "connections", .lines = 5000};
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX];
	struct moved moved;

	if (r->kind != TRACE_STATE || !moved_read(r, &moved))
		return;
	log_limited(&limit, LOG_LEVEL_DEBUG,
		    &(struct log_subject){.message = MESSAGE_CONNECTION,
					  .endpoint = moved.endpoint,
					  .behaviour = moved.behaviour,
					  .client = addr_format(&moved.key.client, client),
					  .connection = r->flow},
		    "connection %" PRIu64 ", %s port %u to %s port %u (%s, %s): %s -> %s", r->flow,
		    client, moved.key.client_port, addr_format(&moved.key.server, server),
		    moved.key.server_port, moved.endpoint, moved.behaviour, state_name(r->from),
		    state_name(r->state));
}

static void tell_record(struct feed *f, const struct trace_record *r)
{
	json_t *o = NULL;

	if (r->kind == TRACE_ATTEMPT) /* followers receive the record of its SYN */
		return;
	if (f->logs)
		log_move(r);

	for (struct follower *to = f->followers; to; to = to->next) {
		if (!wants(to, r))
			continue;
		tell_lost(to);
		if (!to->lost && !o)
			o = describe_record(f, r);
		if (to->lost || !push(to, o))
			to->lost++;
	}
	json_decref(o);
}

/* Returns true if the output of a client is half full. */
static bool is_crowded(const struct feed *f)
{
	for (const struct follower *to = f->followers; to; to = to->next)
		if (client_waiting(to->client) > WAITING_MAX / 2)
			return true;
	return false;
}

/* A turn may have more records than the output of a client has room for. If `patient`, it ends when
 * an output is half full, and the others are left. */
static void take_turn(struct feed *f, bool patient)
{
	uint64_t lost = f->left ? 0 : read_rings(f);
	const struct trace_record *r;

	for (struct follower *to = f->followers; to; to = to->next)
		to->lost += lost;
	while (!(f->left = patient && is_crowded(f)) && (r = trace_merge(f->source, f->sources)))
		tell_record(f, r);
	for (struct follower *to = f->followers; to; to = to->next)
		tell_lost(to);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct feed *f = arg;

	(void)fd;
	(void)what;
	/* A client whose output remains half full for a second loses records; the others do not
	 * wait for it any longer. */
	take_turn(f, f->waits < WAITS_MAX);
	if (f->left)
		f->waits++;
	else if (!is_crowded(f))
		f->waits = 0;
	event_add(f->timer, f->left                                   ? &soon
			    : trace_merge_more(f->source, f->sources) ? &at_once
								      : &tick);
}

/* --- followers -------------------------------------------------------------------------------- */

static void on_gone(void *arg)
{
	struct follower *gone = arg;
	struct feed *f = gone->feed;

	*gone->here = gone->next;
	if (gone->next)
		gone->next->here = gone->here;
	if (!f->followers && !f->logs)
		event_del(f->timer);
	free(gone);
}

/* Returns NULL if memory runs out. */
static struct feed *feed_of(struct verb_context *v)
{
	struct daemon *d = v->daemon;
	struct feed *f = v->feed;

	if (f)
		return f;
	f = v->feed = xcalloc(1, sizeof(*f));
	f->daemon = d;
	for (; f->sources < workers_count(d->workers); f->sources++)
		f->source[f->sources] = xcalloc(1, sizeof(struct trace_source));
	f->timer = event_new(d->base, -1, 0, on_tick, f);
	if (f->timer)
		return f;
	feed_free(f);
	v->feed = NULL;
	return NULL;
}

unsigned feed_followers(const struct feed *f)
{
	unsigned count = 0;

	for (const struct follower *to = f ? f->followers : NULL; to; to = to->next)
		count++;
	return count;
}

static void stop_logging(struct feed *f)
{
	f->logs = false;
	if (!f->followers)
		event_del(f->timer);
}

void feed_log(struct verb_context *v)
{
	bool wanted = log_wants(LOG_LEVEL_DEBUG);
	struct feed *f = v->feed;

	if (f && f->logs && !wanted)
		stop_logging(f);
	if (!wanted || (f && f->logs))
		return;
	f = feed_of(v);
	if (!f)
		return; /* out of memory */
	f->logs = true;
	if (f->followers)
		return; /* the timer is running */
	workers_call(v->daemon->workers, begin_now, f);
	event_add(f->timer, &tick);
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	if (f->timer)
		event_free(f->timer);
	while (f->sources)
		free(f->source[--f->sources]);
	free(f);
}

static void add_follower(struct feed *f, struct follower *to)
{
	/* Earlier records are not sent to the new follower. */
	if (f->left)
		take_turn(f, false); /* records that wait for clients */
	if (f->followers || f->logs)
		take_turn(f, false);
	else
		workers_call(f->daemon->workers, begin_now, f);
	to->here = &f->followers;
	to->next = f->followers;
	if (to->next)
		to->next->here = &to->next;
	f->followers = to;
	event_add(f->timer, &tick);
}

/* --- the verb --------------------------------------------------------------------------------- */

static const char *const subjects[] = {FOLLOW_CONNECTIONS, FOLLOW_TRACE, NULL};

static const char *subject_at(size_t i, const void *arg)
{
	(void)arg;
	return subjects[i];
}

static bool read_subject(const char *text, struct follower *to, struct control_reply *reply)
{
	to->packets = strcmp(text, FOLLOW_TRACE) == 0;
	if (to->packets || strcmp(text, FOLLOW_CONNECTIONS) == 0)
		return true;
	reply_fail(reply, CONTROL_BAD_PARAMS, "what: expected connections or trace, got '%s'",
		   text);
	reply->suggestion = suggest(text, subject_at, NULL);
	return false;
}

struct quest {
	uint64_t id;
	bool found;
};

static void find_attempt(struct responder *r, void *arg)
{
	struct quest *q = arg;

	q->found = responder_has_attempt(r, q->id);
}

static bool has_attempt(struct daemon *d, uint64_t id)
{
	struct quest q = {.id = id};

	workers_call_owner(d->workers, id, find_attempt, &q);
	return q.found;
}

/* Reads the selection of records. */
static bool read_choice(struct daemon *d, const json_t *params, struct follower *to,
			struct control_reply *reply)
{
	to->any_state = !param_text(params, "state");
	return (!json_object_get(params, "id") ||
		(param_id(params, &to->id, reply) &&
		 (has_attempt(d, to->id) || has_connection(d, to->id, reply)))) &&
	       (to->any_state || param_state(params, &to->state, reply)) &&
	       filter_read(d, params, &to->filter, reply) &&
	       !filter_explains(&to->filter, d, params, reply);
}

void verb_follow(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"what", "id#?", "state?", FILTER_KEYS, NULL};
	struct follower f = {0}, *to;
	struct daemon *d = verb_daemon(context);

	if (!params_are(params, reply, keys) ||
	    !read_subject(param_text(params, "what"), &f, reply) ||
	    !read_choice(d, params, &f, reply))
		return;
	to = xcalloc(1, sizeof(*to));
	*to = f;
	to->feed = feed_of(context);
	to->client = reply->client;
	if (!to->feed) {
		free(to);
		reply_fail(reply, CONTROL_REFUSED, "out of memory: try again");
		return;
	}
	if (!client_watch(to->client, on_gone, to)) {
		free(to);
		reply_fail(reply, CONTROL_REFUSED,
			   "connection in use: it has a 'follow' or 'unbounded' already: use "
			   "another connection");
		return;
	}
	add_follower(to->feed, to);
	reply->result = json_pack("{s:s}", "following", param_text(params, "what"));
}
