/* SPDX-License-Identifier: MIT */
#include "control/connection_changes.h"

#include "control/describe.h"
#include "control/params.h"
#include "control/verbs.h"
#include "engine/connection_ops.h"

/* A request to a worker, and its result. */
struct move {
	uint64_t id;
	enum machine_op op;
	bool found;
	struct connection_info before, after; /* without the texts */
	bool left;                            /* the connection still exists */
};

static void take_info(const struct connection_info *info, void *arg)
{
	struct move *m = arg;

	if (info->id != m->id)
		return;
	m->before = *info;
	m->found = true;
}

/* Searches for the connection. Its state is in m->before. */
static bool search(struct responder *r, size_t *cursor, void *arg)
{
	struct move *m = arg;

	return responder_connections(r, cursor, take_info, m) && !m->found;
}

static void move(struct responder *r, void *arg)
{
	struct move *m = arg;
	const struct flow_key key = m->before.key;

	m->found = responder_connection(r, &key, m->id, &m->before) &&
		   responder_machine(r, &key, m->id, m->op);
	m->left = responder_connection(r, &key, m->id, &m->after);
}

static void no_connection(struct control_reply *reply, uint64_t id)
{
	reply_fail(reply, CONTROL_UNKNOWN_NAME,
		   "unknown connection %llu: 'synackctl connections' lists the open connections",
		   (unsigned long long)id);
}

bool has_connection(struct daemon *d, uint64_t id, struct control_reply *reply)
{
	struct move m = {.id = id};

	workers_walk_owner(d->workers, id, search, &m);
	if (!m.found)
		no_connection(reply, id);
	return m.found;
}

static void run(struct daemon *d, const json_t *params, enum machine_op op,
		struct control_reply *reply)
{
	static const char *const keys[] = {"id#", NULL};
	struct move m = {.op = op};

	if (!params_are(params, reply, keys) || !param_id(params, &m.id, reply))
		return;
	workers_walk_owner(d->workers, m.id, search, &m);
	if (m.found)
		workers_call_owner(d->workers, m.id, move, &m);
	if (!m.found) {
		no_connection(reply, m.id);
		return;
	}
	reply->result =
		json_pack("{s:I, s:o, s:o, s:s, s:o}", "id", (json_int_t)m.id, "client",
			  describe_place(&m.before.key.client, m.before.key.client_port), "server",
			  describe_place(&m.before.key.server, m.before.key.server_port), "from",
			  state_name(m.before.state), "state",
			  m.left ? json_string(state_name(m.after.state)) : json_null());
}

void verb_abort(void *context, const json_t *params, struct control_reply *reply)
{
	run(verb_daemon(context), params, MACHINE_ABORT, reply);
}

void verb_close(void *context, const json_t *params, struct control_reply *reply)
{
	run(verb_daemon(context), params, MACHINE_CLOSE, reply);
}

void verb_leave(void *context, const json_t *params, struct control_reply *reply)
{
	run(verb_daemon(context), params, MACHINE_LEAVE, reply);
}

void verb_forget(void *context, const json_t *params, struct control_reply *reply)
{
	run(verb_daemon(context), params, MACHINE_FORGET, reply);
}
