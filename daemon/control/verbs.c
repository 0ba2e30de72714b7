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
		reply->result =
			json_pack("{s:o, s:o}", "config", describe_text(v->daemon->config->path),
				  "warnings", describe_lines(&diag));
	} else {
		control_fail(reply, CONTROL_REFUSED,
			     "the new config is wrong; the old one goes on");
		reply->errors = describe_lines(&diag);
	}
	diag_free(&diag);
}

const struct control_verb control_verbs[] = {
	{"status", false, verb_status},
	{"endpoints", false, verb_endpoints},
	{"behaviours", false, verb_behaviours},
	{"connections", false, verb_connections},
	{"trace", false, verb_trace},
	{"hosts", false, verb_hosts},
	{"verdicts", false, verb_verdicts},
	{"requirements", false, verb_requirements},
	{"suites", false, verb_suites},
	{"follow", false, verb_follow},
	{"diff", false, verb_diff},
	{"set", true, verb_set},
	{"add", true, verb_add},
	{"remove", true, verb_remove},
	{"reset", true, verb_reset},
	{"next", true, verb_next},
	{"pending", false, verb_pending},
	{"cancel", true, verb_cancel},
	{"abort", true, verb_abort},
	{"close", true, verb_close},
	{"forget", true, verb_forget},
	{"unbounded", true, verb_unbounded},
	{"reload", true, verb_reload},
	{0},
};
