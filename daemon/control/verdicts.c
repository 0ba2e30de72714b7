/* SPDX-License-Identifier: MIT */
/* Verbs of the judge: what it says of the clients that came, by which clauses, and what there is to
 * put a client to the test. */
#include "base/text.h"
#include "config/suites.h"
#include "control/judged.h"
#include "control/params.h"
#include "control/verbs.h"
#include "engine/responder.h"
#include "judge/unjudged.h"
#include "trace/merge.h"

#define INTERFACE_MTU 1500
#define NO_MEMORY     "there is no memory to judge so much: lower `trace_size`"
#define TOLD_MAX      50000 /* connections and verdicts of one answer, 13 MB of JSON */
/* So much of the traces is judged, a few seconds of work: nothing else is done here meanwhile. All
 * of them only for a client that may end the daemon anyway. */
#define JUDGED_MAX (32 * 1024 * 1024)

/* --- the question ----------------------------------------------------------------------------- */

struct question {
	struct judged_question judged;
	size_t most;                     /* octets of all traces */
	struct trace trace[WORKERS_MAX]; /* copies */
	nstime now;                      /* all of them go up to there */
	bool no_memory;                  /* for one of them */
};

static void take_trace(struct responder *r, void *arg)
{
	struct question *q = arg;

	q->no_memory |= !trace_clone(responder_trace(r), q->most, &q->trace[responder_number(r)]);
	if (responder_number(r) == 0 || responder_now(r) < q->now)
		q->now = responder_now(r);
}

static const char *profile_name(size_t i, const void *arg)
{
	const struct config *c = arg;

	return i < c->profiles ? c->profile[i].name : NULL;
}

static bool read_profile(struct daemon *d, const json_t *params, struct question *q,
			 struct control_reply *reply)
{
	const char *name = param_text(params, "profile");

	if (name && !config_profile(d->config, name)) {
		reply_fail(reply, CONTROL_UNKNOWN_NAME, "there is no profile `%s`", name);
		reply->suggestion = suggest(name, profile_name, d->config);
		return false;
	}
	if (!judged_question_fill(&q->judged, d, name))
		reply_fail(reply, CONTROL_REFUSED, NO_MEMORY);
	return !reply->message;
}

static bool read_patience(const json_t *params, struct question *q, struct control_reply *reply)
{
	const char *text = param_text(params, "patience");

	if (text && !duration_parse(text, &q->judged.rules.asserted.patience))
		reply_fail(reply, CONTROL_BAD_PARAMS,
			   "patience: expected a duration such as 30s, got `%s`", text);
	return !reply->message;
}

static bool read_question(struct daemon *d, const json_t *params, struct question *q,
			  struct control_reply *reply)
{
	static const char *const keys[] = {"client?",   "endpoint?", "profile?", "traces?#",
					   "patience?", "on_link?#", "whole?#",  NULL};
	const char *client, *endpoint;

	*q = (struct question){
		.judged = {.most = TOLD_MAX, .rules = {.tolerance = LATE_TOLERANCE}}};
	if (!params_are(params, reply, keys))
		return false;
	q->most = json_integer_value(json_object_get(params, "whole")) ? SIZE_MAX : JUDGED_MAX;
	if (q->most > JUDGED_MAX && !control_may_change(reply))
		return false;
	client = param_text(params, "client");
	q->judged.any_client = !client;
	endpoint = param_text(params, "endpoint");
	q->judged.endpoint = endpoint ? xstrdup(endpoint) : NULL;
	q->judged.traces = json_integer_value(json_object_get(params, "traces"));
	q->judged.rules.asserted.on_link = json_integer_value(json_object_get(params, "on_link"));
	q->judged.rules.asserted.mtu = q->judged.rules.asserted.on_link ? INTERFACE_MTU : 0;
	q->judged.rules.asserted.keepalive = true;
	return (!client || param_client(params, &q->judged.client, reply)) &&
	       read_profile(d, params, q, reply) && read_patience(params, q, reply);
}

void verb_verdicts(void *context, const json_t *params, struct control_reply *reply)
{
	struct daemon *d = verb_daemon(context);
	unsigned workers = workers_count(d->workers);
	struct trace joined = {0};
	struct question q;

	if (!read_question(d, params, &q, reply)) {
		judged_question_free(&q.judged);
		return;
	}
	workers_call(d->workers, take_trace, &q);
	if (!q.no_memory)
		q.no_memory = !trace_join(q.trace, workers, q.now, q.most, &joined);
	for (unsigned i = 0; i < workers; i++)
		trace_free(&q.trace[i]);
	if (!q.no_memory)
		reply->result = describe_judged(&joined, q.now, &q.judged, NULL);
	trace_free(&joined);
	judged_question_free(&q.judged);
	if (!reply->result)
		reply_fail(reply, CONTROL_REFUSED, NO_MEMORY);
}

/* --- what there is ---------------------------------------------------------------------------- */

void verb_requirements(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	const struct requirement *r;
	const struct unjudgeable *u;

	(void)context;
	if (!params_are(params, reply, keys))
		return;
	reply->result = json_pack("{s:[], s:[]}", "judged", "unjudgeable");
	for (unsigned i = 0; (r = requirement_at(i)); i++)
		json_array_append_new(json_object_get(reply->result, "judged"),
				      describe_requirement(r));
	for (unsigned i = 0; (u = unjudgeable_at(i)); i++)
		json_array_append_new(json_object_get(reply->result, "unjudgeable"),
				      json_pack("{s:s, s:s}", "requirement", u->id, "why", u->why));
}

static json_t *describe_scenario(const struct scenario *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:i}", "name", s->name,
			 "behaviour", *s->behaviour ? s->behaviour : s->name, "service", s->service,
			 "needs", s->needs, "octets", (json_int_t)s->octets, "stay_ns",
			 (json_int_t)s->stay, "pause_ns", (json_int_t)s->pause, "connections",
			 (json_int_t)s->connections, "watch_ns", (json_int_t)s->watch, "fake",
			 s->fake, "family", (int)s->family);
}

static json_t *describe_suite(const struct suites *all, const struct suite *s)
{
	json_t *scenarios = json_array();
	const struct scenario *next;

	for (unsigned i = 0; (next = suite_scenario(all, s, i)); i++)
		json_array_append_new(scenarios, describe_scenario(next));
	return json_pack("{s:s, s:s, s:o}", "name", s->name, "summary", s->summary, "scenarios",
			 scenarios);
}

/* All of them, or the one that is named; each with what it includes. */
void verb_suites(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"suite?", NULL};
	struct daemon *d = verb_daemon(context);
	struct suites *all = &d->config->suites;
	const struct suite *only = NULL;
	const char *name;

	if (!params_are(params, reply, keys))
		return;
	name = param_text(params, "suite");
	if (name && !(only = suite_find(all, name))) {
		reply_fail(reply, CONTROL_UNKNOWN_NAME, "there is no suite `%s`", name);
		reply->suggestion = suggest(name, suite_name_at, all);
		return;
	}
	reply->result = json_array();
	for (unsigned i = 0; i < all->count; i++)
		if (!only || only == &all->suite[i])
			json_array_append_new(reply->result, describe_suite(all, &all->suite[i]));
}
