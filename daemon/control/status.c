/* SPDX-License-Identifier: MIT */
#include "base/steady.h"
#include "control/describe.h"
#include "control/follow.h"
#include "control/params.h"
#include "control/verbs.h"
#include "engine/responder.h"
#include "runtime/live_endpoint.h"
#include "runtime/probes.h"
#include "wire/packet_decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* The state of a worker, copied in its thread; or the sum of all. */
struct worker_status {
	unsigned links;
	struct link link[LINKS_MAX];
	uint32_t halves, conns, time_waits;
	uint64_t counter[COUNT_COUNT];
	uint64_t wire[WIRE_RESULT_COUNT];
	uint64_t trace_lost;
	nstime longest_pause;           /* of all: the longest of any */
	struct responder_limits limits; /* limits of each worker */
};

static void take_status(struct responder *r, void *arg)
{
	struct worker_status *status = (struct worker_status *)arg + responder_number(r);
	const struct responder_counts counts = responder_counts(r);

	status->links = responder_links(r);
	for (unsigned i = 0; i < status->links; i++)
		status->link[i] = *responder_link(r, i);
	status->halves = counts.half_open;
	status->conns = counts.connections;
	status->time_waits = counts.time_wait;
	memcpy(status->counter, counts.counter, sizeof(status->counter));
	memcpy(status->wire, counts.packets, sizeof(status->wire));
	status->trace_lost = responder_trace(r)->lost;
	status->limits = *responder_limits(r);
	status->limits.trace_size = responder_trace(r)->size;
}

/* --- sums ------------------------------------------------------------------------------------- */

static void add_link(struct link_counters *sum, const struct link_counters *c)
{
	sum->frames_in += c->frames_in;
	sum->frames_out += c->frames_out;
	sum->bytes_in += c->bytes_in;
	sum->bytes_out += c->bytes_out;
	sum->dropped_in += c->dropped_in;
	sum->malformed_in += c->malformed_in;
	sum->stray_in += c->stray_in;
	sum->neighbour_out += c->neighbour_out;
	sum->neighbour_refused += c->neighbour_refused;
	sum->failed_out += c->failed_out;
	if (c->last_error)
		sum->last_error = c->last_error;
}

/* The first worker has all links that other workers have. */
static void add_links(struct worker_status *sum, const struct worker_status *status)
{
	for (unsigned i = 0; i < status->links; i++)
		for (unsigned k = 0; k < sum->links; k++)
			if (strcmp(sum->link[k].name, status->link[i].name) == 0)
				add_link(&sum->link[k].counters, &status->link[i].counters);
}

static struct worker_status sum_of(const struct worker_status *status, unsigned workers)
{
	struct worker_status sum = status[0];

	for (unsigned i = 1; i < workers; i++) {
		sum.halves += status[i].halves;
		sum.conns += status[i].conns;
		sum.time_waits += status[i].time_waits;
		for (int k = 0; k < COUNT_COUNT; k++)
			sum.counter[k] += status[i].counter[k];
		for (int k = 0; k < WIRE_RESULT_COUNT; k++)
			sum.wire[k] += status[i].wire[k];
		sum.trace_lost += status[i].trace_lost;
		if (status[i].longest_pause > sum.longest_pause)
			sum.longest_pause = status[i].longest_pause;
		add_links(&sum, &status[i]);
	}
	return sum;
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static void count(json_t *o, const char *name, uint64_t value)
{
	json_object_set_new(o, name, json_integer((json_int_t)value));
}

static json_t *counters_of(const struct worker_status *status)
{
	json_t *o = json_object();

	for (int i = 0; i < COUNT_COUNT; i++)
		count(o, responder_counter_name((enum responder_counter)i), status->counter[i]);
	for (int i = WIRE_OK + 1; i < WIRE_RESULT_COUNT; i++)
		count(o, wire_result_name((enum wire_result)i), status->wire[i]);
	count(o, "trace-lost", status->trace_lost);
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

/* Returns the limits under the names of the keys of the config. */
static json_t *limits_of(const struct responder_limits *l)
{
	json_t *o = json_object();

	count(o, "half_open_max", l->half_open_max);
	count(o, "connections_max", l->connections_max);
	count(o, "time_wait_max", l->time_wait_max);
	count(o, "delayed_max", l->delayed_max);
	count(o, "trace_size", l->trace_size);
	count(o, "reflection_rate", l->reflection_rate);
	count(o, "loop_syns", l->loops.syns);
	count(o, "loop_segments", l->loops.segments);
	count(o, "loop_octets", l->loops.octets);
	return o;
}

static json_t *links_of(const struct worker_status *status)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < status->links; i++)
		if (status->link[i].fd >= 0)
			json_array_append_new(all, link_of(&status->link[i]));
	return all;
}

static json_t *workers_of(const struct worker_status *status, unsigned workers)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < workers; i++)
		json_array_append_new(
			all, json_pack("{s:i, s:i, s:i, s:i, s:I, s:f, s:o, s:o}", "number", (int)i,
				       "connections", (int)status[i].conns, "half_open",
				       (int)status[i].halves, "time_wait",
				       (int)status[i].time_waits, "longest_pause_ns",
				       (json_int_t)status[i].longest_pause, "longest_pause_s",
				       clock_seconds(status[i].longest_pause), "links",
				       links_of(&status[i]), "counters", counters_of(&status[i])));
	return all;
}

/* Adds a counter of the main thread to the counters of the workers. */
static json_t *with_conflicts(json_t *counters, const struct daemon *d)
{
	count(counters, "address-conflicts", probes_conflicts(d->probes));
	return counters;
}

void verb_status(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	const struct verb_context *v = context;
	struct daemon *d = v->daemon;
	unsigned workers = workers_count(d->workers);
	nstime uptime = monotonic_now() - d->started, now = steady_now();
	struct worker_status *status, sum;

	if (!params_are(params, reply, keys))
		return;
	status = xcalloc(workers, sizeof(*status));
	workers_call(d->workers, take_status, status);
	for (unsigned i = 0; i < workers; i++)
		status[i].longest_pause = workers_longest_pause(d->workers, i);
	sum = sum_of(status, workers);
	reply->result = json_pack(
		"{s:s, s:i, s:I, s:f, s:I, s:f, s:o, s:I, s:o, s:o, s:i, s:i, s:i, s:i, s:i, s:I, "
		"s:f, s:i, s:o, s:o, s:o, s:o, s:o}",
		"version", SYNACKD_VERSION, "pid", (int)getpid(), "uptime_ns", (json_int_t)uptime,
		"uptime_s", clock_seconds(uptime), "now", (json_int_t)now, "now_s",
		clock_seconds(now), "config", describe_text(d->config->path), "seed",
		(json_int_t)d->seed, "seed_text", json_sprintf("%" PRIu64, d->seed), "links",
		links_of(&sum), "endpoints", (int)live_endpoint_count(d), "behaviours",
		(int)d->config->catalogue.count, "connections", (int)sum.conns, "half_open",
		(int)sum.halves, "time_wait", (int)sum.time_waits, "longest_pause_ns",
		(json_int_t)sum.longest_pause, "longest_pause_s", clock_seconds(sum.longest_pause),
		"followers", (int)feed_followers(v->feed), "counters",
		with_conflicts(counters_of(&sum), d), "workers", workers_of(status, workers),
		"limits", limits_of(&sum.limits), "restart", describe_restarts(d), "problems",
		describe_problems(d));
	free(status);
}
