/* SPDX-License-Identifier: MIT */
#include "judging.h"

#include "bench.h"
#include "card.h"
#include "complain.h"
#include "fields.h"
#include "interrupt.h"
#include "kernel_client.h"

#include <stdlib.h>
#include <string.h>

const char *judging_suite(const struct judging *j)
{
	const char *given = j->request->option[SUITE];

	return given ? given : "connect";
}

json_t *judging_ask(const struct judging *j, const char *method, json_t *params, char **why)
{
	json_t *refusal = NULL;
	char *error = NULL;
	json_t *result = client_call(j->client, method, params, &refusal, &error);

	*why = result ? NULL : error ? printable(error) : refusal_words(refusal);
	json_decref(refusal);
	free(error);
	return result;
}

json_t *judging_ask_or_complain(const struct judging *j, const char *method, json_t *params)
{
	char *why;
	json_t *result = judging_ask(j, method, params, &why);

	if (!result)
		complain("%s", why);
	free(why);
	return result;
}

/* Returns true if the trace no longer contains the start of the suite. */
static bool trace_lost(const struct judging *j, const json_t *verdicts)
{
	return json_object_get(verdicts, "kept_since") &&
	       field_time(verdicts, "kept_since") > j->since;
}

/* Returns the connections to our endpoints since the start, each with its scenario. */
static json_t *connections_of(const struct judging *j, const json_t *verdicts)
{
	json_t *list = json_array(), *connection;
	size_t i;

	json_array_foreach (json_object_get(verdicts, "connections"), i, connection) {
		const char *endpoint = field_string(connection, "endpoint");

		if (strncmp(endpoint, JUDGE_PREFIX, strlen(JUDGE_PREFIX)) != 0 ||
		    field_time(connection, "began") < j->since)
			continue;
		json_object_set_new(connection, "scenario",
				    json_string(endpoint + strlen(JUDGE_PREFIX)));
		json_array_append(list, connection);
	}
	return list;
}

static char *client_words(const struct judging *j)
{
	struct text out = {0};
	char *plain;

	if (j->request->option[KERNEL])
		return xstrdup("the kernel's TCP");
	for (int i = 0; i < j->request->words; i++)
		text_addf(&out, "%s%s", i ? " " : "", j->request->word[i]);
	/* Arguments need not be UTF-8, but JSON strings must be. */
	plain = printable(text_str(&out));
	text_free(&out);
	return plain;
}

static json_t *ask_for_verdicts(const struct judging *j, int traces)
{
	const char *profile = j->request->option[PROFILE];
	int alone =
		j->request->option[LIVE] ? 0 : 1; /* the daemon of a sandbox has no other client */
	json_t *params =
		json_pack("{s:i, s:i, s:i}", "traces", traces, "on_link", alone, "whole", alone);

	if (profile)
		json_object_set_new(params, "profile", json_string(profile));
	if (j->request->option[KERNEL])
		json_object_set_new(params, "patience",
				    json_sprintf("%ds", KERNEL_CLIENT_PATIENCE));
	return judging_ask_or_complain(j, METHOD_VERDICTS, params);
}

bool judging_has_profile(const struct judging *j)
{
	json_t *verdicts = j->request->option[PROFILE] ? ask_for_verdicts(j, 0) : NULL;
	bool good = verdicts || !j->request->option[PROFILE];

	json_decref(verdicts);
	return good;
}

json_t *judging_card(const struct judging *j)
{
	json_t *judged = judging_ask_or_complain(j, METHOD_REQUIREMENTS, NULL), *connections;
	json_t *verdicts = judged ? ask_for_verdicts(j, 1) : NULL, *card = NULL;
	const char *profile = j->request->option[PROFILE];
	nstime began = (nstime)j->began.tv_sec * NS_PER_S;
	long long seed = bench_seed(j->client);
	char *client = client_words(j);

	if (verdicts && trace_lost(j, verdicts))
		remark("warning: the trace is too small for all segments; verdicts about lost "
		       "segments are INCONCLUSIVE (capture-loss): let the client send less, or "
		       "increase 'trace_size'");
	if (verdicts) {
		connections = connections_of(j, verdicts);
		card = json_pack("{s:s, s:o, s:s, s:s, s:I, s:f, s:I, s:f, s:I, s:o, s:b, s:o, "
				 "s:o, s:O, s:o}",
				 "suite", judging_suite(j), "profile",
				 profile ? json_string(profile) : json_null(), "client", client,
				 "version", SYNACKD_VERSION, "began", (json_int_t)began, "began_s",
				 clock_seconds(began), "time_ns", (json_int_t)j->took, "time_s",
				 clock_seconds(j->took), "seed", (json_int_t)seed, "seed_text",
				 json_sprintf("%llu", (unsigned long long)seed), "interrupted",
				 interrupt_came() != 0, "scenarios", runs_describe(&j->runs),
				 "requirements",
				 card_rows(json_object_get(judged, "judged"), connections,
					   trace_lost(j, verdicts)),
				 "unjudgeable", json_object_get(judged, "unjudgeable"),
				 "connections", connections);
	}
	free(client);
	json_decref(judged);
	json_decref(verdicts);
	return card;
}
