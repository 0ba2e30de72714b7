/* SPDX-License-Identifier: MIT */
#include "control/verbs.h"

#include "control/describe.h"
#include "control/follow.h"
#include "control/params.h"

/* --- what there is ---------------------------------------------------------------------------- */

static void verb_endpoints(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = verb_daemon(context);

	if (!params_are(params, reply, keys))
		return;
	reply->result = json_array();
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed)
			json_array_append_new(reply->result, describe_endpoint(d, &d->live[i]));
}

static void verb_behaviours(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"name?", NULL};
	const struct behaviour *b = NULL;
	struct daemon *d = verb_daemon(context);
	const char *name;

	if (!params_are(params, reply, keys))
		return;
	name = param_text(params, "name");
	if (name && !(b = find_behaviour(d, name, reply)))
		return;
	reply->result = json_array();
	if (b) {
		json_array_append_new(reply->result, describe_behaviour(b));
		return;
	}
	for (unsigned i = 0; i < d->config->catalogue.count; i++)
		json_array_append_new(reply->result,
				      describe_behaviour(&d->config->catalogue.behaviour[i]));
}

/* --- reload, and the table -------------------------------------------------------------------- */

static void verb_reload(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	const struct verb_context *v = context;
	struct diag diag = {0};

	if (!params_are(params, reply, keys))
		return;
	if (v->reload(v->reload_arg, &diag)) {
		reply->result = json_pack(
			"{s:o, s:o, s:o}", "config", describe_text(v->daemon->config->path),
			"restart", describe_restarts(v->daemon), "warnings", describe_lines(&diag));
	} else {
		reply_fail(reply, CONTROL_REFUSED, "the new config is wrong; the old one goes on");
		reply->errors = describe_lines(&diag);
	}
	diag_free(&diag);
}

const struct control_verb control_verbs[] = {
	{METHOD_STATUS, false, verb_status},
	{METHOD_ENDPOINTS, false, verb_endpoints},
	{METHOD_BEHAVIOURS, false, verb_behaviours},
	{METHOD_CONNECTIONS, false, verb_connections},
	{METHOD_TRACE, false, verb_trace},
	{METHOD_HOSTS, false, verb_hosts},
	{METHOD_VERDICTS, false, verb_verdicts},
	{METHOD_REQUIREMENTS, false, verb_requirements},
	{METHOD_SUITES, false, verb_suites},
	{METHOD_FOLLOW, false, verb_follow},
	{METHOD_DIFF, false, verb_diff},
	{METHOD_SET, true, verb_set},
	{METHOD_ADD, true, verb_add},
	{METHOD_REMOVE, true, verb_remove},
	{METHOD_RESET, true, verb_reset},
	{METHOD_NEXT, true, verb_next},
	{METHOD_PENDING, false, verb_pending},
	{METHOD_CANCEL, true, verb_cancel},
	{METHOD_ABORT, true, verb_abort},
	{METHOD_CLOSE, true, verb_close},
	{METHOD_FORGET, true, verb_forget},
	{METHOD_UNBOUNDED, true, verb_unbounded},
	{METHOD_RELOAD, true, verb_reload},
	{0},
};
