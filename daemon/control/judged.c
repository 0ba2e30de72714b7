/* SPDX-License-Identifier: MIT */
#include "control/judged.h"

#include "base/text.h"
#include "config/suites.h"
#include "control/describe.h"
#include "control/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *describe_requirement(const struct requirement *r)
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
	json_object_set_new(o, "late_s", json_real(clock_seconds(v->late)));
	return o;
}

/* Names the endpoint of an attempt without state changes: the present endpoint at its place. */
static void name_dialog(const struct judged_question *q, struct dialog *of)
{
	const struct flow_key *key = &of->copy.key;
	const struct endpoint *e =
		*of->endpoint || !q->endpoints
			? NULL
			: endpoint_index_find(q->endpoints, &key->server, key->server_port);

	if (!e)
		return;
	snprintf(of->endpoint, sizeof(of->endpoint), "%s", e->name);
	snprintf(of->behaviour, sizeof(of->behaviour), "%.*s",
		 (int)text_fits(e->rules->text, sizeof(of->behaviour) - 1), e->rules->text);
}

static json_t *describe_dialog(const struct dialog *of)
{
	const struct flow_key *key = &of->copy.key;
	nstime began = of->arrows ? of->arrow[0].when : 0;

	return json_pack("{s:I, s:o, s:o, s:s, s:o, s:I, s:f, s:[]}", "id", (json_int_t)of->copy.id,
			 "client", describe_place(&key->client, key->client_port), "server",
			 describe_place(&key->server, key->server_port), "endpoint", of->endpoint,
			 "behaviour", describe_text(of->behaviour), "began", (json_int_t)began,
			 "began_s", clock_seconds(began), "verdicts");
}

static bool shows_trace(const struct verdict *v)
{
	return v->result == RESULT_FAIL || v->result == RESULT_KNOWN || v->result == RESULT_WARN ||
	       v->result == RESULT_ERROR;
}

/* Returns true if the question selects the connection. */
static bool wanted(const struct judged_question *q, const struct dialog *of)
{
	return (!q->port || of->copy.key.client_port == q->port) &&
	       (!of->arrows || of->arrow[0].when >= q->since) &&
	       (!q->endpoint || strcmp(of->endpoint, q->endpoint) == 0);
}

static json_t *describe_judged_dialog(const struct judged_question *q, const struct dialog *of,
				      const struct verdicts *verdicts)
{
	json_t *o = describe_dialog(of), *list = json_object_get(o, "verdicts");
	bool shown = false;

	for (unsigned i = 0; i < verdicts->count; i++) {
		json_array_append_new(list, describe_verdict(&verdicts->verdict[i]));
		shown |= shows_trace(&verdicts->verdict[i]);
	}
	if (q->traces && shown)
		json_object_set_new(o, "trace", describe_trace(&of->copy, true));
	return o;
}

/* Descriptions of connections, the newest first. */
struct telling {
	const struct judged_question *question;
	json_t **connection; /* owned */
	unsigned count;
	unsigned told; /* connections and verdicts */
	bool cut;      /* there are more than the limit */
};

/* Returns false if memory runs out or the judgment was stopped. */
static bool tell(struct telling *t, const struct judgment *judgment, const struct dialog *of,
		 const bool *stop, struct verdicts *verdicts)
{
	const struct judged_question *q = t->question;

	verdicts->count = 0;
	if (!judgment_of(judgment, of, stop, verdicts) || is_stopped(stop))
		return false;
	t->told += 1 + verdicts->count;
	t->cut = q->most && t->told > q->most;
	if (!t->cut)
		t->connection[t->count++] = describe_judged_dialog(q, of, verdicts);
	return true;
}

static bool tell_all(struct telling *t, struct dialogs *all, const struct judge_rules *rules,
		     const bool *stop)
{
	struct verdicts verdicts = {0};
	struct judgment judgment;
	bool good = judgment_begin(&judgment, all, rules);

	t->connection = calloc(all->count + 1, sizeof(json_t *));
	good = good && t->connection;
	for (unsigned i = all->count; good && !t->cut && i-- > 0;) {
		struct dialog *of = &all->dialog[i];

		name_dialog(t->question, of);
		if (wanted(t->question, of))
			good = tell(t, &judgment, of, stop, &verdicts);
	}
	verdicts_free(&verdicts);
	judgment_end(&judgment);
	return good;
}

/* Takes ownership of the objects, and returns them in the order in which the connections began. */
static json_t *in_order(struct telling *t)
{
	json_t *connections = json_array();

	while (t->count)
		json_array_append_new(connections, t->connection[--t->count]);
	return connections;
}

static void telling_free(struct telling *t)
{
	while (t->count)
		json_decref(t->connection[--t->count]);
	free(t->connection);
}

/* Adds the time from which the trace is complete; 0: it is complete. */
static void add_kept_since(json_t *o, nstime since)
{
	if (!since)
		return;
	json_object_set_new(o, "kept_since", json_integer((json_int_t)since));
	json_object_set_new(o, "kept_since_s", json_real(clock_seconds(since)));
}

json_t *describe_judged(const struct trace *t, nstime now, const struct judged_question *q,
			const bool *stop)
{
	struct telling telling = {.question = q};
	struct judge_rules rules = q->rules;
	struct dialogs all;
	json_t *o = NULL;

	rules.profile = q->profile.name ? &q->profile : NULL;
	if (!dialogs_read(&all, t, &q->client, !q->any_client, now, stop))
		return NULL;
	if (tell_all(&telling, &all, &rules, stop)) {
		o = json_pack("{s:o}", "connections", in_order(&telling));
		if (telling.cut)
			json_object_set_new(o, "cut", json_true());
		add_kept_since(o, all.since);
	}
	telling_free(&telling);
	dialogs_free(&all);
	return o;
}

bool judged_question_fill(struct judged_question *q, struct daemon *d, const char *profile)
{
	if (d->endpoints)
		q->endpoints = endpoint_index_get(d->endpoints);
	return !profile || profile_copy(config_profile(d->config, profile), &q->profile);
}

void judged_question_free(struct judged_question *q)
{
	endpoint_index_put(q->endpoints);
	profile_release(&q->profile);
	free(q->endpoint);
	*q = (struct judged_question){0};
}
