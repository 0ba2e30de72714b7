/* SPDX-License-Identifier: MIT */
/* Verbs of the judge: what it says of the clients that came, by which clauses, and what there is to
 * put a client to the test. */
#include "control/describe.h"
#include "control/records.h"
#include "control/verbs.h"
#include "judge/judge.h"
#include "trace/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERFACE_MTU 1500

/* --- the question ----------------------------------------------------------------------------- */

struct question {
	struct prefix client;
	bool any_client;
	const char *endpoint; /* NULL: all */
	bool traces;          /* of connections with something that is not well */
	struct judge_rules rules;
	struct trace trace[WORKERS_MAX]; /* copies */
	nstime now;                      /* all of them go up to there */
};

static void take_trace(struct responder *r, void *arg)
{
	struct question *q = arg;

	trace_clone(&r->trace, &q->trace[r->number]);
	if (r->number == 0 || r->now < q->now)
		q->now = r->now;
}

static void take_dialogs(struct daemon *d, struct question *q, struct dialogs *all)
{
	unsigned workers = workers_count(d->workers);
	struct trace joined;

	workers_call(d->workers, take_trace, q);
	trace_join(q->trace, workers, q->now, &joined);
	for (unsigned i = 0; i < workers; i++)
		trace_free(&q->trace[i]);
	dialogs_read(all, &joined, &q->client, !q->any_client, q->now);
	trace_free(&joined);
}

static bool read_profile(struct daemon *d, const json_t *params, struct question *q,
			 struct control_reply *reply)
{
	const char *name = param_text(params, "profile");

	q->rules.profile = name ? config_profile(d->config, name) : NULL;
	if (name && !q->rules.profile)
		control_fail(reply, CONTROL_UNKNOWN_NAME, "there is no profile `%s`", name);
	return !reply->message;
}

static bool read_patience(const json_t *params, struct question *q, struct control_reply *reply)
{
	const char *text = param_text(params, "patience");

	if (text && !duration_parse(text, &q->rules.asserted.patience))
		control_fail(reply, CONTROL_BAD_PARAMS,
			     "patience: expected a duration such as 30s, got `%s`", text);
	return !reply->message;
}

static bool read_question(struct daemon *d, const json_t *params, struct question *q,
			  struct control_reply *reply)
{
	static const char *const keys[] = {"client?",   "endpoint?", "profile?", "traces?#",
					   "patience?", "on_link?#", NULL};
	const char *client;

	*q = (struct question){.rules = {.tolerance = LATE_TOLERANCE}};
	if (!params_are(params, reply, keys))
		return false;
	client = param_text(params, "client");
	q->any_client = !client;
	q->endpoint = param_text(params, "endpoint");
	q->traces = json_integer_value(json_object_get(params, "traces"));
	q->rules.asserted.on_link = json_integer_value(json_object_get(params, "on_link"));
	q->rules.asserted.mtu = q->rules.asserted.on_link ? INTERFACE_MTU : 0;
	q->rules.asserted.keepalive = true;
	return (!client || read_client(params, &q->client, reply)) &&
	       read_profile(d, params, q, reply) && read_patience(params, q, reply);
}

/* --- the answer ------------------------------------------------------------------------------- */

static json_t *describe_requirement(const struct requirement *r)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s}", "requirement", r->id, "rfc", (int)r->rfc,
			 "section", r->section, "level", level_name(r->level), "text", r->text);
}

static json_t *describe_arrows(const struct finding *f)
{
	json_t *arrows = json_array();

	for (unsigned i = 0; i < f->arrows; i++)
		json_array_append_new(arrows, json_integer(f->arrow[i]->number));
	return arrows;
}

static json_t *describe_verdict(const struct verdict *v)
{
	json_t *o = describe_requirement(v->requirement);
	const char *reason = reason_name(v->finding.reason);

	json_object_set_new(o, "result", json_string(result_name(v->result)));
	json_object_set_new(o, "reason", *reason ? json_string(reason) : json_null());
	json_object_set_new(o, "words", json_string(v->finding.words));
	json_object_set_new(o, "known", v->known ? json_string(v->known) : json_null());
	json_object_set_new(o, "segments", describe_arrows(&v->finding));
	json_object_set_new(o, "late_ns", json_integer(v->late));
	return o;
}

