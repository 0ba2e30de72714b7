/* SPDX-License-Identifier: MIT */
#include "control/describe.h"
#include "control/follow.h"
#include "control/verbs.h"
#include "live.h"

#include <time.h>
#include <unistd.h>

/* What a worker says of itself, copied in its thread. */
struct report {
	unsigned links;
	struct link link[16];
	uint32_t halves, conns;
	uint64_t counter[COUNT_COUNT];
	uint64_t wire[WIRE_RESULT_COUNT];
	uint64_t trace_lost, paths_replaced;
};

static void take_report(struct responder *r, void *arg)
{
	struct report *report = arg;

	report->links = r->links;
	for (unsigned i = 0; i < r->links; i++)
		report->link[i] = *r->link[i];
	report->halves = r->halves;
	report->conns = r->conns;
	memcpy(report->counter, r->counter, sizeof(report->counter));
	memcpy(report->wire, r->wire, sizeof(report->wire));
	report->trace_lost = r->trace.lost;
	report->paths_replaced = r->paths.replaced;
}

static void count(json_t *o, const char *name, uint64_t value)
{
	json_object_set_new(o, name, json_integer((json_int_t)value));
}

static json_t *counters_of(const struct report *report)
{
	json_t *o = json_object();

	for (int i = 0; i < COUNT_COUNT; i++)
		count(o, responder_counter_name((enum responder_counter)i), report->counter[i]);
	for (int i = WIRE_OK + 1; i < WIRE_RESULT_COUNT; i++)
		count(o, wire_result_name((enum wire_result)i), report->wire[i]);
	count(o, "trace-lost", report->trace_lost);
	count(o, "paths-replaced", report->paths_replaced);
	return o;
}

static json_t *link_of(const struct link *l)
{
	const struct link_counters *c = &l->counters;
	json_t *counters = json_object();

	count(counters, "frames-in", c->frames_in);
	count(counters, "frames-out", c->frames_out);
	count(counters, "bytes-in", c->bytes_in);
	count(counters, "bytes-out", c->bytes_out);
	count(counters, "dropped-in", c->dropped_in);
	count(counters, "malformed-in", c->malformed_in);
	count(counters, "stray-in", c->stray_in);
	count(counters, "neighbour-out", c->neighbour_out);
	count(counters, "neighbour-refused", c->neighbour_refused);
	count(counters, "failed-out", c->failed_out);
	return json_pack("{s:s, s:s, s:i, s:o, s:o}", "name", l->name, "kind", l->ops->kind, "mtu",
			 l->mtu, "counters", counters, "last_error",
			 c->last_error ? json_string(strerror(c->last_error)) : json_null());
}

static json_t *links_of(const struct report *report)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < report->links; i++)
		if (report->link[i].fd >= 0)
			json_array_append_new(all, link_of(&report->link[i]));
	return all;
}

static nstime uptime(const struct daemon *d)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (nstime)now.tv_sec * NS_PER_S + now.tv_nsec - d->started;
}

void verb_status(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = context;
	struct report report = {0};

	if (!params_are(params, reply, keys))
		return;
	worker_call(d->worker, take_report, &report);
	reply->result = json_pack(
		"{s:s, s:i, s:I, s:s, s:I, s:o, s:i, s:i, s:i, s:i, s:i, s:o, s:o}", "version",
		SYNACKD_VERSION, "pid", (int)getpid(), "uptime_ns", (json_int_t)uptime(d), "config",
		d->config->path, "seed", (json_int_t)d->seed, "links", links_of(&report),
		"endpoints", (int)live_count(d), "behaviours", (int)d->config->catalogue.count,
		"connections", (int)report.conns, "half_open", (int)report.halves, "followers",
		(int)feed_followers(d->feed), "counters", counters_of(&report), "problems",
		describe_problems(d));
}
