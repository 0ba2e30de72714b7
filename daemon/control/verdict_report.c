/* SPDX-License-Identifier: MIT */
#include "control/verdict_report.h"

#include "base/container.h"
#include "config/suites.h"
#include "control/job_thread.h"
#include "control/json_line.h"
#include "control/json_memory.h"
#include "control/judged.h"
#include "control/verbs.h"
#include "runtime/live_endpoint.h"

#include <stdlib.h>
#include <string.h>

/* A report in the making. */
struct making {
	struct job job;
	struct report_job *report; /* not owned */
	struct judged_question question;
	bool no_endpoint; /* the requested endpoint is unknown */
};

/* Returns an error instead of the report. Takes ownership of `message`; NULL: a name in the query
 * is not UTF-8. */
static json_t *refusal(struct report_job *job, json_t *message)
{
	job->good = false;
	return json_pack("{s:o}", "error",
			 message ? message : json_string("invalid name: expected UTF-8"));
}

/* Stores the text of the report, or NULL if memory runs out. Takes ownership of the object. */
static void write_report(struct report_job *job, json_t *o)
{
	job->text = o ? json_dumps(o, JSON_INDENT(2) | JSON_LINE_SECONDS) : NULL;
	json_decref(o);
	if (json_memory_failed() || !job->text) {
		free(job->text);
		job->text = NULL;
	} else {
		job->len = strlen(job->text);
		job->text[job->len++] =
			'\n'; /* instead of the NUL: the text is used with its length */
	}
}

/* Runs in the job thread. */
static void judge_client(struct job *j)
{
	struct making *m = container_of(j, struct making, job);
	struct report_job *job = m->report;
	json_t *o;

	(void)json_memory_failed(); /* forget failures before this report */
	o = describe_judged(&job->trace, job->now, &m->question, &j->stop);
	/* The trace may still contain connections to an endpoint that was removed. */
	if (o && m->no_endpoint && !json_array_size(json_object_get(o, "connections"))) {
		json_decref(o);
		o = refusal(job, json_sprintf("unknown endpoint '%s'", job->query.endpoint));
	}
	write_report(job, o);
}

static void making_free(struct making *m)
{
	judged_question_free(&m->question);
	free(m);
}

static void end_report(struct job *j)
{
	struct making *m = container_of(j, struct making, job);

	report_made(m->report);
	making_free(m);
}

/* Returns NULL if memory runs out. */
static struct making *making_new(struct daemon *d, struct report_job *job)
{
	const struct report_query *of = &job->query;
	const struct live_endpoint *endpoint =
		*of->endpoint ? live_endpoint_find_any(d, of->endpoint) : NULL;
	struct making *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	*m = (struct making){
		.job = {.work = judge_client, .end = end_report},
		.report = job,
		.no_endpoint = *of->endpoint && !endpoint,
		.question =
			{
				.client = {.addr = job->client, .bits = ADDR_BITS},
				.port = of->port,
				.since = of->has_since ? job->now - of->since : 0,
				.most = VERDICT_REPORT_MAX,
				.rules = {.tolerance = LATE_TOLERANCE,
					  .asserted = {.keepalive = true}},
			},
	};
	if (*of->endpoint)
		m->question.endpoint = strdup(endpoint ? endpoint->name : of->endpoint);
	if ((!*of->endpoint || m->question.endpoint) &&
	    judged_question_fill(&m->question, d, *of->profile ? of->profile : NULL))
		return m;
	making_free(m);
	return NULL;
}

void verdict_report_make(void *context, struct report_job *job)
{
	const struct verb_context *verbs = context;
	const char *profile = job->query.profile;
	struct making *m;

	job->good = true;
	if (*profile && !config_profile(verbs->daemon->config, profile)) {
		(void)json_memory_failed();
		write_report(job, refusal(job, json_sprintf("unknown profile '%s'", profile)));
		report_made(job);
		return;
	}
	m = making_new(verbs->daemon, job);
	if (m && job_add(verbs->jobs, &m->job, true))
		return;
	if (m)
		making_free(m);
	report_made(job); /* without a text, as memory ran out */
}
