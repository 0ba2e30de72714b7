/* SPDX-License-Identifier: MIT */
/* Verbs for the behaviours of a client's next attempts. */
#include "base/text.h"
#include "control/describe.h"
#include "control/params.h"
#include "control/verbs.h"
#include "runtime/pending_next.h"
#include "schema/schema.h"

#define TIMES_MAX 1000000

static json_t *describe_next(const struct pending_next *n)
{
	char client[ADDR_TEXT_MAX];

	return json_pack("{s:I, s:s, s:s, s:o, s:I, s:I}", "id", (json_int_t)n->id, "client",
			 prefix_format(&n->override.client, client), "behaviour", n->behaviour,
			 "endpoint", n->endpoint ? json_string(n->endpoint) : json_null(), "times",
			 (json_int_t)n->times, "left", (json_int_t)n->left);
}

static bool read_times(const json_t *params, uint32_t *times, struct control_reply *reply)
{
	const json_t *value = json_object_get(params, "times");
	const char *text = json_string_value(value);
	uint64_t number = 1;

	if (text && !number_parse(text, &number))
		number = 0;
	else if (json_is_integer(value))
		number = (uint64_t)json_integer_value(value);
	*times = (uint32_t)number;
	if (number >= 1 && number <= TIMES_MAX)
		return true;
	reply_fail(reply, CONTROL_BAD_PARAMS, "times: expected a number from 1 to %d", TIMES_MAX);
	return false;
}

void verb_next(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"client", "behaviour", "times#?", "endpoint?", NULL};
	struct daemon *d = verb_daemon(context);
	const struct live_endpoint *only = NULL;
	const char *behaviour;
	struct prefix client;
	struct diag diag = {0};
	const struct pending_next *n;
	uint32_t times;

	if (!params_are(params, reply, keys) || !param_client(params, &client, reply) ||
	    !read_times(params, &times, reply))
		return;
	behaviour = param_text(params, "behaviour");
	if ((param_text(params, "endpoint") && !(only = param_endpoint(d, params, reply))) ||
	    !knows_behaviours(d, behaviour, reply))
		return;
	n = pending_next_add(d, &client, behaviour, times, only, &diag);
	if (n)
		reply_done(reply, describe_next(n), &diag);
	else
		reply_fail_diag(reply, CONTROL_BAD_PARAMS, &diag);
	diag_free(&diag);
}

void verb_pending(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = verb_daemon(context);

	if (!params_are(params, reply, keys))
		return;
	pending_next_look(d);
	reply->result = json_array();
	for (unsigned i = 0; i < d->nexts; i++)
		json_array_append_new(reply->result, describe_next(&d->next[i]));
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->bits == b->bits && addr_equal(&a->addr, &b->addr);
}

/* Replies with the entries that were pending. */
void verb_cancel(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"client?", NULL};
	struct daemon *d = verb_daemon(context);
	struct prefix client;
	bool all;

	if (!params_are(params, reply, keys))
		return;
	all = !param_text(params, "client");
	if (!all && !param_client(params, &client, reply))
		return;
	pending_next_look(d);
	reply->result = json_array();
	for (unsigned i = d->nexts; i-- > 0;) {
		if (!all && !same_prefix(&d->next[i].override.client, &client))
			continue;
		json_array_insert_new(reply->result, 0, describe_next(&d->next[i]));
		pending_next_cancel(d, i);
	}
	pending_next_look(d);
}
