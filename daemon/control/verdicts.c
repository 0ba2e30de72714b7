/* SPDX-License-Identifier: MIT */
/* Verbs of the judge: verdicts on clients, the requirements, and the suites of scenarios. */
#include "base/container.h"
#include "base/text.h"
#include "config/suites.h"
#include "control/job_thread.h"
#include "control/json_line.h"
#include "control/json_memory.h"
#include "control/judged.h"
#include "control/params.h"
#include "control/verbs.h"
#include "engine/responder.h"
#include "judge/unjudged.h"
#include "trace/merge.h"

#include <stdlib.h>

#define INTERFACE_MTU 1500
#define NO_MEMORY     "out of memory to judge the trace: lower 'trace_size'"
#define NO_THREAD     "cannot start a thread to judge: raise TasksMax= or 'ulimit -u'"
#define TOLD_MAX      50000 /* connections and verdicts of one answer, 13 MB of JSON */
/* Octets of the traces that are judged; judging requires as much memory. Only a client that may
 * make changes can request more. */
#define JUDGED_MAX (32 * 1024 * 1024)

/* --- the question ----------------------------------------------------------------------------- */

struct question {
	struct job job;
	struct verb_context *verbs;
	struct client *client; /* NULL: it has disconnected */
	struct judged_question judged;
	size_t most;                     /* limit of octets of all traces */
	struct trace trace[WORKERS_MAX]; /* copies */
	nstime now;                      /* all copies are complete up to this time */
	bool no_memory;                  /* for one of the copies */
	char *answer;                    /* JSON; NULL: not ready, or out of memory */
};

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
		reply_unknown(reply, "profile", name, suggest(name, profile_name, d->config),
			      "synackctl-judge(1) lists the profiles");
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
			   "patience: expected a duration such as 30s, got '%s'", text);
	return !reply->message;
}

static bool read_question(struct daemon *d, const json_t *params, struct question *q,
			  struct control_reply *reply)
{
	static const char *const keys[] = {"client?",   "endpoint?", "profile?", "traces?#",
					   "patience?", "on_link?#", "whole?#",  NULL};
	const char *client, *endpoint;

	q->judged =
		(struct judged_question){.most = TOLD_MAX, .rules = {.tolerance = LATE_TOLERANCE}};
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

/* --- the judgment ----------------------------------------------------------------------------- */

static void begin_question(struct job *j)
{
	struct question *q = container_of(j, struct question, job);

	q->no_memory = !workers_clone_traces(q->verbs->daemon->workers, q->most, q->trace, &q->now);
}

static void free_traces(struct question *q)
{
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		trace_free(&q->trace[i]);
}

/* Runs in the job thread. */
static void judge_question(struct job *j)
{
	struct question *q = container_of(j, struct question, job);
	unsigned workers = workers_count(q->verbs->daemon->workers);
	struct trace joined = {0};
	json_t *o = NULL;

	q->no_memory = q->no_memory || !trace_join(q->trace, workers, q->now, q->most, &joined);
	free_traces(q);
	(void)json_memory_failed(); /* forget failures before this answer */
	if (!q->no_memory)
		o = describe_judged(&joined, q->now, &q->judged, &j->stop);
	trace_free(&joined);
	q->answer = o ? json_dumps(o, JSON_COMPACT | JSON_LINE_SECONDS) : NULL;
	json_decref(o);
	if (json_memory_failed()) {
		free(q->answer);
		q->answer = NULL;
	}
}

static void question_free(struct question *q)
{
	judged_question_free(&q->judged);
	free_traces(q);
	free(q->answer);
	free(q);
}

static void answer_question(struct job *j)
{
	struct question *q = container_of(j, struct question, job);
	struct control_reply reply = {.client = q->client};

	if (q->client && j->overdue) {
		reply_fail(
			&reply, CONTROL_REFUSED,
			"judging takes more than %d s: select fewer clients, or lower 'trace_size'",
			JOB_SECONDS);
	} else if (q->client && !q->answer) {
		reply_fail(&reply, CONTROL_REFUSED, NO_MEMORY);
	} else if (q->client) {
		reply.text = q->answer;
		q->answer = NULL;
	}
	if (q->client)
		client_answer(q->client, &reply);
	question_free(q);
}

static void on_gone(void *arg)
{
	struct question *q = arg;

	q->client = NULL;
	job_drop(q->verbs->jobs, &q->job);
}

void verb_verdicts(void *context, const json_t *params, struct control_reply *reply)
{
	struct verb_context *verbs = context;
	struct question *q = calloc(1, sizeof(*q));

	if (!q) {
		reply_fail(reply, CONTROL_REFUSED, NO_MEMORY);
		return;
	}
	q->job = (struct job){
		.begin = begin_question, .work = judge_question, .end = answer_question};
	q->verbs = verbs;
	q->client = reply->client;
	if (!read_question(verbs->daemon, params, q, reply)) {
		question_free(q);
	} else if (!job_add(verbs->jobs, &q->job, false)) {
		reply_fail(reply, CONTROL_REFUSED, NO_THREAD);
		question_free(q);
	} else {
		client_defer(reply->client, on_gone, q);
	}
}

/* --- requirements and suites ------------------------------------------------------------------ */

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
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:f, s:I, s:f, s:I, s:I, s:f, s:b, s:i}",
			 "name", s->name, "behaviour", *s->behaviour ? s->behaviour : s->name,
			 "service", s->service, "needs", s->needs, "octets", (json_int_t)s->octets,
			 "stay_ns", (json_int_t)s->stay, "stay_s", clock_seconds(s->stay),
			 "pause_ns", (json_int_t)s->pause, "pause_s", clock_seconds(s->pause),
			 "connections", (json_int_t)s->connections, "watch_ns",
			 (json_int_t)s->watch, "watch_s", clock_seconds(s->watch), "fake", s->fake,
			 "family", (int)s->family);
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

/* Replies with all suites, or with the one that `suite` names; each with the suites that it
 * includes. */
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
		reply_unknown(reply, "suite", name, suggest(name, suite_name_at, all),
			      "synackctl-judge(1) lists the suites");
		return;
	}
	reply->result = json_array();
	for (unsigned i = 0; i < all->count; i++)
		if (!only || only == &all->suite[i])
			json_array_append_new(reply->result, describe_suite(all, &all->suite[i]));
}
