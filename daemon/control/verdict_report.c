/* SPDX-License-Identifier: MIT */
#include "control/verdict_report.h"

#include "base/text.h"
#include "config/suites.h"
#include "control/json_memory.h"
#include "control/judged.h"
#include "runtime/live_endpoint.h"

#include <stdlib.h>
#include <string.h>

/* A sentence in place of the report; takes the message. NULL: a name from the query spoilt it. */
static json_t *refusal(struct report_job *job, json_t *message)
{
	job->good = false;
	return json_pack("{s:o}", "error",
			 message ? message : json_string("names are written in UTF-8"));
}

/* The report, or a refusal. NULL: there was no memory. */
static json_t *judged(struct daemon *d, struct report_job *job)
{
	const struct report_query *of = &job->query;
	const char *profile = of->profile;
	const struct live_endpoint *endpoint =
		*of->endpoint ? live_endpoint_find_any(d, of->endpoint) : NULL;
	struct judged_question q = {
		.client = {.addr = job->client, .bits = ADDR_BITS},
		.port = of->port,
		.since = of->has_since ? job->now - of->since : 0,
		.most = VERDICT_REPORT_MAX,
		.rules = {.tolerance = LATE_TOLERANCE, .asserted = {.keepalive = true}},
	};
	json_t *o = NULL;

	if (*profile && !config_profile(d->config, profile))
		return refusal(job, json_sprintf("there is no profile `%s`", profile));
	if (*of->endpoint)
		q.endpoint = xstrdup(endpoint ? endpoint->name : of->endpoint);
	if (judged_question_fill(&q, d, *profile ? profile : NULL))
		o = describe_judged(&job->trace, job->now, &q, NULL);
	/* One that is gone by now may still be in the trace. */
	if (o && q.endpoint && !endpoint && !json_array_size(json_object_get(o, "connections"))) {
		json_decref(o);
		o = refusal(job, json_sprintf("there is no endpoint `%s`", of->endpoint));
	}
	judged_question_free(&q);
	return o;
}

void verdict_report_make(void *daemon, struct report_job *job)
{
	json_t *o;

	job->good = true;
	(void)json_memory_failed(); /* what was built before is none of this report */
	o = judged(daemon, job);
	job->text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
	json_decref(o);
	if (json_memory_failed() || !job->text) {
		free(job->text);
		job->text = NULL;
	} else {
		job->len = strlen(job->text);
		job->text[job->len++] = '\n'; /* in place of the NUL: it goes by its length */
	}
}
