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

static bool take_info(const struct connection_info *info, void *arg)
{
	struct connection_info *out = arg;

	if (info->id != out->id)
		return true;
	*out = *info;
	return false;
}

/* Reads the state of the connection. Returns false if it does not exist. */
static bool look_at(struct responder *r, uint64_t id, struct connection_info *out)
{
	*out = (struct connection_info){.id = id, .since = -1};
	responder_connections(r, take_info, out);
	return out->since != -1;
}

static void move(struct responder *r, void *arg)
{
	struct move *m = arg;

	m->found = look_at(r, m->id, &m->before);
	if (!m->found)
		return;
	responder_machine(r, m->id, m->op);
	m->left = look_at(r, m->id, &m->after);
}

static void no_connection(struct control_reply *reply, uint64_t id)
{
	reply_fail(reply, CONTROL_UNKNOWN_NAME,
		   "unknown connection %llu: 'synackctl connections' lists the open connections",
		   (unsigned long long)id);
}

static void find(struct responder *r, void *arg)
{
	struct move *m = arg;

	m->found = look_at(r, m->id, &m->before);
}

bool has_connection(struct daemon *d, uint64_t id, struct control_reply *reply)
{
	struct move m = {.id = id};

	workers_call_owner(d->workers, id, find, &m);
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
