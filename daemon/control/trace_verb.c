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

static void answer_one(struct daemon *d, const json_t *params, uint64_t id,
		       struct control_reply *reply)
{
	struct trace_copy copy;

	workers_copy_trace(d->workers, id, &copy);
	if (copy.found)
		reply->result = describe_met_trace(
			d, &copy, json_integer_value(json_object_get(params, "octets")));
	else if (id)
		reply_fail(reply, CONTROL_UNKNOWN_NAME,
			   "unknown connection or attempt %llu: the trace does not contain it",
			   (unsigned long long)id);
	else
		reply_fail(reply, CONTROL_UNKNOWN_NAME, "no client has sent a SYN");
	trace_copy_free(&copy);
}

/* --- several connections ---------------------------------------------------------------------- */

/* Returns an array, or NULL if memory runs out. */
static json_t *find_several(struct daemon *d, const struct filter *f, unsigned most, bool octets,
			    unsigned *left_out)
{
	unsigned workers = workers_count(d->workers);
	struct trace trace[WORKERS_MAX], joined = {0};
	json_t *traces = NULL;
	nstime until;

	if (workers_clone_traces(d->workers, SEARCHED_MAX, trace, &until) &&
	    trace_join(trace, workers, until, SEARCHED_MAX, &joined))
		traces = describe_traces(d, &joined, f, most, octets, left_out);
	for (unsigned i = 0; i < workers; i++)
		trace_free(&trace[i]);
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
