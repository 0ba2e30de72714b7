/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "control/params.h"
#include "control/traces.h"
#include "control/verbs.h"
#include "engine/responder.h"
#include "trace/merge.h"

#include <string.h>

/* Octets of the traces that are searched for several connections: about 50 ms of work. */
#define SEARCHED_MAX (16 * 1024 * 1024)

/* --- one connection --------------------------------------------------------------------------- */

struct question {
	uint64_t id; /* 0: the last one */
	struct trace_copy copy;
};

/* Keeps the connection whose SYN is the latest of all workers. */
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

static void answer_one(struct daemon *d, const json_t *params, uint64_t id,
		       struct control_reply *reply)
{
	struct question q = {.id = id};

	if (id)
		workers_call_owner(d->workers, id, take_copy, &q);
	else
		workers_call(d->workers, take_copy, &q);
	if (q.copy.found)
		reply->result = describe_met_trace(
			d, &q.copy, json_integer_value(json_object_get(params, "octets")));
	else if (id)
		reply_fail(reply, CONTROL_UNKNOWN_NAME,
			   "unknown connection or attempt %llu: the trace does not contain it",
			   (unsigned long long)id);
	else
		reply_fail(reply, CONTROL_UNKNOWN_NAME, "no client has sent a SYN");
	trace_copy_free(&q.copy);
}

/* --- several connections ---------------------------------------------------------------------- */

struct search {
	struct trace trace[WORKERS_MAX]; /* copies */
	nstime until;                    /* all copies are complete up to this time */
	bool no_memory;                  /* for one of the copies */
};

static void take_trace(struct responder *r, void *arg)
{
	struct search *s = arg;

	s->no_memory |=
		!trace_clone(responder_trace(r), SEARCHED_MAX, &s->trace[responder_number(r)]);
	if (responder_now(r) < s->until)
		s->until = responder_now(r);
}

/* Returns an array, or NULL if memory runs out. */
static json_t *find_several(struct daemon *d, const struct filter *f, unsigned most, bool octets,
			    unsigned *left_out)
{
	unsigned workers = workers_count(d->workers);
	struct search s = {.until = NS_NEVER};
	struct trace joined = {0};
	json_t *traces = NULL;

	workers_call(d->workers, take_trace, &s);
	if (!s.no_memory && trace_join(s.trace, workers, s.until, SEARCHED_MAX, &joined))
		traces = describe_traces(d, &joined, f, most, octets, left_out);
	for (unsigned i = 0; i < workers; i++)
		trace_free(&s.trace[i]);
	trace_free(&joined);
	return traces;
}

static void answer_several(struct daemon *d, const json_t *params, const struct filter *f, bool all,
			   struct control_reply *reply)
{
	bool octets = json_integer_value(json_object_get(params, "octets"));
	unsigned left_out = 0;
	json_t *traces = find_several(d, f, all ? TRACES_MAX : 1, octets, &left_out);

	if (!traces)
		reply_fail(reply, CONTROL_REFUSED,
			   "out of memory to search the trace: lower 'trace_size'");
	else if (json_array_size(traces) || !filter_explains(f, d, params, reply))
		reply->result = all ? json_pack("{s:O, s:I}", "traces", traces, "left_out",
						(json_int_t)left_out)
				    : json_incref(json_array_get(traces, 0));
	if (!reply->result && !reply->message)
		reply_fail(
			reply, CONTROL_UNKNOWN_NAME,
			"the trace does not contain a SYN from such a client to such an endpoint");
	json_decref(traces);
}

/* --- the verb --------------------------------------------------------------------------------- */

/* Accepts a number, as integer or string, "last" and "all". */
static bool read_id(const json_t *params, uint64_t *id, bool *all)
{
	const json_t *value = json_object_get(params, "id");
	const char *text = json_string_value(value);

	*id = 0;
	*all = text && strcmp(text, "all") == 0;
	if (*all || (text && strcmp(text, "last") == 0))
		return true;
	if (text)
		return number_parse(text, id) && *id;
	*id = (uint64_t)json_integer_value(value);
	return json_integer_value(value) > 0;
}

void verb_trace(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"id#", "octets?#", FILTER_KEYS, NULL};
	struct daemon *d = verb_daemon(context);
	struct filter filter;
	uint64_t id;
	bool all;

	if (!params_are(params, reply, keys) || !filter_read(d, params, &filter, reply))
		return;
	if (!read_id(params, &id, &all))
		reply_fail(reply, CONTROL_BAD_PARAMS,
			   "'id': expected the number of a connection, \"last\" or \"all\"");
	else if (id && filter_restricts(&filter))
		reply_fail(reply, CONTROL_BAD_PARAMS,
			   "'id': unexpected number beside 'endpoint' or 'client': expected "
			   "\"last\" or \"all\"");
	else if (all || filter_restricts(&filter))
		answer_several(d, params, &filter, all, reply);
	else
		answer_one(d, params, id, reply);
}
