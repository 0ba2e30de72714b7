/* SPDX-License-Identifier: MIT */
#include "control/judged.h"

#include "base/text.h"
#include "control/describe.h"
#include "control/records.h"
#include "runtime/live_endpoint.h"

#include <stdio.h>
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
	return o;
}

/* The endpoint of an attempt that moved nothing is the one that is there now. */
static void name_dialog(struct daemon *d, struct dialog *of)
{
	json_t *place = describe_place(&of->copy.key.server, of->copy.key.server_port);
	const struct live_endpoint *l =
		*of->endpoint ? NULL : live_endpoint_find(d, json_string_value(place));

	if (l) {
		snprintf(of->endpoint, sizeof(of->endpoint), "%s", l->name);
		snprintf(of->behaviour, sizeof(of->behaviour), "%.*s",
			 (int)text_fits(live_endpoint_behaviour(l), sizeof(of->behaviour) - 1),
			 live_endpoint_behaviour(l));
	}
	json_decref(place);
}

static json_t *describe_dialog(const struct dialog *of)
{
	const struct flow_key *key = &of->copy.key;

	return json_pack("{s:I, s:o, s:o, s:s, s:o, s:I, s:[]}", "id", (json_int_t)of->copy.id,
			 "client", describe_place(&key->client, key->client_port), "server",
			 describe_place(&key->server, key->server_port), "endpoint", of->endpoint,
			 "behaviour", describe_text(of->behaviour), "began",
			 (json_int_t)(of->arrows ? of->arrow[0].when : 0), "verdicts");
}

static bool shows_trace(const struct verdict *v)
{
	return v->result == RESULT_FAIL || v->result == RESULT_KNOWN || v->result == RESULT_WARN ||
	       v->result == RESULT_ERROR;
}

/* Is it one of those that were asked about? */
static bool wanted(const struct judged_question *q, const struct dialog *of)
{
	return (!q->port || of->copy.key.client_port == q->port) &&
	       (!of->arrows || of->arrow[0].when >= q->since) &&
	       (!q->endpoint || strcmp(of->endpoint, q->endpoint) == 0);
}

static json_t *describe_judged_dialog(const struct judged_question *q, const struct dialog *of,
				      const struct verdict *v, unsigned count)
{
	json_t *o = describe_dialog(of), *list = json_object_get(o, "verdicts");
	bool shown = false;

	for (unsigned i = 0; i < count; i++) {
		json_array_append_new(list, describe_verdict(&v[i]));
		shown |= shows_trace(&v[i]);
	}
	if (q->traces && shown)
		json_object_set_new(o, "trace", describe_trace(&of->copy, true));
	return o;
}

/* The oldest connection that there is room for, when the newest are told first. */
static unsigned oldest_told(const struct judged_question *q, const struct dialogs *all,
			    const struct verdicts *verdicts, bool *cut)
{
	unsigned from = all->count, end = verdicts->count, told = 0;

	for (; q->most && from > 0; from--) {
		const struct dialog *of = &all->dialog[from - 1];
		unsigned begin = end;

		while (begin && verdicts->verdict[begin - 1].dialog == of)
			begin--;
		if (wanted(q, of))
			told += 1 + end - begin;
		*cut = told > q->most;
		if (*cut)
			return from;
		end = begin;
	}
	return 0;
}

/* An object for each connection, in the order in which they began. */
static json_t *describe_verdicts(const struct judged_question *q, const struct dialogs *all,
				 const struct verdicts *verdicts, unsigned from)
{
	json_t *connections = json_array();
	unsigned begin = 0, end;

	for (unsigned i = 0; i < all->count; i++, begin = end) {
		const struct dialog *of = &all->dialog[i];

		end = begin;
		while (end < verdicts->count && verdicts->verdict[end].dialog == of)
			end++;
		if (i >= from && wanted(q, of))
			json_array_append_new(connections, describe_judged_dialog(
								   q, of, &verdicts->verdict[begin],
								   end - begin));
	}
	return connections;
}

json_t *describe_judged(struct daemon *d, const struct trace *t, nstime now,
			const struct judged_question *q)
{
	struct verdicts verdicts;
	struct dialogs all;
	bool cut = false;
	unsigned from;
	json_t *o;

	if (!dialogs_read(&all, t, &q->client, !q->any_client, now))
		return NULL;
	for (unsigned i = 0; i < all.count; i++)
		name_dialog(d, &all.dialog[i]);
	if (!verdicts_make(&verdicts, &all, &q->rules)) {
		dialogs_free(&all);
		return NULL;
	}
	from = oldest_told(q, &all, &verdicts, &cut);
	o = json_pack("{s:o}", "connections", describe_verdicts(q, &all, &verdicts, from));
	if (cut)
		json_object_set_new(o, "cut", json_true());
	if (all.since)
		json_object_set_new(o, "kept_since", json_integer((json_int_t)all.since));
	verdicts_free(&verdicts);
	dialogs_free(&all);
	return o;
}
