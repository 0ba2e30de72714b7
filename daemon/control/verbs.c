/* SPDX-License-Identifier: MIT */
#include "control/verbs.h"

#include "control/describe.h"
#include "control/follow.h"
#include "control/params.h"
#include "runtime/live_endpoint.h"

/* --- queries ---------------------------------------------------------------------------------- */

/* A selection of endpoints. NULL: any. */
struct choice_of_endpoints {
	const struct live_endpoint *endpoint;
	const struct behaviour *behaviour;
	const struct prefix *address;
	bool with_problem;
};

static bool is_chosen(const struct choice_of_endpoints *c, const struct live_endpoint *l)
{
	const struct prefix *at = &l->config->address;

	return !l->removed && (!c->endpoint || c->endpoint == l) &&
	       (!c->behaviour ||
		catalogue_is_joined(live_endpoint_behaviour(l), c->behaviour->name)) &&
	       (!c->address || prefix_contains(c->address, &at->addr) ||
		prefix_contains(at, &c->address->addr));
}

/* Returns true if the endpoint does not answer, or part of its behaviour does not reach clients. */
static bool has_problem(const json_t *endpoint)
{
	return json_is_string(json_object_get(endpoint, "problem")) ||
	       json_is_string(json_object_get(endpoint, "unavailable"));
}

static void describe_endpoints(const struct daemon *d, const struct choice_of_endpoints *c,
			       struct control_reply *reply)
{
	reply->result = json_array();
	for (unsigned i = 0; i < d->lives; i++) {
		json_t *one = is_chosen(c, &d->live[i]) ? describe_endpoint(d, &d->live[i]) : NULL;

		if (one && (!c->with_problem || has_problem(one)))
			json_array_append(reply->result, one);
		json_decref(one);
	}
}

static void verb_endpoints(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"endpoint?", "behaviour?", "address?", "problem#?",
					   NULL};
	struct daemon *d = verb_daemon(context);
	struct choice_of_endpoints c = {0};
	struct prefix address;

	if (!params_are(params, reply, keys))
		return;
	if (param_text(params, "endpoint") && !(c.endpoint = param_endpoint(d, params, reply)))
		return;
	if (param_text(params, "behaviour") &&
	    !(c.behaviour = find_behaviour(d, param_text(params, "behaviour"), reply)))
		return;
	if (param_text(params, "address")) {
		if (!param_prefix(params, "address", &address, reply))
			return;
		c.address = &address;
	}
	c.with_problem = json_object_get(params, "problem");
	describe_endpoints(d, &c, reply);
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

/* --- reload and the table of verbs ------------------------------------------------------------ */

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
		reply_fail(reply, CONTROL_REFUSED,
			   "invalid config: the daemon keeps the previous one");
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
	{METHOD_DUE, false, verb_due},
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
	{METHOD_LEAVE, true, verb_leave},
	{METHOD_FORGET, true, verb_forget},
	{METHOD_UNBOUNDED, true, verb_unbounded},
	{METHOD_RELOAD, true, verb_reload},
	{0},
};
