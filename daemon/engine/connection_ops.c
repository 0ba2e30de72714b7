/* SPDX-License-Identifier: MIT */
#include "engine/connection_ops.h"

#include "engine/session.h"
#include "engine/turn.h"

#include <stdlib.h>

static void move(struct responder *r, struct flow *f, enum machine_op op)
{
	const struct rule_machine plain = {.op = (uint8_t)op, .time = NS_NEVER};

	turn_do(r, f, &plain, 1);
}

/* The connections of one endpoint, collected first, as the table must not change during the
 * walk. */
struct gathering {
	uint32_t endpoint;
	struct flow_key *key;
	size_t count;
};

static bool gather(struct flow *f, void *arg)
{
	struct gathering *g = arg;

	if (flow_rules(f)->endpoint == g->endpoint)
		g->key[g->count++] = f->key;
	return true;
}

size_t responder_abort_endpoint(struct responder *r, uint32_t endpoint)
{
	struct gathering g = {.endpoint = endpoint};

	g.key = malloc((flow_table_count(&r->table) + 1) * sizeof(*g.key));
	if (!g.key) {
		r->counter[COUNT_NO_MEMORY]++;
		return 0;
	}
	flow_table_walk(&r->table, gather, &g);
	for (size_t i = 0; i < g.count; i++) {
		struct flow *f = flow_find(r, &g.key[i]);

		/* A rule may end several connections at once. */
		if (f)
			move(r, f, MACHINE_ABORT);
	}
	free(g.key);
	return g.count;
}

struct flow_search {
	uint64_t id;
	struct flow *found;
};

static bool has_id(struct flow *f, void *arg)
{
	struct flow_search *search = arg;

	if (f->id == search->id)
		search->found = f;
	return !search->found;
}

bool responder_machine(struct responder *r, uint64_t id, enum machine_op op)
{
	struct flow_search search = {.id = id};

	flow_table_walk(&r->table, has_id, &search);
	if (search.found)
		move(r, search.found, op);
	return search.found != NULL;
}

struct connection_walk {
	const struct responder *r;
	bool (*each)(const struct connection_info *info, void *arg);
	void *arg;
};

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

static bool describe(struct flow *f, void *arg)
{
	const struct connection_walk *walk = arg;
	const struct ruleset *rules = flow_rules(f);
	struct connection_info info = {
		.id = f->id,
		.state = f->state,
		.key = f->key,
		.behaviour = rules->text,
		.endpoint = rules->endpoint_name,
	};

	describe_kind(f, &info);
	if (flow_silent(walk->r, f)) {
		info.silent_until = session_of(f)->silent_until;
		info.silent_by = flow_silent_by(f);
	}
	return walk->each(&info, walk->arg);
}

void responder_connections(struct responder *r,
			   bool (*each)(const struct connection_info *info, void *arg), void *arg)
{
	struct connection_walk walk = {r, each, arg};

	flow_table_walk(&r->table, describe, &walk);
}
