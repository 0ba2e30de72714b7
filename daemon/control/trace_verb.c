/* SPDX-License-Identifier: MIT */
#include "behaviour/moved.h"
#include "control/describe.h"
#include "control/params.h"
#include "control/records.h"
#include "control/verbs.h"
#include "engine/responder.h"
#include "judge/trace_copy.h"
#include "runtime/live_endpoint.h"

#include <stdlib.h>
#include <string.h>

struct question {
	uint64_t id; /* 0: the last */
	struct trace_copy copy;
};

/* Of the last SYNs that workers had, the last. */
static void take_copy(struct responder *r, void *arg)
{
	struct question *q = arg;
	struct trace_copy copy = {0};

	trace_copy_take(&copy, responder_trace(r), q->id);
	if (!copy.found || (q->copy.found && copy.opened <= q->copy.opened)) {
		trace_copy_free(&copy);
		return;
	}
	trace_copy_free(&q->copy);
	q->copy = copy;
}

/* What the connection met, as it said when it first moved. */
static bool add_moved(json_t *trace, const struct trace_copy *c)
{
	const struct trace_record *r = NULL;
	struct moved moved;

	while ((r = trace_copy_next(c, r))) {
		if (!moved_read(r, &moved))
			continue;
		json_object_set_new(trace, "endpoint", json_string(moved.endpoint));
		json_object_set_new(trace, "behaviour", describe_text(moved.behaviour));
		return true;
	}
	return false;
}

/* The endpoint that is there now, and what it does. */
static void add_endpoint(json_t *trace, struct daemon *d, const struct trace_copy *c)
{
	json_t *place = describe_place(&c->key.server, c->key.server_port);
	const struct live_endpoint *l = live_endpoint_find(d, json_string_value(place));

	if (l) {
		json_object_set_new(trace, "endpoint", json_string(l->name));
		json_object_set_new(trace, "behaviour", describe_text(live_endpoint_behaviour(l)));
	}
	json_decref(place);
}

/* A number, as such or in quotes, or "last". */
static bool read_id(const json_t *params, uint64_t *id)
{
	const json_t *value = json_object_get(params, "id");
	const char *text = json_string_value(value);
	char *end;

	if (!text) {
		*id = (uint64_t)json_integer_value(value);
		return json_integer_value(value) > 0;
	}
	*id = strtoull(text, &end, 10);
	return strcmp(text, "last") == 0 || (!*end && *id);
}

void verb_trace(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"id#", "octets?#", NULL};
	struct daemon *d = verb_daemon(context);
	struct question q = {0};

	if (!params_are(params, reply, keys))
		return;
	if (!read_id(params, &q.id)) {
		reply_fail(reply, CONTROL_BAD_PARAMS,
			   "`id` is to be a connection's number, or \"last\"");
		return;
	}
	if (q.id)
		workers_call_owner(d->workers, q.id, take_copy, &q);
	else
		workers_call(d->workers, take_copy, &q);
	if (q.copy.found) {
		reply->result = describe_trace(
			&q.copy, json_integer_value(json_object_get(params, "octets")));
		if (!add_moved(reply->result, &q.copy))
			add_endpoint(reply->result, d, &q.copy);
	} else if (q.id) {
		reply_fail(reply, CONTROL_UNKNOWN_NAME,
			   "there is no trace of a connection %llu (any more)",
			   (unsigned long long)q.id);
	} else {
		reply_fail(reply, CONTROL_UNKNOWN_NAME, "no client has sent a SYN yet");
	}
	trace_copy_free(&q.copy);
}
