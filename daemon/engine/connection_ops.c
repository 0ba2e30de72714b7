/* SPDX-License-Identifier: MIT */
#include "engine/connection_ops.h"

#include "engine/session.h"
#include "engine/turn.h"

#include <stdlib.h>

/* A part of a walk takes less than 1 ms. A bucket has one connection on average. */
#define BUCKETS_A_PART 1024
#define BUCKETS_A_STEP 32
#define ABORTS_A_PART  128

static void move(struct responder *r, struct flow *f, enum machine_op op)
{
	const struct rule_machine plain = {.op = (uint8_t)op, .time = NS_NEVER};

	turn_do(r, f, &plain, 1);
}

/* --- all connections of endpoints ------------------------------------------------------------- */

/* The connections of some endpoints, collected first, as the table must not change during the
 * walk. */
struct gathering {
	const struct endpoint_set *endpoints;
	struct flow_key *key;
	size_t count, room;
	bool no_memory;
};

static void gather(struct flow *f, void *arg)
{
	struct gathering *g = arg;
	size_t room = g->room ? 2 * g->room : ABORTS_A_PART;
	struct flow_key *larger = g->key;
	uint32_t endpoint = flow_rules(f)->endpoint;

	if (endpoint >= g->endpoints->numbers || !g->endpoints->has[endpoint])
		return;
	if (g->count == g->room) {
		larger = realloc(g->key, room * sizeof(*larger));
		g->no_memory |= !larger;
		if (!larger)
			return;
		g->key = larger;
		g->room = room;
	}
	g->key[g->count++] = flow_key_of(f);
}

bool responder_abort_endpoints(struct responder *r, const struct endpoint_set *endpoints,
			       size_t *cursor, size_t *aborted)
{
	struct gathering g = {.endpoints = endpoints};
	size_t end = *cursor + BUCKETS_A_PART;
	bool more = true;

	while (more && *cursor < end && g.count < ABORTS_A_PART)
		more = flow_table_walk(&r->table, cursor, BUCKETS_A_STEP, gather, &g);
	r->counter[COUNT_NO_MEMORY] += g.no_memory;
	for (size_t i = 0; i < g.count; i++) {
		struct flow *f = flow_find(r, &g.key[i]);

		/* A rule may end several connections at once. */
		if (f)
			move(r, f, MACHINE_ABORT);
	}
	free(g.key);
	*aborted += g.count;
	return more;
}

/* --- one connection --------------------------------------------------------------------------- */

/* Sets the fields that depend on the kind of the flow. */
static void describe_kind(struct flow *f, struct connection_info *info)
{
	switch ((enum flow_kind)f->kind) {
	case FLOW_HALF: info->since = half_of(f)->began; break;
	case FLOW_CONN:
		info->since = session_of(f)->began;
		info->octets_in = session_of(f)->tcp.octets_in;
		info->octets_out = session_of(f)->tcp.octets_out;
		break;
	case FLOW_TIME_WAIT:
		info->since = tcp_time_wait_began(time_wait_of(f));
		info->octets_in = time_wait_of(f)->octets_in;
		info->octets_out = time_wait_of(f)->octets_out;
		break;
	}
}

static void describe(const struct responder *r, struct flow *f, struct connection_info *out)
{
	const struct ruleset *rules = flow_rules(f);

	*out = (struct connection_info){
		.id = f->id,
		.state = f->state,
		.key = flow_key_of(f),
		.behaviour = rules->text,
		.endpoint = rules->endpoint_name,
	};

	describe_kind(f, out);
	if (flow_silent(r, f)) {
		out->silent_until = session_of(f)->silent_until;
		out->silent_by = flow_silent_by(f);
	}
}

/* Returns NULL if the connection does not exist. */
static struct flow *flow_at(struct responder *r, const struct flow_key *key, uint64_t id)
{
	struct flow *f = flow_find(r, key);

	return f && f->id == id ? f : NULL;
}

bool responder_connection(struct responder *r, const struct flow_key *key, uint64_t id,
			  struct connection_info *out)
{
	struct flow *f = flow_at(r, key, id);

	if (f)
		describe(r, f, out);
	return f;
}

bool responder_machine(struct responder *r, const struct flow_key *key, uint64_t id,
		       enum machine_op op)
{
	struct flow *f = flow_at(r, key, id);

	if (f)
		move(r, f, op);
	return f;
}

/* --- all connections -------------------------------------------------------------------------- */

struct connection_walk {
	const struct responder *r;
	void (*each)(const struct connection_info *info, void *arg);
	void *arg;
};

static void pass_info(struct flow *f, void *arg)
{
	const struct connection_walk *walk = arg;
	struct connection_info info;

	describe(walk->r, f, &info);
	walk->each(&info, walk->arg);
}

bool responder_connections(struct responder *r, size_t *cursor,
			   void (*each)(const struct connection_info *info, void *arg), void *arg)
{
	struct connection_walk walk = {r, each, arg};

	return flow_table_walk(&r->table, cursor, BUCKETS_A_PART, pass_info, &walk);
}