/* The endpoint of an attempt that moved nothing is who is there now. */
static void name_dialog(struct daemon *d, struct dialog *of)
{
	json_t *place = describe_place(&of->copy.key.server, of->copy.key.server_port);
	const struct live *l = *of->endpoint ? NULL : daemon_find(d, json_string_value(place));

	if (l) {
		snprintf(of->endpoint, sizeof(of->endpoint), "%s", l->name);
		snprintf(of->behaviour, sizeof(of->behaviour), "%s", daemon_behaviour(d, l));
	}
	json_decref(place);
}

static json_t *describe_dialog(const struct dialog *of)
{
	const struct flow_key *key = &of->copy.key;

	return json_pack("{s:I, s:o, s:o, s:s, s:s, s:I, s:[]}", "id", (json_int_t)of->copy.id,
			 "client", describe_place(&key->client, key->client_port), "server",
			 describe_place(&key->server, key->server_port), "endpoint", of->endpoint,
			 "behaviour", of->behaviour, "began",
			 (json_int_t)(of->arrows ? of->arrow[0].when : 0), "verdicts");
}

static bool shows_trace(const struct verdict *v)
{
	return v->result == RESULT_FAIL || v->result == RESULT_KNOWN || v->result == RESULT_WARN ||
	       v->result == RESULT_ERROR;
}

/* An object for each connection, in the order in which they began. */
static json_t *describe_verdicts(const struct question *q, const struct dialogs *all,
				 const struct verdicts *verdicts)
{
	json_t *connections = json_array();
	unsigned next = 0;

	for (unsigned i = 0; i < all->count; i++) {
		const struct dialog *of = &all->dialog[i];
		json_t *o = describe_dialog(of), *list = json_object_get(o, "verdicts");
		bool wanted = !q->endpoint || strcmp(of->endpoint, q->endpoint) == 0;
		bool shown = false;

		for (; next < verdicts->count && verdicts->verdict[next].dialog == of; next++) {
			const struct verdict *v = &verdicts->verdict[next];

			json_array_append_new(list, describe_verdict(v));
			shown |= shows_trace(v);
		}
		if (wanted && q->traces && shown)
			json_object_set_new(o, "trace", describe_trace(&of->copy, true));
		if (wanted)
			json_array_append(connections, o);
		json_decref(o);
	}
	return connections;
}

void verb_verdicts(void *context, const json_t *params, struct control_reply *reply)
{
	struct daemon *d = context;
	struct verdicts verdicts;
	struct dialogs all;
	struct question q;

	if (!read_question(d, params, &q, reply))
		return;
	take_dialogs(d, &q, &all);
	for (unsigned i = 0; i < all.count; i++)
		name_dialog(d, &all.dialog[i]);
	verdicts_make(&verdicts, &all, &q.rules);
	reply->result = json_pack("{s:o}", "connections", describe_verdicts(&q, &all, &verdicts));
	verdicts_free(&verdicts);
	dialogs_free(&all);
}

/* --- what there is ---------------------------------------------------------------------------- */

void verb_requirements(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	const struct requirement *r;

	(void)context;
	if (!params_are(params, reply, keys))
		return;
	reply->result = json_pack("{s:[]}", "judged");
	for (unsigned i = 0; (r = requirement_at(i)); i++)
		json_array_append_new(json_object_get(reply->result, "judged"),
				      describe_requirement(r));
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

static const char *suite_name(size_t i, void *arg)
{
	const struct suites *all = arg;

	return i < all->count ? all->suite[i].name : NULL;
}

/* All of them, or the one that is named; each with what it includes. */
void verb_suites(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"suite?", NULL};
	struct daemon *d = context;
	struct suites *all = &d->config->suites;
	const struct suite *only = NULL;
	const char *name;

	if (!params_are(params, reply, keys))
		return;
	name = param_text(params, "suite");
	if (name && !(only = suite_find(all, name))) {
		control_fail(reply, CONTROL_UNKNOWN_NAME, "there is no suite `%s`", name);
		reply->suggestion = suggest(name, suite_name, all);
		return;
	}
	reply->result = json_array();
	for (unsigned i = 0; i < all->count; i++)
		if (!only || only == &all->suite[i])
			json_array_append_new(reply->result, describe_suite(all, &all->suite[i]));
}
