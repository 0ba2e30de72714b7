/* SPDX-License-Identifier: MIT */
#include "base/steady.h"
#include "control/describe.h"
#include "control/params.h"
#include "control/verbs.h"
#include "engine/connection_ops.h"
#include "engine/due.h"
#include "engine/responder.h"
#include "trace/label.h"

#include <stdlib.h>

/* Copies from the workers' threads, which do not wait for the JSON. */
struct state {
	struct connection_info open[CONTROL_DUE_MAX]; /* without the texts */
	struct due due[CONTROL_DUE_MAX];
	unsigned opens, dues;
	bool left_out; /* there are more than fit */
	uint64_t id;   /* only of this connection; 0: of all */
};

static bool take_due(const struct due *due, void *arg)
{
	struct state *s = arg;

	if (s->id && due->id != s->id)
		return true;
	s->left_out |= s->dues == CONTROL_DUE_MAX;
	if (s->dues < CONTROL_DUE_MAX)
		s->due[s->dues++] = *due;
	return !s->left_out;
}

/* Adds the end of a silence. */
static void take_silence(const struct connection_info *info, struct state *s)
{
	struct due due = {.id = info->id,
			  .key = info->key,
			  .label = info->silent_by,
			  .when = info->silent_until,
			  .what = "the silence ends"};

	if (info->silent_until && info->silent_until != NS_NEVER)
		take_due(&due, s);
}

static void take_open(const struct connection_info *info, void *arg)
{
	struct state *s = arg;

	if ((s->id && info->id != s->id) || info->state == STATE_TIME_WAIT ||
	    info->state == STATE_CLOSED || s->left_out)
		return;
	s->left_out |= s->opens == CONTROL_DUE_MAX;
	if (s->opens < CONTROL_DUE_MAX)
		s->open[s->opens++] = *info;
	take_silence(info, s);
}

static bool take_connections(struct responder *r, size_t *cursor, void *arg)
{
	const struct state *s = arg;

	return responder_connections(r, cursor, take_open, arg) && !s->left_out;
}

static void take_deferred(struct responder *r, void *arg)
{
	responder_due(r, take_due, arg);
}

static int by_time(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	return (x->when > y->when) - (x->when < y->when);
}

static int by_id(const void *a, const void *b)
{
	const struct connection_info *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int silences_by_id(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Removes connections, and ends of silences, that were visited twice. Nothing else is due yet. */
static void remove_repeated(struct state *s)
{
	unsigned opens = 0, dues = 0;

	qsort(s->open, s->opens, sizeof(*s->open), by_id);
	for (unsigned i = 0; i < s->opens; i++)
		if (!opens || s->open[opens - 1].id != s->open[i].id)
			s->open[opens++] = s->open[i];
	qsort(s->due, s->dues, sizeof(*s->due), silences_by_id);
	for (unsigned i = 0; i < s->dues; i++)
		if (!dues || s->due[dues - 1].id != s->due[i].id)
			s->due[dues++] = s->due[i];
	s->opens = opens;
	s->dues = dues;
}

static json_t *id_of(uint64_t id)
{
	return id ? json_integer((json_int_t)id) : json_null();
}

static json_t *describe_open(const struct connection_info *i)
{
	return json_pack("{s:o, s:s, s:o, s:o}", "id", id_of(i->id), "state", state_name(i->state),
			 "client", describe_place(&i->key.client, i->key.client_port), "server",
			 describe_place(&i->key.server, i->key.server_port));
}

static json_t *describe_due(const struct due *d, nstime now)
{
	nstime left = d->when > now ? d->when - now : 0;

	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:b, s:I, s:f, s:I, s:f}", "id", id_of(d->id),
			 "client", describe_place(&d->key.client, d->key.client_port), "server",
			 describe_place(&d->key.server, d->key.server_port), "rule",
			 d->label ? describe_text(label_name(d->label)) : json_null(), "action",
			 d->what, "repeats", d->repeats, "time", (json_int_t)d->when, "time_s",
			 clock_seconds(d->when), "left_ns", (json_int_t)left, "left_s",
			 clock_seconds(left));
}

static json_t *describe_state(struct state *s)
{
	json_t *open = json_array(), *due = json_array();
	nstime now = steady_now();

	qsort(s->due, s->dues, sizeof(*s->due), by_time);
	for (unsigned i = 0; i < s->opens; i++)
		json_array_append_new(open, describe_open(&s->open[i]));
	for (unsigned i = 0; i < s->dues; i++)
		json_array_append_new(due, describe_due(&s->due[i], now));
	return json_pack("{s:o, s:o, s:b}", "open", open, "due", due, "left_out", s->left_out);
}

void verb_due(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"id?#", NULL};
	struct daemon *d = verb_daemon(context);
	struct state *s;

	if (!params_are(params, reply, keys))
		return;
	s = calloc(1, sizeof(*s));
	if (!s) {
		reply_fail(reply, CONTROL_REFUSED, "out of memory: try again");
		return;
	}
	if (!json_object_get(params, "id") || param_id(params, &s->id, reply)) {
		workers_walk(d->workers, take_connections, s);
		remove_repeated(s);
		workers_call(d->workers, take_deferred, s);
		reply->result = describe_state(s);
	}
	free(s);
}
